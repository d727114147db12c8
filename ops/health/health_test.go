package health

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	got, err := json.Marshal(Report{"ok", "1.2.0", 4711, "ok", 31})
	if want := `{"status":"ok","version":"1.2.0","uptime_s":4711,"db":"ok","sockets":31}`; err != nil ||
		string(got) != want {
		t.Errorf("Report = %s, %v, want %s", got, err, want)
	}
}

// The values are those of the example in the format's own documentation.
func TestWriteMetrics(t *testing.T) {
	type labels = map[string]string
	for _, tt := range []struct {
		name    string
		metrics []Metric
		want    string
	}{
		{"nothing", nil, ""},
		{"help and type once, samples of one name together", []Metric{
			{"http_requests_total", "The total number of HTTP requests.", "counter", labels{"method": "post", "code": "200"},
				1027},
			{"sockets", "Open now.", "gauge", nil, 31},
			{"http_requests_total", "The total number of HTTP requests.", "counter", labels{"method": "post", "code": "400"}, 3},
		}, `# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{code="200",method="post"} 1027
http_requests_total{code="400",method="post"} 3
# HELP sockets Open now.
# TYPE sockets gauge
sockets 31
`},
		{"escapes in label values", []Metric{{Name: "msdos_file_access_time_seconds", Value: 1.458255915e9,
			Labels: labels{"path": `C:\DIR\FILE.TXT`, "error": "Cannot find file:\n\"FILE.TXT\""}}},
			`# TYPE msdos_file_access_time_seconds untyped
msdos_file_access_time_seconds{error="Cannot find file:\n\"FILE.TXT\"",path="C:\\DIR\\FILE.TXT"} 1458255915
`},
		{"escapes in help, where quotes stay", []Metric{{Name: "a", Help: "back\\slash,\nline, \"quotes\""}},
			"# HELP a back\\\\slash,\\nline, \"quotes\"\n# TYPE a untyped\na 0\n"},
		{"no labels and a fraction", []Metric{{Name: "metric_without_timestamp_and_labels", Value: 12.47}},
			"# TYPE metric_without_timestamp_and_labels untyped\nmetric_without_timestamp_and_labels 12.47\n"},
		{"what is no number", []Metric{{Name: "w", Labels: labels{"problem": "division by zero"}, Value: math.Inf(1)},
			{Name: "w", Labels: labels{"problem": "below"}, Value: math.Inf(-1)}, {Name: "w", Value: math.NaN()}},
			"# TYPE w untyped\nw{problem=\"division by zero\"} +Inf\nw{problem=\"below\"} -Inf\nw NaN\n"},
		{"large and small numbers", []Metric{{Name: "a", Value: 1e6}, {Name: "b", Value: 1e18}, {Name: "c", Value: -2.5e-9}},
			"# TYPE a untyped\na 1000000\n# TYPE b untyped\nb 1e+18\n# TYPE c untyped\nc -2.5e-09\n"},
		{"not UTF-8", []Metric{{Name: "a", Labels: labels{"l": "\xff"}}}, "# TYPE a untyped\na{l=\"\ufffd\"} 0\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := WriteMetrics(&b, tt.metrics); err != nil || b.String() != tt.want {
				t.Errorf("%v, wrote\n%s\nwant\n%s", err, b.String(), tt.want)
			}
		})
	}
}

func TestWriteMetricsRefuses(t *testing.T) {
	good := Metric{Name: "good"}
	for name, m := range map[string]Metric{
		"no name":                {},
		"a name with a dash":     {Name: "a-b"},
		"a name with a line end": {Name: "a\n"},
		"a digit first":          {Name: "1a"},
		"a bad label name":       {Name: "a", Labels: map[string]string{"a:b": ""}},
		"a histogram":            {Name: "a", Type: "histogram"},
		"a series twice":         good,
	} {
		var b bytes.Buffer
		if err := WriteMetrics(&b, []Metric{good, m}); err == nil || b.Len() > 0 {
			t.Errorf("%s: error %v, wrote %q, want an error and nothing written", name, err, b.String())
		}
	}
}

func TestAnswer(t *testing.T) {
	for _, tt := range []struct{ name, question, want string }{
		{"a word", "ping hello", "pong hello"},
		{"one byte", "ping x", "pong x"},
		{"64 bytes", "ping " + strings.Repeat("x", 64), "pong " + strings.Repeat("x", 64)},
		{"bytes that are no text", "ping \x00\xff\n", "pong \x00\xff\n"},
		{"a space", "ping  ", "pong  "},
		{"65 bytes", "ping " + strings.Repeat("x", 65), ""},
		{"no bytes", "ping ", ""},
		{"no space", "ping", ""},
		{"a line end for the space", "ping\nx", ""},
		{"capitals", "PING x", ""},
		{"something before", " ping x", ""},
		{"an answer", "pong hello", ""},
		{"nothing", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Answer([]byte(tt.question)); string(got) != tt.want {
				t.Errorf("Answer(%q) = %q, want %q", tt.question, got, tt.want)
			}
		})
	}
}

// serve runs ServePing on conn, which it wraps, and returns the address, and a func that ends it and returns its error.
func serve(t *testing.T, wrap func(net.PacketConn) net.PacketConn) (addr string, end func() error) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- ServePing(ctx, wrap(conn)) }()
	return conn.LocalAddr().String(), func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(5 * time.Second):
			return errors.New("ServePing did not return")
		}
	}
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(5 * time.Second))
	return c
}

func TestServePingAnswersQuestionsAndNothingElse(t *testing.T) {
	addr, end := serve(t, func(c net.PacketConn) net.PacketConn { return c })
	c := dial(t, addr)
	for _, q := range []string{"", "pong 1", "ping ", "hello", "ping " + strings.Repeat("x", 65),
		"ping " + strings.Repeat("x", 9000), "ping last"} {
		if _, err := c.Write([]byte(q)); err != nil {
			t.Fatal(err)
		}
	}
	// Loopback keeps the order: had one of the others been answered, its answer would come first.
	buf := make([]byte, 10000)
	if n, err := c.Read(buf); err != nil || string(buf[:n]) != "pong last" {
		t.Errorf("the first answer is %q, %v, want pong last", buf[:n], err)
	}
	if err := end(); err != nil {
		t.Errorf("ServePing = %v after its context ended, want nil", err)
	}
}

// A badConn fails to read a few times, as a socket on Windows does after an answer found nobody.
type badConn struct {
	net.PacketConn
	failures  int
	deadlines chan time.Time
}

func (c *badConn) ReadFrom(b []byte) (int, net.Addr, error) {
	if c.failures > 0 {
		c.failures--
		return 0, nil, &net.OpError{Op: "read", Net: "udp", Err: syscall.ECONNRESET}
	}
	return c.PacketConn.ReadFrom(b)
}

func (c *badConn) SetWriteDeadline(t time.Time) error {
	c.deadlines <- t
	return c.PacketConn.SetWriteDeadline(t)
}

func TestServePingSurvivesReadErrorsAndSetsAWriteDeadline(t *testing.T) {
	bad := &badConn{failures: 3, deadlines: make(chan time.Time, 1)}
	addr, end := serve(t, func(c net.PacketConn) net.PacketConn { bad.PacketConn = c; return bad })
	c := dial(t, addr)
	c.Write([]byte("ping x"))
	buf := make([]byte, 100)
	if n, err := c.Read(buf); err != nil || string(buf[:n]) != "pong x" {
		t.Fatalf("answer %q, %v, want pong x", buf[:n], err)
	}
	select {
	case deadline := <-bad.deadlines:
		if until := time.Until(deadline); until > time.Second {
			t.Errorf("write deadline in %v, want within a second", until)
		}
	default:
		t.Error("answered without a write deadline")
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

func TestServePingEndsWhileReadsFail(t *testing.T) {
	bad := &badConn{failures: math.MaxInt}
	_, end := serve(t, func(c net.PacketConn) net.PacketConn { bad.PacketConn = c; return bad })
	if err := end(); err != nil {
		t.Error(err)
	}
	if _, _, err := bad.PacketConn.ReadFrom(nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("read afterwards: %v, want net.ErrClosed", err)
	}
}

func TestServePingSaysSoIfSomebodyElseClosedTheConn(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if err := ServePing(t.Context(), conn); !errors.Is(err, net.ErrClosed) {
		t.Errorf("ServePing on a closed conn = %v, want net.ErrClosed", err)
	}
}

func FuzzPing(f *testing.F) {
	for _, s := range []string{"ping x", "ping ", "pong x", "ping " + strings.Repeat("x", 65)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, q []byte) {
		a := Answer(q)
		if len(a) > len(q) {
			t.Errorf("Answer(%q) = %q: longer than its question", q, a)
		}
		if a != nil && (string(a[:5]) != "pong " || !bytes.Equal(a[5:], q[5:])) {
			t.Errorf("Answer(%q) = %q: not the same bytes", q, a)
		}
		if again := Answer(a); again != nil {
			t.Errorf("Answer(%q) = %q, and that is answered by %q: a loop", q, a, again)
		}
		if due := len(q) >= 6 && len(q) <= 69 && string(q[:5]) == "ping "; due != (a != nil) {
			t.Errorf("Answer(%q) = %q, want one: %v", q, a, due)
		}
	})
}
