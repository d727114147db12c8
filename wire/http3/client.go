package http3

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"

	"golang.org/x/net/quic"
)

// maxAnswerHead is how large the header section of an answer may be.
const maxAnswerHead = 256 << 10

// Client is the client's end of one connection, and an http.RoundTripper for requests on it. It does what tests and
// lessons need: it looks for no other connection when this one has ended.
type Client struct {
	*conn
	own     *quic.Endpoint // to be closed with it; nil: it is somebody else's
	leaving atomic.Uint64  // of the server's GOAWAY: requests from this id on are answered no more
}

// Dial connects to an address from a port of its own. config says whom to trust; ALPN "h3" is set.
func Dial(ctx context.Context, addr string, config *tls.Config) (*Client, error) {
	e, err := quic.Listen("udp", ":0", nil)
	if err != nil {
		return nil, err
	}
	c, err := DialFrom(ctx, e, addr, config)
	if err != nil {
		e.Close(ctx)
		return nil, err
	}
	c.own = e
	return c, nil
}

// DialFrom connects from an endpoint.
func DialFrom(ctx context.Context, e *quic.Endpoint, addr string, config *tls.Config) (*Client, error) {
	config = config.Clone()
	config.MinVersion, config.NextProtos = tls.VersionTLS13, []string{"h3"}
	q, err := e.Dial(ctx, "udp", addr, &quic.Config{TLSConfig: config, MaxUniRemoteStreams: maxUni})
	if err != nil {
		return nil, err
	}
	c := &Client{conn: newConn(q, false)}
	c.leaving.Store(maxVarint)
	c.goAway = c.heard
	if err := c.open(maxAnswerHead); err != nil {
		q.Abort(nil)
		return nil, err
	}
	go c.accept(func(*quic.Stream) { c.end(broken(StreamCreationError, "a request stream of a server")) }) // §6.1
	return c, nil
}

// heard takes a GOAWAY (§5.2). Its id is that of a request, and none behind it is higher.
func (c *Client) heard(id uint64) error {
	if id%4 != 0 || id > c.leaving.Load() {
		return broken(IDError, "GOAWAY with %d", id)
	}
	c.leaving.Store(id)
	return nil
}

// ErrGoAway is the error for a request that the server won't answer: it is safe to ask again elsewhere.
var ErrGoAway = errors.New("http3: the server takes no more requests on this connection")

// RoundTrip sends a request and returns the answer when its header section is here. What is sent goes on meanwhile.
func (c *Client) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.leaving.Load() != maxVarint {
		return nil, ErrGoAway
	}
	q, err := c.NewStream(r.Context())
	if err != nil {
		return nil, err
	}
	x := &exchange{c: c, st: newStream(q), r: r}
	x.stop = context.AfterFunc(r.Context(), func() { x.st.abort(RequestCancelled) }) // §4.1.1
	if err := x.sendHead(); err != nil {
		x.close()
		return nil, x.why(err)
	}
	go x.sendBody()
	resp, err := x.answer()
	if err != nil {
		x.close()
		return nil, x.why(err)
	}
	return resp, nil
}

// Close ends the connection.
func (c *Client) Close() error {
	c.Abort(&quic.ConnectionCloseError{Code: uint64(NoError)})
	c.cancel()
	if c.own == nil {
		return nil
	}
	return c.own.Close(context.Background())
}

// exchange is a request and its answer.
type exchange struct {
	c    *Client
	st   *stream
	r    *http.Request
	stop func() bool
}

// why is what the caller learns of an error: why the context ended, or the connection, or else err itself.
func (x *exchange) why(err error) error {
	if cause := context.Cause(x.r.Context()); cause != nil {
		return cause
	}
	if ended := x.c.why(); ended != nil {
		return ended
	}
	return err
}

// close gives up what has not been read.
func (x *exchange) close() {
	x.stop()
	x.st.abort(RequestCancelled)
}

func (x *exchange) sendHead() error {
	r := x.r
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	fields := []field{{":method", method(r)}, {":scheme", "https"}, {":authority", host}, {":path", r.URL.RequestURI()}}
	if r.Method == http.MethodConnect {
		fields = []field{{":method", r.Method}, {":authority", host}}
	}
	h := r.Header.Clone()
	h.Del("Host")
	if r.ContentLength > 0 {
		fields = append(fields, field{"content-length", strconv.FormatInt(r.ContentLength, 10)})
		h.Del("Content-Length")
	}
	for name := range r.Trailer {
		h.Add("Trailer", name)
	}
	frame := appendFrame(nil, frameHeaders, appendFields(nil, appendHeader(fields, h)))
	if _, err := x.st.Write(frame); err != nil {
		return err
	}
	if r.Body == nil || r.Body == http.NoBody {
		return nil // leaves together with the end of the stream
	}
	return x.st.Flush()
}

func method(r *http.Request) string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

// sendBody sends the content and the trailers, and ends this side.
func (x *exchange) sendBody() {
	if x.r.Body != nil {
		defer x.r.Body.Close()
		if _, err := io.Copy(contentFrames{x.st}, x.r.Body); err != nil {
			x.st.Reset(uint64(RequestCancelled))
			return
		}
	}
	if len(x.r.Trailer) > 0 {
		x.st.Write(appendFrame(nil, frameHeaders, appendFields(nil, appendHeader(nil, x.r.Trailer))))
	}
	x.st.CloseWrite()
}

// contentFrames makes a DATA frame of each Write, and sends it.
type contentFrames struct{ st *stream }

func (f contentFrames) Write(b []byte) (int, error) {
	if _, err := f.st.Write(appendVarint(appendVarint(nil, uint64(frameData)), uint64(len(b)))); err != nil {
		return 0, err
	}
	if n, err := f.st.Write(b); err != nil {
		return n, err
	}
	return len(b), f.st.Flush()
}

// answer reads to the header section of the answer that counts.
func (x *exchange) answer() (*http.Response, error) {
	for {
		fields, err := readHead(x.st, false, maxAnswerHead)
		if err != nil {
			return nil, x.failed(err)
		}
		status, h, err := checkResponse(fields)
		if err != nil {
			return nil, x.failed(err)
		}
		if status >= 200 {
			return x.response(status, h), nil
		}
	}
}

func (x *exchange) response(status int, h head) *http.Response {
	resp := &http.Response{Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/3.0", ProtoMajor: 3, Header: h.header, Request: x.r, ContentLength: h.length}
	state := x.c.ConnectionState()
	resp.TLS = &state
	resp.Trailer = announced(h.header)
	b := &body{st: x.st, most: maxAnswerHead, length: h.length, failed: x.failed}
	b.closed = func() {
		if b.end != io.EOF {
			x.close()
			return
		}
		x.stop()
		x.st.StopSending(uint64(NoError)) // all has come: nothing is sent by this
	}
	if x.r.Method == http.MethodHead || status == http.StatusNotModified || status == http.StatusNoContent {
		b.length = 0 // §4.1.2: the length is that of an answer to GET
	}
	b.trailer = func(t http.Header) { resp.Trailer = t }
	resp.Body = b
	return resp
}

func (x *exchange) failed(err error) error {
	if !x.c.end(err) {
		x.st.abort(codeOf(err, RequestCancelled))
	}
	return x.why(err)
}
