package lab

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"pollwire/rest/problem"
)

// wantText is the text, made line by line.
func wantText(n int) string {
	var b strings.Builder
	for b.Len() < n {
		fmt.Fprintf(&b, "%08d abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.\n", b.Len())
	}
	return b.String()[:n]
}

func TestBytes(t *testing.T) {
	everyWay(t, func(t *testing.T, c way) {
		for _, tt := range []struct {
			n             int
			query, length string
		}{
			{0, "", "0"},
			{1, "", "1"},
			{64, "", "64"},
			{65, "", "65"},
			{200_000, "", "200000"},
			{0, "?chunk=1", ""},
			{1, "?chunk=1", ""},
			{1000, "?chunk=7", ""},
			{1000, "?chunk=1000&delay=30s", ""}, // one piece: no pause
			{1000, "?chunk=500&delay=1ms", ""},
			{300_000, "?chunk=100000", ""}, // more than is made at a time
		} {
			path := fmt.Sprintf("/lab/bytes/%d%s", tt.n, tt.query)
			got := c.get(t, path)
			if got.StatusCode != 200 || got.body != wantText(tt.n) {
				t.Errorf("%s = %d with %d bytes, want 200 with %d", path, got.StatusCode, len(got.body), tt.n)
			}
			expect(t, got.Header, map[string]string{"Content-Type": "text/plain; charset=us-ascii", "Content-Length": tt.length})
			if chunked := len(got.TransferEncoding) == 1; c.proto == "HTTP/1.1" && chunked != (tt.query != "") {
				t.Errorf("%s has Transfer-Encoding %v", path, got.TransferEncoding)
			}
			head := c.do(t, "HEAD", path, "")
			if head.StatusCode != 200 || head.Header.Get("Content-Length") != tt.length || head.body != "" {
				t.Errorf("HEAD %s = %d, %v", path, head.StatusCode, head.Header)
			}
		}
		began := time.Now()
		if c.do(t, "HEAD", "/lab/bytes/10000000?chunk=5000000&delay=20s", ""); time.Since(began) > 10*time.Second {
			t.Error("HEAD waited")
		}
		eventually(t, "the handler's end after HEAD", func() bool { return c.running.Load() == 0 })
	})
}

func TestTheLimitsOfBytes(t *testing.T) {
	for _, tt := range []struct {
		n, query string
		kind     error
		field    string // that is wrong, "" if it is another kind of error
	}{
		{"10000000", "", nil, ""},
		{"10000001", "", problem.Invalid, "n"},
		{"-1", "", problem.Invalid, "n"},
		{"99999999999999999999", "", problem.Invalid, "n"},
		{"", "", problem.NotFound, ""},
		{"-0", "", problem.NotFound, ""},
		{"+1", "", problem.NotFound, ""},
		{"01", "", problem.NotFound, ""},
		{"1.0", "", problem.NotFound, ""},
		{"1e3", "", problem.NotFound, ""},
		{"0x10", "", problem.NotFound, ""},
		{"1 ", "", problem.NotFound, ""},
		{"1\n", "", problem.NotFound, ""},
		{"١", "", problem.NotFound, ""},
		{"100", "chunk=%zz", problem.Malformed, ""},
		{"100", "chunk=100", nil, ""},
		{"100", "chunk=101", problem.Invalid, "chunk"},
		{"100", "chunk=0", problem.Invalid, "chunk"},
		{"100", "chunk=-1", problem.Invalid, "chunk"},
		{"100", "chunk=", problem.Invalid, "chunk"},
		{"100", "chunk=07", problem.Invalid, "chunk"},
		{"0", "chunk=1", nil, ""},
		{"0", "chunk=2", problem.Invalid, "chunk"},
		{"10000000", "chunk=10000000", nil, ""},
		{"10000000", "chunk=100", nil, ""}, // 100,000 pieces
		{"10000000", "chunk=99", problem.Invalid, "chunk"},
		{"100000", "chunk=1", nil, ""},
		{"100001", "chunk=1", problem.Invalid, "chunk"},
		{"100", "delay=1s", problem.Invalid, "delay"},
		{"100", "delay=0s", problem.Invalid, "delay"},
		{"100", "delay=0&chunk=1", nil, ""},
		{"100", "delay=1&chunk=100", problem.Invalid, "delay"}, // no unit
		{"100", "delay=&chunk=100", problem.Invalid, "delay"},
		{"100", "delay=-1ns&chunk=100", problem.Invalid, "delay"},
		{"100", "delay=30s&chunk=100", nil, ""},
		{"100", "delay=30.000000001s&chunk=100", problem.Invalid, "delay"},
		{"100", "delay=30s&chunk=50", nil, ""}, // one pause
		{"100", "delay=15s&chunk=33", problem.Invalid, "delay"},
		{"100", "delay=15s&chunk=34", nil, ""},
		{"100000", "delay=300us&chunk=1", nil, ""},
		{"100000", "delay=301us&chunk=1", problem.Invalid, "delay"},
		{"100", "delay=9999999999h&chunk=1", problem.Invalid, "delay"},
	} {
		r := httptest.NewRequest("GET", "/lab/bytes/1?"+tt.query, nil)
		r.SetPathValue("n", tt.n)
		_, err := parsePlan(r)
		if !errors.Is(err, tt.kind) {
			t.Errorf("%q ?%s = %v, want %v", tt.n, tt.query, err, tt.kind)
		}
		refusal := (*problem.Refusal)(nil)
		if errors.As(err, &refusal); tt.field != "" && (refusal == nil || len(refusal.Fields) != 1 ||
			refusal.Fields[0].Field != tt.field) {
			t.Errorf("%q ?%s = %+v, want the field %s to be wrong", tt.n, tt.query, refusal, tt.field)
		}
	}
}

var date = regexp.MustCompile("Date: [^\r]*\r\n")

func TestBytesOnTheWireOfHTTP1(t *testing.T) {
	head := "Cache-Control: no-store\r\n%sContent-Type: text/plain; charset=us-ascii\r\nX-Content-Type-Options: " +
		"nosniff\r\nConnection: close\r\n%s\r\n"
	text := wantText(150)
	for _, tt := range []struct{ name, request, want string }{
		{"RFC 9112 §6.2 the length is told", "GET /lab/bytes/150 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
			"HTTP/1.1 200 OK\r\n" + fmt.Sprintf(head, "Content-Length: 150\r\n", "") + text},
		{"RFC 9112 §7.1 each piece is a chunk",
			"GET /lab/bytes/150?chunk=64 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
			"HTTP/1.1 200 OK\r\n" + fmt.Sprintf(head, "", "Transfer-Encoding: chunked\r\n") +
				"40\r\n" + text[:64] + "\r\n40\r\n" + text[64:128] + "\r\n16\r\n" + text[128:] + "\r\n0\r\n\r\n"},
		{"a text of no bytes can be chunked, too",
			"GET /lab/bytes/0?chunk=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
			"HTTP/1.1 200 OK\r\n" + fmt.Sprintf(head, "", "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"},
		{"RFC 9112 §6.1 an HTTP/1.0 client gets no chunks", "GET /lab/bytes/150?chunk=64 HTTP/1.0\r\n\r\n",
			"HTTP/1.0 200 OK\r\n" + strings.Replace(fmt.Sprintf(head, "", ""), "Connection: close\r\n", "", 1) + text},
		{"RFC 9110 §9.3.2 HEAD leaves the connection as it was",
			"HEAD /lab/bytes/5?chunk=1&delay=7s HTTP/1.1\r\nHost: a\r\n\r\n" +
				"GET /lab/bytes/5 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
			"HTTP/1.1 200 OK\r\n" + strings.Replace(fmt.Sprintf(head, "", ""), "Connection: close\r\n", "", 1) +
				"HTTP/1.1 200 OK\r\n" + fmt.Sprintf(head, "Content-Length: 5\r\n", "") + text[:5]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := date.ReplaceAllString(raw(t, tt.request), ""); !sameAnswer(got, tt.want) {
				t.Errorf("%q\n= %q, want\n  %q", tt.request, got, tt.want)
			}
		})
	}
}

// sameAnswer compares two answers of HTTP/1; the order of the fields does not count.
func sameAnswer(a, b string) bool {
	headA, bodyA, _ := strings.Cut(a, "\r\n\r\n")
	headB, bodyB, _ := strings.Cut(b, "\r\n\r\n")
	fields := func(head string) map[string]bool {
		set := map[string]bool{}
		for _, line := range strings.Split(head, "\r\n") {
			set[line] = true
		}
		return set
	}
	return bodyA == bodyB && fmt.Sprint(fields(headA)) == fmt.Sprint(fields(headB))
}

func TestRFC9113Section6_1EachPieceIsADataFrame(t *testing.T) {
	var lengths []int
	var got []byte
	for _, f := range h2(t, "/lab/bytes/1000?chunk=400") {
		if f.kind == 0 {
			lengths = append(lengths, len(f.payload))
			got = append(got, f.payload...)
		}
	}
	if fmt.Sprint(lengths) != "[400 400 200 0]" || string(got) != wantText(1000) {
		t.Errorf("DATA frames of %v bytes, want 400, 400, 200 and an empty one that ends the stream", lengths)
	}
}

func TestWhoGoesAwayEndsTheAnswer(t *testing.T) {
	everyWay(t, func(t *testing.T, c way) {
		resp, err := c.Get(c.url + "/lab/bytes/100?chunk=50&delay=30s")
		if err != nil {
			t.Fatal(err)
		}
		io.ReadFull(resp.Body, make([]byte, 50)) // the first piece is here, the second far away
		if n := c.running.Load(); n != 1 {
			t.Errorf("%d handlers run, want 1", n)
		}
		resp.Body.Close()
		eventually(t, "the handler's end", func() bool { return c.running.Load() == 0 })
	})
}

// A client that closes its sending side looks as if it had gone. What it then gets must not look whole.
func TestRFC9112Section8HalfAnAnswerIsNotEndedLikeAWholeOne(t *testing.T) {
	srv, _ := serve(t, new(running).handler(), false)
	conn := dial(t, srv)
	io.WriteString(conn, "GET /lab/bytes/100?chunk=50&delay=30s HTTP/1.1\r\nHost: a\r\n\r\n")
	r := bufio.NewReader(conn)
	readHead(t, r)
	first := make([]byte, len("32\r\n")+50+len("\r\n"))
	if _, err := io.ReadFull(r, first); err != nil {
		t.Fatal(err)
	}
	conn.(interface{ CloseWrite() error }).CloseWrite()
	if rest, _ := io.ReadAll(r); len(rest) != 0 {
		t.Errorf("then came %q, want the end of the connection", rest)
	}
}

// discard takes an answer and forgets it.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
func (d discard) FlushError() error           { return nil }

func TestALongTextNeedsLittleMemory(t *testing.T) {
	for _, query := range []string{"", "?chunk=5000000"} {
		r := httptest.NewRequest("GET", "/lab/bytes/10000000"+query, nil)
		r.SetPathValue("n", "10000000")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := Bytes(discard{http.Header{}}, r); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 1<<20 {
			t.Errorf("%q took %d bytes of memory, want far fewer than those written", query, used)
		}
	}
}

func FuzzPlanOfBytes(f *testing.F) {
	f.Add("1000", "chunk=100&delay=10ms")
	f.Add("10000000", "chunk=99")
	f.Add("-1", "delay=2562047h47m16.854775807s&chunk=1")
	f.Fuzz(func(t *testing.T, n, query string) {
		r := httptest.NewRequest("GET", "/lab/bytes/1", nil)
		r.SetPathValue("n", n)
		r.URL.RawQuery = query
		p, err := parsePlan(r)
		if err != nil {
			if !errors.Is(err, problem.Invalid) && !errors.Is(err, problem.NotFound) && !errors.Is(err, problem.Malformed) {
				t.Fatalf("%q ?%s = %v, which is no refusal", n, query, err)
			}
			return
		}
		if fmt.Sprint(p.n) != n || p.n < 0 || p.n > 10_000_000 || p.chunk < 0 || p.chunk > max(p.n, 1) || p.delay < 0 ||
			p.chunk == 0 && p.delay > 0 {
			t.Fatalf("%q ?%s = %+v", n, query, p)
		}
		if p.chunk > 0 {
			pieces := (p.n + p.chunk - 1) / p.chunk
			if pieces > 100_000 || float64(pieces-1)*p.delay.Seconds() > 30.0001 {
				t.Fatalf("%q ?%s = %+v: %d pieces", n, query, p, pieces)
			}
		}
	})
}
