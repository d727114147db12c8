package lessons

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"time"
)

// exchange sends a request on a connection of its own, and returns the answer. The connection ends when its body is
// closed, or with the context of the request. It follows no redirects and heeds no proxy: who answers is who was asked.
func (st *Stage) exchange(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	conn, err := st.client.dial(ctx, new(net.Dialer), "tcp", req.URL.Host)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	resp, err := send(conn, req)
	if err != nil {
		if !stop() { // it has failed because the connection was taken away
			err = context.Cause(ctx)
		}
		conn.Close()
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{resp.Body, closer(func() error { stop(); return conn.Close() })}
	return resp, nil
}

func send(conn net.Conn, req *http.Request) (*http.Response, error) {
	req.Close = true
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	return http.ReadResponse(bufio.NewReader(conn), req)
}

type closer func() error

func (c closer) Close() error { return c() }

// maxAnswer is the most that is read of an answer nobody looks at.
const maxAnswer = 1 << 20

// Call makes what a scene needs and does not look at, on a connection that it does not tell of: a token, say. body is
// sent as JSON unless it is nil, the answer decoded into an object of into unless that is nil. It returns the status.
func (s *Scene) Call(method, service, path, token string, body, into any) int {
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		s.Check("encode", err)
		in = bytes.NewReader(text)
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	req, err := request(ctx, method, s.URL(service, path), token, in)
	s.Check(method+" "+path, err)
	resp, err := s.exchange(req)
	s.Check(method+" "+path, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	s.Check(method+" "+path, err)
	if into != nil && resp.StatusCode < 300 {
		s.Check(method+" "+path, json.Unmarshal(text, into))
	}
	return resp.StatusCode
}

// request makes one with a body in JSON, unless that is nil, and with a token, unless that is "".
func request(ctx context.Context, method, url, token string, body io.Reader) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req, nil
}

// Guest enters as a guest and returns its token. Where guests are off the lesson can't be played.
func (s *Scene) Guest(nickname string) (token string) {
	var session struct {
		AccessToken string `json:"access_token"`
	}
	status := s.Call("POST", "http", "/api/auth/guest", "", map[string]string{"nickname": nickname}, &session)
	s.Must(status == http.StatusCreated, "the server lets no guests in: POST /api/auth/guest = %d", status)
	return session.AccessToken
}

// removeTime is how long to delete something may take: somebody has pressed Ctrl-C, perhaps.
const removeTime = 2 * time.Second

// removing returns what deletes something that the scene has made. It is meant to be deferred, and works also when
// the scene has been ended: nothing stays on a class's server.
func (s *Scene) removing(service, path, token string) func() {
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), removeTime)
		defer cancel()
		req, err := request(ctx, "DELETE", s.URL(service, path), token, nil)
		if err != nil {
			return
		}
		if resp, err := s.exchange(req); err == nil {
			resp.Body.Close()
		}
	}
}
