package ports

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

func TestShutdownWaitsForWhatWasHandedOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h Handed
		if err := h.Shutdown(t.Context()); err != nil {
			t.Errorf("with nothing open Shutdown = %v, want nil", err)
		}
		a, _ := net.Pipe()
		b, _ := net.Pipe()
		h.Add(a)
		h.Add(b)
		done := make(chan error, 1)
		go func() { done <- h.Shutdown(t.Context()) }()
		h.Done(a)
		synctest.Wait()
		select {
		case err := <-done:
			t.Fatalf("Shutdown = %v while one is open", err)
		default:
		}
		if h.Len() != 1 {
			t.Errorf("Len = %d, want 1", h.Len())
		}
		h.Done(b)
		if err := <-done; err != nil {
			t.Errorf("Shutdown = %v, want nil", err)
		}
	})
}

// What does not end by itself is closed, and its goroutine is waited for.
func TestShutdownClosesWhatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h Handed
		conn, _ := net.Pipe()
		h.Add(conn)
		ended := false
		go func() {
			conn.Read(make([]byte, 1)) // until it is closed
			ended = true
			h.Done(conn)
		}()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) || !ended {
			t.Errorf("Shutdown = %v, ended %v; want the error of ctx, and the end of its goroutine", err, ended)
		}
	})
}
