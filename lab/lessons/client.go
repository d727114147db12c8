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
func exchange(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", req.URL.Host)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	req.Close = true
	var resp *http.Response
	if err = req.Write(conn); err == nil {
		resp, err = http.ReadResponse(bufio.NewReader(conn), req)
	}
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

type closer func() error

func (c closer) Close() error { return c() }

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
	req, err := http.NewRequestWithContext(ctx, method, s.URL(service, path), in)
	s.Check(method+" "+path, err)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := exchange(req)
	s.Check(method+" "+path, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	s.Check(method+" "+path, err)
	if into != nil && resp.StatusCode < 300 {
		s.Check(method+" "+path, json.Unmarshal(text, into))
	}
	return resp.StatusCode
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

// removing returns what deletes something that the scene has made. It is meant to be deferred, and works also when
// the scene has been ended: nothing stays on a class's server.
func (s *Scene) removing(service, path, token string) func() {
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), 2*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, "DELETE", s.URL(service, path), nil)
		if err != nil {
			return
		}
		req.Header.Set("Authorization", "Bearer "+token)
		if resp, err := exchange(req); err == nil {
			resp.Body.Close()
		}
	}
}
