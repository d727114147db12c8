package socketio

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// Many clients of both transports, and each hears everything, once and in order.
func TestACrowd(t *testing.T) {
	const each, events = 500, 100
	w := serve(t, Config{PingInterval: time.Minute})
	w.srv.Handle("/", Namespace{}) // no words of the application in between
	var arrived, all sync.WaitGroup
	var want []string
	for i := range events {
		want = append(want, news(i+1))
	}
	// listen takes packets until it has all, or a wrong one.
	listen := func(next func() []string) {
		for n := 0; n < events; {
			for _, packet := range next() {
				if n >= events || packet != want[n] {
					t.Errorf("packet %d is %.60q", n+1, packet)
					return
				}
				n++
			}
		}
	}
	arrived.Add(2 * each)
	for range each {
		all.Go(func() {
			c, err := w.dial("")
			if err != nil {
				t.Error(err)
				arrived.Done()
				return
			}
			defer c.Close()
			s := &socket{world: w, Conn: c}
			s.recv()
			s.send("40")
			s.recv()
			arrived.Done()
			listen(func() []string { return []string{s.recv()} })
		})
		all.Go(func() {
			_, open, err := w.try("GET", "&transport=polling", "")
			var in parameters
			if err != nil || json.Unmarshal([]byte(strings.TrimPrefix(open, "0")), &in) != nil {
				t.Errorf("handshake: %s %v", open, err)
			}
			session := "&transport=polling&sid=" + in.Sid
			w.try("POST", session, "40")
			w.try("GET", session, "")
			arrived.Done()
			listen(func() []string {
				_, body, err := w.try("GET", session, "")
				if err != nil {
					t.Error(err)
				}
				return strings.Split(body, "\x1e")
			})
		})
	}
	arrived.Wait()
	if n := w.srv.Sessions(); n != 2*each {
		t.Errorf("%d sessions, want %d", n, 2*each)
	}
	for i := range events {
		w.hub.Publish("news", 0, fmt.Append(nil, i+1))
		if i%10 == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
	all.Wait()
}
