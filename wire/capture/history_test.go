package capture

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
)

func TestALateReaderGetsWhatIsOpen(t *testing.T) {
	leaves(t)
	r := New(Info{})
	at := recorded(t, r, "127.0.0.1:0", func(c net.Conn) { io.Copy(c, struct{ io.Reader }{c}) })
	say := func(c net.Conn, n int) {
		t.Helper()
		text := bytes.Repeat([]byte("x"), n)
		go c.Write(text)
		if _, err := io.ReadFull(c, make([]byte, n)); err != nil {
			t.Fatal(err)
		}
	}
	small, large, gone, another := dial(t, at), dial(t, at), dial(t, at), dial(t, at)
	for range 10 { // in turn: in the file they must be in this order too
		say(small, 100)
		say(another, 100)
	}
	say(gone, 1000)
	say(large, 300_000)
	gone.Close()
	for n := 4; n > 3; { // until the server has noticed
		r.mu.Lock()
		n = len(r.conns)
		r.mu.Unlock()
	}
	end := watch(t, r)
	say(large, 10)
	say(small, 10)
	small.Close()
	large.Close()
	another.Close()
	packets := end()
	all := follow(t, packets)
	if c := all[addrPort(small.LocalAddr())]; c == nil || c.client.text.Len() != 1010 || c.server.text.Len() != 1010 {
		t.Errorf("the small connection: %+v, want all of it", c)
	}
	if c := all[addrPort(another.LocalAddr())]; c == nil || c.client.text.Len() != 1000 {
		t.Errorf("the other small connection: %+v, want all of it", c)
	}
	if all[addrPort(large.LocalAddr())] != nil || all[addrPort(gone.LocalAddr())] != nil {
		t.Errorf("%d connections from their beginning, want those of the small ones", len(all))
	}
	late := 0
	for _, p := range packets {
		if p.from == addrPort(large.LocalAddr()) || p.to == addrPort(large.LocalAddr()) {
			late += len(p.payload)
		}
	}
	if got := about(packets); late != 20 || strings.Count(got, "has not seen the beginning") != 1 {
		t.Errorf("the large connection: %d bytes, comments %q", late, got)
	}
	if n := r.kept.Load(); n != 0 {
		t.Errorf("%d bytes are kept of connections that are closed", n)
	}
}

func TestHistoriesAreBounded(t *testing.T) {
	r := New(Info{})
	for i := range 300 {
		if _, ok := r.record(&net.TCPConn{}).(*Conn); ok {
			t.Fatal("a connection without addresses is recorded")
		}
		q := &many{i: i}
		q.n = 200_000
		r.record(q).Read(make([]byte, q.n))
	}
	if n := r.kept.Load(); n > maxHistories || n < maxHistories/2 {
		t.Errorf("%d bytes are kept, want at most %d", n, maxHistories)
	}
}

// many is one of many connections, of which the client sends n bytes.
type many struct {
	net.Conn
	i, n int
}

func (m *many) Read(b []byte) (int, error) { return m.n, nil }
func (m *many) LocalAddr() net.Addr        { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }
func (m *many) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 2), Port: 5000 + m.i}
}
