package main

// What one socket sends without waiting, and how that ends.

import (
	"fmt"
	"testing"
	"time"
)

// Who says something, wants no ack and leaves in one go is let go: the close frame is answered, and nothing is left behind.
func TestSaidAndClosedInOneGo(t *testing.T) {
	r := start(t)
	token := r.guest("Kim").AccessToken
	for n := range 5 {
		w := rawDial(t, r, "?token="+token)
		var all []byte
		for i := range n {
			all = append(all, masked(finText, fmt.Sprintf(`{"event":"chat:message","data":{"message":"%d"}}`, i))...)
		}
		w.send(append(all, masked(finClose, "\x03\xe8")...))
		for first := byte(0); first != finClose; {
			var err error
			if first, _, err = w.frame(); err != nil {
				t.Fatalf("%d messages: %v, want a close frame", n, err)
			}
		}
		w.Close()
	}
	for deadline := time.Now().Add(patience); r.openSockets.Load() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d sockets are still open", r.openSockets.Load())
		}
	}
}
