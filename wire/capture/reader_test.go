package capture

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"os"
	"testing"
	"time"

	"pollwire/wire/pcapng"
)

// fill publishes more than a queue and the system's buffers hold.
func fill(r *Recorder) {
	a := netip.MustParseAddrPort("192.0.2.1:5000")
	for range 2 * maxQueue / 60_000 {
		r.publish(appendDatagram(nil, a, a, 0, make([]byte, 60_000), nil))
	}
}

// stalled takes nothing until it is told.
type stalled struct {
	bytes.Buffer
	go_ chan struct{}
}

func (s *stalled) Write(b []byte) (int, error) {
	<-s.go_
	return s.Buffer.Write(b)
}

func TestErrSlow(t *testing.T) {
	leaves(t)
	r := New(Info{})
	w := &stalled{go_: make(chan struct{})}
	done := make(chan error)
	go func() { done <- r.Copy(t.Context(), w, 0) }()
	for r.reading.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	fill(r)
	close(w.go_)
	if err := <-done; !errors.Is(err, ErrSlow) {
		t.Errorf("Copy = %v, want ErrSlow", err)
	}
	if err := r.Copy(t.Context(), failing{}, 0); !errors.Is(err, os.ErrClosed) || r.reading.Load() != 0 {
		t.Errorf("Copy to what fails = %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestCopyHasAllThatWasRecordedBeforeItsEnd(t *testing.T) {
	leaves(t)
	a := netip.MustParseAddrPort("192.0.2.1:5000")
	for range 200 {
		r := New(Info{})
		var text bytes.Buffer
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Copy(ctx, &text, 0) }()
		for r.reading.Load() == 0 {
			time.Sleep(10 * time.Microsecond)
		}
		for range 3 {
			r.publish(appendDatagram(nil, a, a, 0, nil, nil))
		}
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, packets := parse(t, text.Bytes()); len(packets) != 3 {
			t.Fatalf("%d packets, want 3", len(packets))
		}
	}
}

func TestNoMorePacketsThanAskedFor(t *testing.T) {
	a := netip.MustParseAddrPort("192.0.2.1:5000")
	one := appendDatagram(nil, a, a, 0, []byte("x"), nil)
	three := append(append(bytes.Clone(one), one...), pcapng.AppendSecrets(nil, []byte("secret"))...)
	three = append(three, one...)
	for n := 1; n <= 8; n++ {
		r := New(Info{})
		w := &stalled{go_: make(chan struct{})}
		done := make(chan error)
		go func() { done <- r.Copy(t.Context(), w, n) }()
		for r.reading.Load() == 0 {
			time.Sleep(10 * time.Microsecond)
		}
		for range 3 {
			r.publish(bytes.Clone(three))
		}
		close(w.go_)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if _, packets := parse(t, w.Bytes()); len(packets) != n {
			t.Errorf("%d packets, want %d", len(packets), n)
		}
	}
}
