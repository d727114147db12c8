package lessons

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNamesAndFlagsInAnyOrder(t *testing.T) {
	for _, line := range []string{"http -pace 5s cache -json", "-json -pace 5s http cache", "http cache --pace=5s -json"} {
		var o options
		if err := o.parse(strings.Fields(line)); err != nil || !slices.Equal(o.names, []string{"http", "cache"}) ||
			o.pace != 5*time.Second || !o.json {
			t.Errorf("%s: %+v, %v", line, o, err)
		}
	}
}

func TestCaptureFilter(t *testing.T) {
	st := &Stage{Host: "127.0.0.1", Ports: map[string]string{"http": "8000", "ws": "8001", "files": "8000", "health": ""}}
	all := []Lesson{{Name: "a", Spare: 2}, {Name: "b", Capture: "icmp"}, {Name: "c", Capture: "icmp"}}
	if err := st.Reserve(all); err != nil {
		t.Fatal(err)
	}
	spare := st.spare["a"]
	if len(spare) != 2 || spare[0] == spare[1] {
		t.Fatalf("spare ports %v, want two", spare)
	}
	want := "port 8000 or port 8001 or port " + spare[0] + " or port " + spare[1] + " or icmp"
	if got := st.CaptureFilter(all); got != want {
		t.Errorf("capture filter %q, want %q", got, want)
	}
}

func TestFilterKeepsToItsConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	play(t, func(s *Scene) {
		c := s.DialTo(l.Addr().String(), "x")
		only := "tcp.port == " + c.Port()
		for filter, want := range map[string]string{"": only, "http": "http && " + only, "a || b": "(a || b) && " + only} {
			if got := c.Filter(filter); got != want {
				t.Errorf("Filter(%q) = %q, want %q", filter, got, want)
			}
		}
	})
}

// play plays a scene of a test.
func play(t *testing.T, f func(*Scene)) ([]Event, error) {
	t.Helper()
	var all []Event
	err := Play(context.Background(), Lesson{Name: "test", Play: f}, &Stage{Host: "127.0.0.1"}, 0,
		func(e Event) { all = append(all, e) })
	return all, err
}

func TestWhatFailsEndsTheScene(t *testing.T) {
	all, err := play(t, func(s *Scene) {
		s.Ask(Text{"?", "?"}, Text{"!", "!"})
		s.Step(Text{"a", "b"})
		s.Check("read", io.ErrUnexpectedEOF)
		t.Error("the scene goes on")
	})
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(err.Error(), "read: ") {
		t.Errorf("Play = %v", err)
	}
	if last := all[len(all)-1]; last.Type != Step {
		t.Errorf("the last event is %+v: a scene that failed has no questions and no end", last)
	}
	defer func() {
		if recover() == nil {
			t.Error("a panic that is no failure of the scene is swallowed")
		}
	}()
	play(t, func(s *Scene) { panic("a mistake") })
}

func TestABodyIsShownInPart(t *testing.T) {
	for text, want := range map[string]string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n":                      "GET / HTTP/1.1|Host: x",
		"PUT / HTTP/1.1\r\n\r\none\n":                            "PUT / HTTP/1.1||one",
		"PUT / HTTP/1.1\r\n\r\n1\n2\n3\n4\n":                     "PUT / HTTP/1.1||1|2|... (4)",
		"st: localhost:8000\r\nAccept: */*\r\n\r\n":              "st: localhost:8000|Accept: */*",
		"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n{}\r\n\r\n": "POST / HTTP/1.1|Content-Length: 4||{}",
	} {
		if got := strings.Join(lines(text), "|"); got != want {
			t.Errorf("lines(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWhatIsNoServerOfOurs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "220 mail.example ESMTP\r\n")
			c.Close()
		}
	}()
	if _, err := Find(context.Background(), "http://"+l.Addr().String()); !errors.Is(err, errNobody) {
		t.Errorf("a mail server is %v", err)
	}
	for _, url := range []string{"", "localhost:8000", "https://localhost", "http://", "http://localhost:8000/api",
		"http://[::1"} {
		if _, err := Find(context.Background(), url); err == nil || errors.Is(err, errNobody) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("-url %q: %v", url, err)
		}
	}
}

// What a server tells of its own traffic goes into a file, up to the end of the lesson.
func TestRecord(t *testing.T) {
	first := make(chan bool)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/capture" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		io.WriteString(w, "first")
		http.NewResponseController(w).Flush()
		<-first
		io.WriteString(w, ", last")
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer srv.Close()
	host, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	st, file := &Stage{Host: host, Ports: map[string]string{"health": port}}, filepath.Join(t.TempDir(), "x.pcapng")
	o := options{capture: file}
	err := o.captured(context.Background(), st, nil, func() error {
		close(first)
		return io.ErrUnexpectedEOF
	})
	text, _ := os.ReadFile(file)
	if !errors.Is(err, io.ErrUnexpectedEOF) || string(text) != "first, last" {
		t.Errorf("captured = %v and %q, want what play returned and all that was told", err, text)
	}
	played := false
	o.capture = filepath.Join(file, "in a file")
	if err := o.captured(context.Background(), st, nil, func() error { played = true; return nil }); err == nil ||
		played || !strings.HasPrefix(err.Error(), "-capture: ") {
		t.Errorf("captured into nowhere = %v; played: %v", err, played)
	}
}

func TestTheInterfaceOfAnAddress(t *testing.T) {
	name, loopback, err := Interface("127.0.0.1")
	if err != nil || name == "" || !loopback {
		t.Errorf("127.0.0.1 is on %q, loopback: %v, %v", name, loopback, err)
	}
}
