package lessons

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"
)

// Do makes a request with net/http, for scenes in which the single bytes don't matter, and tells over which connection
// it went. Who gets the response reads and closes its body.
func (s *Scene) Do(client *http.Client, req *http.Request) (*http.Response, *Conn) {
	var used *Conn
	trace := httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { // in the goroutine that calls Do
		for _, c := range s.conns {
			if c.LocalAddr().String() == i.Conn.LocalAddr().String() {
				used = c
			}
		}
		if used == nil {
			used = s.Use(i.Conn, req.Host)
		}
		used.Show()
	}}
	resp, err := client.Do(req.WithContext(httptrace.WithClientTrace(s.ctx, &trace)))
	s.Check(req.Method+" "+req.URL.Path, err)
	return resp, used
}

// Call makes what a scene needs and does not look at, on a connection that it does not tell of: a token, say. body is
// sent as JSON unless it is nil, the answer decoded into an object of into unless that is nil. It returns the status.
func (s *Scene) Call(method, service, path, token string, body, into any) int {
	var in io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		s.Check("encode", err)
		in = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(s.ctx, method, s.URL(service, path), in)
	s.Check(method+" "+path, err)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
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
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		if resp, err := client.Do(req); err == nil {
			resp.Body.Close()
		}
	}
}
