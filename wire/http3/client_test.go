package http3

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/quic"
)

// What a server may not send to a client, with what the client says to it.
func TestHostileServers(t *testing.T) {
	open := []byte{0x00, 0x04, 0x00}
	for _, tt := range []struct {
		name   string
		uni    []byte // on a stream in one direction
		answer []byte // on that of the request
		code   Code   // of the end of the connection, 0: only the request fails
	}{
		{"4.1 DATA first", nil, []byte{0x00, 0x00}, FrameUnexpected},
		{"4.1.2 no :status", nil, headers(field{"a", "b"}), 0},
		{"4.3.2 :status of two digits", nil, headers(field{":status", "20"}), 0},
		{"4.5 101", nil, headers(field{":status", "101"}), 0},
		{"4.6 a push stream", []byte{0x01, 0x00}, nil, IDError},
		{"7.2.5 PUSH_PROMISE", nil, []byte{0x05, 0x01, 0x00}, IDError},
		{"7.2.7 MAX_PUSH_ID", join(open, []byte{0x0D, 0x01, 0x00}), nil, FrameUnexpected},
		{"7.2.6 GOAWAY with the id of another kind of stream", join(open, []byte{0x07, 0x01, 0x01}), nil, IDError},
		{"7.2.6 GOAWAY that becomes higher", join(open, []byte{0x07, 0x01, 0x04, 0x07, 0x01, 0x08}), nil, IDError},
	} {
		t.Run(tt.name, func(t *testing.T) {
			own, config := trust(t)
			own.NextProtos, own.MinVersion = []string{"h3"}, tls.VersionTLS13
			e, err := quic.Listen("udp", "127.0.0.1:0", &quic.Config{TLSConfig: own})
			if err != nil {
				t.Fatal(err)
			}
			over, cancel := context.WithCancel(context.Background())
			cancel()
			defer e.Close(over)
			ended := make(chan error, 1)
			go func() {
				q, err := e.Accept(within(t))
				if err != nil {
					ended <- err
					return
				}
				if tt.uni != nil {
					raw{q, t}.uni(tt.uni)
				}
				for { // the streams of the client, of which one is its request
					st, err := q.AcceptStream(within(t))
					if err != nil {
						break
					}
					if tt.answer != nil && !st.IsReadOnly() {
						st.Write(tt.answer)
						st.CloseWrite()
					}
				}
				ended <- q.Wait(within(t))
			}()
			c, err := Dial(within(t), e.LocalAddr().String(), config)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			r, _ := http.NewRequestWithContext(within(t), "GET", "https://localhost/", nil)
			if _, err := c.RoundTrip(r); err == nil {
				t.Error("the request is answered")
			}
			if tt.code == 0 {
				c.Abort(&quic.ConnectionCloseError{Code: 1234})
				tt.code = 1234
			}
			var e3 *quic.ConnectionCloseError
			if err := <-ended; !errors.As(err, &e3) || Code(e3.Code) != tt.code {
				t.Errorf("the connection ends with %v, want %v", err, tt.code)
			}
		})
	}
}

func TestAnAnswerMayComeBeforeTheEndOfTheRequest(t *testing.T) {
	c := serveFunc(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(413) }).dial(t)
	never, _ := io.Pipe()
	resp, text := c.do(t, "POST", "/", io.MultiReader(strings.NewReader("begins"), never))
	if resp.StatusCode != 413 || text != "" {
		t.Errorf("%d %q", resp.StatusCode, text)
	}
	c.do(t, "GET", "/", nil)
}
