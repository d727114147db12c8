package wsframe

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"testing"
	"time"
)

func directPair(t *testing.T) (write func([]byte) int, server, client net.Conn) {
	t.Helper()
	server, client = pair(t, false)
	write = Direct(server)
	if write == nil {
		if runtime.GOOS == "windows" || runtime.GOOS == "plan9" {
			t.Skip("no write here that can't wait")
		}
		t.Fatal("Direct of a TCP connection = nil")
	}
	return write, server, client
}

func TestDirectSendsAtOnce(t *testing.T) {
	write, _, client := directPair(t)
	f := AppendFrame(nil, OpText, []byte("Hello"))
	if n := write(f); n != len(f) {
		t.Errorf("write = %d, want %d", n, len(f))
	}
	client.SetReadDeadline(time.Now().Add(patience))
	got := make([]byte, len(f))
	if _, err := io.ReadFull(client, got); err != nil || !bytes.Equal(got, f) {
		t.Errorf("the client read %q, %v", got, err)
	}
	if allocs := testing.AllocsPerRun(100, func() { write(f) }); allocs > 0 {
		t.Errorf("a write allocates %v times", allocs)
	}
}

// A client that reads nothing: what is taken is told, the rest may follow by Write, and nothing waits.
func TestDirectNeverWaits(t *testing.T) {
	write, server, client := directPair(t)
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	began := time.Now()
	sent := 0
	for n := 1; n > 0; {
		n = write(large[sent:])
		sent += n
	}
	if took := time.Since(began); sent == 0 || sent == len(large) || took > patience {
		t.Fatalf("%d of %d bytes were taken in %v", sent, len(large), took)
	}
	got := make(chan []byte)
	go func() {
		b := make([]byte, len(large))
		io.ReadFull(client, b)
		got <- b
	}()
	if rest := Write(server, [][]byte{large[sent:]}, patience, unexpected(t)); len(rest) > 0 {
		t.Fatalf("Write left %d frames", len(rest))
	}
	if !bytes.Equal(<-got, large) {
		t.Error("what came is not what was sent")
	}
	if n := write([]byte("more")); n != 4 {
		t.Errorf("behind a Write, write = %d, want 4", n)
	}
}

// A write deadline that is over would stop it: Write leaves none behind.
func TestDirectAfterTheDeadlineOfAWrite(t *testing.T) {
	write, server, _ := directPair(t)
	if rest := Write(server, [][]byte{[]byte("a")}, time.Millisecond, unexpected(t)); len(rest) > 0 {
		t.Fatal("Write failed")
	}
	time.Sleep(5 * time.Millisecond)
	if n := write([]byte("b")); n != 1 {
		t.Errorf("write = %d, want 1", n)
	}
}

func TestDirectOfAClosedConnection(t *testing.T) {
	write, server, _ := directPair(t)
	server.Close()
	if n := write([]byte("a")); n != 0 {
		t.Errorf("write = %d, want 0", n)
	}
}

func TestDirectIsNotForTLS(t *testing.T) {
	server, _ := pair(t, true)
	if Direct(server) != nil {
		t.Error("Direct of a TLS connection would write past the encryption")
	}
}
