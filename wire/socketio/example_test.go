package socketio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"

	"golang.org/x/net/websocket"

	"pollwire/live/hub"
	"pollwire/wire/socketio"
)

// room is a server for a room in which everybody hears what somebody says. In a browser:
//
//	const socket = io("http://localhost:8001", {auth: {name: "Kim"}})
//	socket.on("said", what => console.log(what))
//	socket.emit("say", "hello", ack => console.log(ack))
func room(h *hub.Hub) *socketio.Server {
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
			return []any{"you said it, " + c.Data.(string)}
		},
	})
	return srv
}

// The packets of one who comes in, says something, and hears it like everybody.
func Example() {
	h := hub.New(0, nil, func(context.Context, int64) error { return nil })
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go h.Run(ctx)
	srv := room(h)
	server := httptest.NewServer(srv) // in a program: http.Handle("/socket.io/", srv)
	defer server.Close()
	defer srv.Shutdown(ctx)

	url := strings.Replace(server.URL, "http:", "ws:", 1) + "/socket.io/?EIO=4&transport=websocket"
	conn, err := websocket.Dial(url, "", "http://localhost")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	receive := func() {
		var packet string
		websocket.Message.Receive(conn, &packet)
		packet, _, _ = strings.Cut(packet, `"sid"`) // names are others each time
		fmt.Println("S:", packet)
	}
	receive()
	for _, packet := range []string{`40`, `40{"name":"Kim"}`, `421["say","hello"]`} {
		fmt.Println("C:", packet)
		websocket.Message.Send(conn, packet)
		receive()
	}
	receive()
	// Output:
	// S: 0{
	// C: 40
	// S: 44{"message":"who are you?"}
	// C: 40{"name":"Kim"}
	// S: 40{
	// C: 421["say","hello"]
	// S: 431["you said it, Kim"]
	// S: 42["said","hello","1"]
}
