package witness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// served is a server whose connections are remembered.
func served(t *testing.T, on bool) (*Witness, string) {
	t.Helper()
	w := New()
	w.Turn(on)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: w.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Write(bytes.Repeat([]byte("pollwire"), 1000))
	}))}
	done := make(chan error)
	go func() { done <- s.Serve(w.Listener(l)) }()
	t.Cleanup(func() { s.Close(); <-done })
	return w, l.Addr().String()
}

// talk sends a request and returns both directions as they travelled, and the client's end.
func talk(t *testing.T, addr, target string, body []byte) (sent, received []byte, client netip.AddrPort) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sent = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", target,
		len(body), body)
	if _, err := conn.Write(sent); err != nil {
		t.Fatal(err)
	}
	if received, err = io.ReadAll(conn); err != nil {
		t.Fatal(err)
	}
	return sent, received, addrPort(conn.LocalAddr())
}

func TestWhatWasSentIsCompared(t *testing.T) {
	w, addr := served(t, true)
	sent, received, client := talk(t, addr, "/?a=b&run=7gk2m4xp-2", bytes.Repeat([]byte("x"), 700))
	talk(t, addr, "/?run=another", nil)
	talk(t, addr, "/", nil)
	list := w.Of("7gk2m4xp")
	if len(list) != 1 || list[0].Client != client || list[0].Server.String() != addr || !list[0].Whole {
		t.Fatalf("of the run there are %+v, want the one from %v", list, client)
	}
	r := list[0]
	if r.Bytes(Client) != int64(len(sent)) || r.Bytes(Server) != int64(len(received)) {
		t.Errorf("%d and %d bytes, want %d and %d", r.Bytes(Client), r.Bytes(Server), len(sent), len(received))
	}
	for side, data := range map[Side][]byte{Client: sent, Server: received} {
		for from := 0; from < len(data); from += 77 {
			if at, same := r.Compare(side, int64(from), data[from:]); !same {
				t.Errorf("side %d from %d differs at %d", side, from, at)
			}
		}
		for i := range data {
			changed := bytes.Clone(data)
			changed[i] ^= 1
			at, same := r.Compare(side, 0, changed)
			if same || at > int64(i) || int64(i)-at >= block {
				t.Errorf("side %d, byte %d changed: same %v, at %d", side, i, same, at)
			}
		}
		if at, same := r.Compare(side, 0, append(bytes.Clone(data), 'x')); same || at != int64(len(data)) {
			t.Errorf("side %d with a byte more: same %v, at %d", side, same, at)
		}
	}
}

// A record that was sent as JSON compares as it did.
func TestARecordIsSentToAnotherProcess(t *testing.T) {
	w, addr := served(t, true)
	sent, received, _ := talk(t, addr, "/?run=7gk2m4xp", bytes.Repeat([]byte("x"), 700))
	text, err := json.Marshal(w.Of("7gk2m4xp"))
	if err != nil {
		t.Fatal(err)
	}
	var list []*Record
	if err := json.Unmarshal(text, &list); err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	again, err := json.Marshal(list)
	if err != nil || !bytes.Equal(again, text) {
		t.Errorf("it is sent on as\n%s, not\n%s: %v", again, text, err)
	}
	here, there := w.Of("7gk2m4xp")[0], list[0]
	if there.Client != here.Client || there.Server != here.Server || !there.Began.Equal(here.Began) || !there.Whole {
		t.Errorf("%v, want %v", there, here)
	}
	for side, data := range map[Side][]byte{Client: sent, Server: received} {
		if at, same := there.Compare(side, 0, data); !same {
			t.Errorf("side %d differs at %d", side, at)
		}
		for _, i := range []int{0, block, len(data) - 1} {
			changed := bytes.Clone(data)
			changed[i] ^= 1
			want, _ := here.Compare(side, 0, changed)
			if at, same := there.Compare(side, 0, changed); same || at != want {
				t.Errorf("side %d, byte %d changed: same %v, at %d, want %d", side, i, same, at, want)
			}
		}
	}
	for _, bad := range []string{`{"Key":"AA=="}`, `{"Sides":[{"Blocks":"AAAA"}]}`, `[]`, `7`} {
		var r Record
		if json.Unmarshal([]byte(bad), &r) == nil {
			r.Compare(Server, 0, sent) // it may say what it likes, and does not panic
		}
	}
}

func TestOneThatBeganBeforeIsNotWhole(t *testing.T) {
	w, addr := served(t, false)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ask := func() {
		fmt.Fprint(conn, "GET /?run=a HTTP/1.1\r\nHost: a\r\n\r\n")
		if _, err := io.ReadFull(conn, make([]byte, 8000)); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	if list := w.Of("a"); len(list) != 0 {
		t.Errorf("while it was off it remembered %+v", list)
	}
	w.Turn(true)
	ask()
	ask()
	if list := w.Of("a"); len(list) != 1 || list[0].Whole {
		t.Errorf("%+v, want one that is not whole", list)
	}
}

func TestTheOldestAreForgotten(t *testing.T) {
	w := New()
	w.Turn(true)
	name := func(n int) string { return fmt.Sprintf("run%d", n) }
	began := time.Now().Add(time.Minute)
	begun := func(i int) time.Time { return began.Add(time.Duration(i) * time.Second) }
	large := make([]byte, most)
	for i := range 3 * size * block / most {
		r := &Record{w: w, Client: netip.AddrPortFrom(netip.IPv6Loopback(), uint16(i)), Whole: true, Began: begun(i)}
		w.open[ends{r.Client, r.Server}] = r
		r.add(Server, large)
		req, _ := http.NewRequestWithContext(context.WithValue(t.Context(), http.LocalAddrContextKey,
			net.Addr(&net.TCPAddr{})), "GET", "/?run="+name(i), nil)
		req.RemoteAddr = r.Client.String()
		r.Server = netip.AddrPort{}
		w.name(req, name(i))
		r.add(Server, large) // it is only counted
	}
	if w.blocks > size || len(w.oldest) != size*block/most || len(w.named) != len(w.oldest) {
		t.Errorf("%d blocks of %d connections with %d names are kept", w.blocks, len(w.oldest), len(w.named))
	}
	if len(w.Of(name(0))) != 0 {
		t.Error("the oldest is still there")
	}
	kept := slices.IndexFunc(w.oldest, func(r *Record) bool { return len(w.Of(r.name)) == 1 })
	first := w.oldest[kept].Began
	if missed := w.Missed(began); !missed.After(first.Add(-time.Second)) || missed.After(first) {
		t.Errorf("missed until %v, the first that is kept began at %v", missed, first)
	}
	if missed := w.Missed(first); !missed.IsZero() {
		t.Errorf("of a name that was given then it missed some until %v", missed)
	}
}

// Of a run that is played over and over the last connections are kept. While it is off, it misses all.
func TestTheNewestOfANameAreKept(t *testing.T) {
	w, addr := served(t, true)
	born := time.Now()
	var last netip.AddrPort
	for range perName + 1 {
		_, _, last = talk(t, addr, "/?run=a", nil)
	}
	list := w.Of("a")
	if len(list) != perName || list[perName-1].Client != last {
		t.Errorf("%d are kept, the last of %v, want %v", len(list), list[len(list)-1].Client, last)
	}
	if missed := w.Missed(born); missed.Before(born) || missed.After(list[0].Began) {
		t.Errorf("missed until %v, the first that is kept began at %v", missed, list[0].Began)
	}
	w.Turn(true)
	if missed := w.Missed(time.Now()); !missed.IsZero() {
		t.Errorf("it was on, and has missed some until %v", missed)
	}
	again := time.Now()
	w.Turn(false)
	w.Turn(true)
	if missed := w.Missed(again); missed.Before(again) {
		t.Errorf("it was off, and has missed some until %v", missed)
	}
}
