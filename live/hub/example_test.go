package hub_test

import (
	"context"
	"fmt"

	"pollwire/live/hub"
)

func Example() {
	h := hub.New(0, nil, func(context.Context, int64) error { return nil })
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go h.Run(ctx)

	// A listener needs a writer, which takes what waits when it is woken.
	woken, done := make(chan bool, 1), make(chan bool)
	l := &hub.Listener{
		Dialect: hub.NewDialect(func(e *hub.Event) []byte { return fmt.Appendf(nil, "%d %s %s", e.Seq, e.Name, e.Data) }),
		Bye:     []byte("bye"),
		Wake:    func() { woken <- true },
	}
	go func() {
		for range woken {
			for {
				chunks, _, last := l.Take()
				for _, c := range chunks {
					fmt.Printf("%s\n", c.Bytes)
				}
				if last {
					close(done)
				}
				if last || len(chunks) == 0 {
					break
				}
			}
		}
	}()
	h.Publish("greeting", 0, []byte(`{"text":"hello"}`))
	h.Publish("greeting", 0, []byte(`{"text":"world"}`))
	h.Listen(l, 0) // from the first that is kept
	h.Close()
	<-done
	// Output:
	// 1 greeting {"text":"hello"}
	// 2 greeting {"text":"world"}
	// bye
}
