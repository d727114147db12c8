package socketio_test

import (
	"context"
	"encoding/json"
	"net/http"

	"pollwire/live/hub"
	"pollwire/wire/socketio"
)

// A room in which everybody hears what somebody says. In a browser:
//
//	const socket = io("http://localhost:8001", {auth: {name: "Kim"}})
//	socket.on("said", what => console.log(what))
//	socket.emit("say", "hello", ack => console.log(ack))
func Example() {
	h := hub.New(0, nil, func(context.Context, int64) error { return nil })
	go h.Run(context.Background())

	srv := socketio.New(socketio.Config{Hub: h})
	srv.Handle("/", socketio.Namespace{
		Admit: func(c *socketio.Socket, auth json.RawMessage) error {
			var in struct{ Name string }
			if json.Unmarshal(auth, &in) != nil || in.Name == "" {
				return &socketio.ConnectError{Message: "who are you?"}
			}
			c.Data = in.Name
			return nil
		},
		Event: func(c *socketio.Socket, e socketio.Event) []any {
			if e.Name != "say" || len(e.Args.JSON) != 1 {
				return []any{"pardon?"}
			}
			h.Publish("said", 0, e.Args.JSON[0])
			return []any{"said"}
		},
	})
	http.Handle("/socket.io/", srv)
	http.ListenAndServe("localhost:8001", nil)
}
