package http3

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
)

// What a client may not send on a request stream, and what comes of it: the end of the stream, or of the connection.
func TestHostileRequests(t *testing.T) {
	r := serveFunc(t, func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })
	data := func(text string) []byte { return appendFrame(nil, frameData, []byte(text)) }
	settings := appendSettings(nil, 1000)
	for _, tt := range []struct {
		name string
		text []byte
		conn bool // it ends the connection
		code Code
	}{
		{"4.1 nothing at all", nil, false, RequestIncomplete},
		{"4.1 DATA before HEADERS", data("x"), true, FrameUnexpected},
		{"4.1 HEADERS behind trailers", join(headers(get()...), headers(), headers()), true, FrameUnexpected},
		{"4.1 DATA behind trailers", join(headers(get()...), headers(), data("x")), true, FrameUnexpected},
		{"7.2.3 CANCEL_PUSH", []byte{0x03, 0x01, 0x00}, true, FrameUnexpected},
		{"7.2.4 SETTINGS", join(headers(get()...), settings), true, FrameUnexpected},
		{"7.2.5 PUSH_PROMISE", join(headers(get()...), []byte{0x05, 0x01, 0x00}), true, FrameUnexpected},
		{"7.2.6 GOAWAY", []byte{0x07, 0x01, 0x00}, true, FrameUnexpected},
		{"7.2.7 MAX_PUSH_ID", []byte{0x0D, 0x01, 0x00}, true, FrameUnexpected},
		{"7.2.8 PING of HTTP/2", []byte{0x06, 0x00}, true, FrameUnexpected},
		{"7.1 HEADERS that are cut off", []byte{0x01, 0x05, 0x00}, true, FrameError},
		{"7.1 DATA that is cut off", join(headers(get()...), []byte{0x00, 0x05, 'x'}), true, FrameError},
		{"7.1 half a frame header", join(headers(get()...), []byte{0x00}), true, FrameError},
		{"RFC 9204 2.2.3 no field section", []byte{0x01, 0x00}, true, DecompressionFailed},
		{"RFC 9204 2.2.3 the dynamic table", []byte{0x01, 0x03, 0x02, 0x00, 0x80}, true, DecompressionFailed},
		{"RFC 9204 2.2.3 in trailers", join(headers(get()...), []byte{0x01, 0x01, 0xFF}), true, DecompressionFailed},
		{"4.1.2 more than Content-Length", join(headers(get(field{"content-length", "1"})...), data("xy")), false,
			MessageError},
		{"4.1.2 less than Content-Length", join(headers(get(field{"content-length", "3"})...), data("xy")), false,
			MessageError},
		{"4.3 a pseudo-header field in trailers", join(headers(get()...), headers(field{":path", "/"})), false,
			MessageError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := r.raw(t)
			st := q.request(tt.text)
			st.CloseWrite()
			if tt.conn {
				if code := q.closed(); code != tt.code {
					t.Errorf("the connection ends with %v, want %v", code, tt.code)
				}
				return
			}
			if code := reset(t, st); code != tt.code {
				t.Errorf("the stream ends with %v, want %v", code, tt.code)
			}
			st = q.request(headers(get()...)) // the others go on
			st.CloseWrite()
			if _, err := io.ReadAll(onlyReader{st}); err != nil {
				t.Errorf("the next stream: %v", err)
			}
		})
	}
}

// §4.1.2, §4.2 and §4.3: malformed header sections.
func TestMalformedRequests(t *testing.T) {
	method, scheme, authority, path := get()[0], get()[1], get()[2], get()[3]
	with := func(f ...field) []field { return f }
	for _, tt := range []struct {
		name   string
		fields []field
		ok     bool
	}{
		{"4.3.1 GET", get(), true},
		{"4.3.1 Host in place of :authority", with(method, scheme, path, field{"host", "a"}), true},
		{"4.3.1 both, and the same", get(field{"host", "localhost"}), true},
		{"4.3.1 both, and different", get(field{"host", "a"}), false},
		{"4.3.1 neither", with(method, scheme, path), false},
		{"4.3.1 both empty", with(method, scheme, field{":authority", ""}, path), false},
		{"4.3.1 a user in :authority", with(method, scheme, field{":authority", "u@a"}, path), false},
		{"4.3.1 no :method", with(scheme, authority, path), false},
		{"4.3.1 no :scheme", with(method, authority, path), false},
		{"4.3.1 no :path", with(method, scheme, authority), false},
		{"4.3.1 an empty :path", with(method, scheme, authority, field{":path", ""}), false},
		{"4.3.1 :path without a slash", with(method, scheme, authority, field{":path", "a"}), false},
		{"4.3.1 * with GET", with(method, scheme, authority, field{":path", "*"}), false},
		{"4.3.1 * with OPTIONS", with(field{":method", "OPTIONS"}, scheme, authority, field{":path", "*"}), true},
		{"4.3.1 :path that is no path", with(method, scheme, authority, field{":path", "/%zz"}), false},
		{"4.3.1 a method of two words", with(field{":method", "A B"}, scheme, authority, path), false},
		{"4.3 twice the same", get(method), false},
		{"4.3 behind other fields", with(method, scheme, authority, field{"a", "b"}, path), false},
		{"4.3 of an answer", get(field{":status", "200"}), false},
		{"4.3 that nobody knows", get(field{":protocol", "websocket"}), false},
		{"4.4 CONNECT", with(field{":method", "CONNECT"}, authority), true},
		{"4.4 CONNECT with :path", with(field{":method", "CONNECT"}, authority, path), false},
		{"4.4 CONNECT without :authority", with(field{":method", "CONNECT"}), false},
		{"4.2 capital letters", get(field{"Accept", "a"}), false},
		{"4.2 no name", get(field{"", "a"}), false},
		{"4.2 a blank in a name", get(field{"a b", "a"}), false},
		{"4.2 Connection", get(field{"connection", "close"}), false},
		{"4.2 Keep-Alive", get(field{"keep-alive", "1"}), false},
		{"4.2 Proxy-Connection", get(field{"proxy-connection", "close"}), false},
		{"4.2 Transfer-Encoding", get(field{"transfer-encoding", "chunked"}), false},
		{"4.2 Upgrade", get(field{"upgrade", "websocket"}), false},
		{"4.2 TE: trailers", get(field{"te", "trailers"}), true},
		{"4.2 TE: gzip", get(field{"te", "gzip"}), false},
		{"10.3 a line feed in a value", get(field{"a", "b\nc: d"}), false},
		{"10.3 NUL in a value", get(field{"a", "b\x00"}), false},
		{"10.3 a blank before a value", get(field{"a", " b"}), false},
		{"RFC 9110 8.6 Content-Length twice the same", get(field{"content-length", "0"}, field{"content-length", "0"}),
			true},
		{"RFC 9110 8.6 twice, and different", get(field{"content-length", "0"}, field{"content-length", "1"}), false},
		{"RFC 9110 8.6 no number", get(field{"content-length", "+0"}), false},
		{"RFC 9110 8.6 too large a number", get(field{"content-length", "9223372036854775808"}), false},
	} {
		_, err := checkRequest(tt.fields)
		if code := codeOf(err, 0); (err == nil) != tt.ok || err != nil && code != MessageError {
			t.Errorf("%s: %v, want ok = %v", tt.name, err, tt.ok)
		}
	}
}

func TestRFC9114Section4_2_1CookiesAreOneFieldAgain(t *testing.T) {
	r, err := checkRequest(get(field{"cookie", "a=b"}, field{"cookie", "c=d"}))
	if got := r.Header["Cookie"]; err != nil || len(got) != 1 || got[0] != "a=b; c=d" {
		t.Errorf("%q, %v", got, err)
	}
}

// What a client may not send on streams in one direction. All of it ends the connection.
func TestHostileStreams(t *testing.T) {
	r := serveFunc(t, tell)
	open := []byte{0x00, 0x04, 0x00} // a control stream with empty SETTINGS
	frame := func(b ...byte) []byte { return join(open, b) }
	for _, tt := range []struct {
		name string
		text []byte
		code Code
	}{
		{"6.2.1 no SETTINGS first", []byte{0x00, 0x07, 0x01, 0x00}, MissingSettings},
		{"6.2.1 something unknown before SETTINGS", []byte{0x00, 0x21, 0x00}, MissingSettings},
		{"6.2.2 a push stream", []byte{0x01, 0x00}, StreamCreationError},
		{"7.2.4 SETTINGS twice", frame(0x04, 0x00), FrameUnexpected},
		{"7.2.1 DATA on the control stream", frame(0x00, 0x00), FrameUnexpected},
		{"7.2.2 HEADERS on the control stream", frame(0x01, 0x00), FrameUnexpected},
		{"7.2.5 PUSH_PROMISE on the control stream", frame(0x05, 0x01, 0x00), FrameUnexpected},
		{"7.2.8 PING of HTTP/2", frame(0x06, 0x00), FrameUnexpected},
		{"7.2.4.1 a setting of HTTP/2", []byte{0x00, 0x04, 0x02, 0x02, 0x00}, SettingsError},
		{"7.2.3 CANCEL_PUSH of what was never promised", frame(0x03, 0x01, 0x00), IDError},
		{"7.2.7 MAX_PUSH_ID that becomes smaller", frame(0x0D, 0x01, 0x05, 0x0D, 0x01, 0x04), IDError},
		{"7.1 MAX_PUSH_ID with two numbers", frame(0x0D, 0x02, 0x05, 0x05), FrameError},
		{"7.1 GOAWAY without a number", frame(0x07, 0x00), FrameError},
		{"a large frame", frame(0x07, 0x80, 0x10, 0x00, 0x00), ExcessiveLoad},
		{"RFC 9204 4.3 an insert", []byte{0x02, 0xC1, 0x01, 'a'}, EncoderStreamError},
		{"RFC 9204 4.3.1 a capacity", []byte{0x02, 0x21}, EncoderStreamError},
		{"RFC 9204 4.4.1 Section Acknowledgment", []byte{0x03, 0x84}, DecoderStreamError},
		{"RFC 9204 4.4.3 Insert Count Increment", []byte{0x03, 0x01}, DecoderStreamError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := r.raw(t)
			q.uni(tt.text)
			if code := q.closed(); code != tt.code {
				t.Errorf("the connection ends with %v, want %v", code, tt.code)
			}
		})
	}
	for _, kind := range []byte{0x00, 0x02, 0x03} {
		q := r.raw(t)
		text := []byte{kind}
		if kind == 0 {
			text = open
		}
		q.uni(text)
		q.uni(text)
		if code := q.closed(); code != StreamCreationError {
			t.Errorf("6.2.1 a second stream of type %d: %v", kind, code)
		}
		q = r.raw(t)
		q.uni(text).CloseWrite()
		if code := q.closed(); code != ClosedCriticalStream {
			t.Errorf("6.2.1 the end of a stream of type %d: %v", kind, code)
		}
	}
}

func TestWhatIsUnknownIsIgnored(t *testing.T) {
	q := serveFunc(t, tell).raw(t)
	q.uni([]byte{0x00, 0x04, 0x02, 0x21, 0x05, 0x21, 0x01, 'x', 0x0D, 0x01, 0x05, 0x0D, 0x01, 0x05, 0x07, 0x01, 0x00})
	q.uni([]byte{0x02, 0x20, 0x20})             // §4.3.1 of RFC 9204: a capacity of 0
	q.uni([]byte{0x03, 0x44, 0x7F, 0x80, 0x01}) // §4.4.2: two streams are given up
	q.uni([]byte{0x40})                         // a type that is cut off
	unknown := q.uni([]byte{0x21, 'x'})
	st := q.request(join([]byte{0x21, 0x01, 'x'}, headers(get()...), []byte{0x40, 0x21, 0x00}))
	st.CloseWrite()
	if fields, err := readHead(st, false, 1000); err != nil || fields[0] != (field{":status", "200"}) {
		t.Errorf("the answer is %v, %v", fields, err)
	}
	for { // §6.2: the server asks to stop, and ends nothing because of it
		if _, err := unknown.Write([]byte("more")); err != nil {
			break
		}
		unknown.Flush()
		if within(t).Err() != nil {
			t.Fatal("nobody stops a stream that nobody knows")
		}
	}
	st = q.request(headers(get()...))
	st.CloseWrite()
	if _, err := readHead(st, false, 1000); err != nil {
		t.Error(err)
	}
}

// Whoever opens streams and resets them at once gets no more handlers to run than others (a "rapid reset").
func TestAFloodOfResets(t *testing.T) {
	gate := make(chan bool)
	defer close(gate)
	var running, most atomic.Int32
	r := serveFunc(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			<-gate
		}
	})
	q := r.raw(t)
	ctx, cancel := context.WithCancel(within(t))
	flooded := make(chan int, 1)
	go func() {
		n := 0
		for st, err := q.NewStream(ctx); err == nil; st, err = q.NewStream(ctx) {
			st.Write(headers(get()...))
			st.Flush()
			st.Reset(uint64(RequestCancelled))
			st.StopSending(uint64(RequestCancelled))
			n++
		}
		flooded <- n
	}()
	other := r.dial(t) // is served meanwhile
	for range 50 {
		other.do(t, "GET", "/other", nil)
	}
	cancel()
	if n := <-flooded; most.Load() > maxRequests || n < maxRequests {
		t.Errorf("%d streams make %d handlers run, want %d at most", n, most.Load(), maxRequests)
	}
}
