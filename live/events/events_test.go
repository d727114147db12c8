package events

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pollwire/live/hub"
	"pollwire/rest/input"
	"pollwire/rest/problem"
)

// serve runs a hub and a server of its events until the end of the test.
func serve(t *testing.T) (*hub.Hub, string) {
	t.Helper()
	h := hub.New(0, nil, func(context.Context, int64) error { return nil })
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { h.Run(ctx) })
	source := Source{Hub: h, KeepAlive: 50 * time.Millisecond, WriteTimeout: time.Second}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := input.Query(r)
		if err == nil {
			err = source.Serve(w, r, v, v.ID("topic"))
		}
		if err != nil {
			problem.Write(w, err)
		}
	}))
	t.Cleanup(func() {
		h.Close()
		srv.Close()
		cancel()
		running.Wait()
	})
	return h, srv.URL
}

func open(t *testing.T, ctx context.Context, url string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// HTML Standard §9.2.6: fields, one on a line, and an empty line behind each event.
func TestStreamFormat(t *testing.T) {
	h, url := serve(t)
	h.Publish("greeting", 1, []byte(`{"text":"안녕"}`))
	h.Publish("greeting", 2, []byte(`{}`))
	resp := open(t, t.Context(), url+"?since=0&count=1&topic=2")
	defer resp.Body.Close()
	var got strings.Builder
	bufio.NewReader(resp.Body).WriteTo(&got)
	if want := "id: 2\nevent: greeting\ndata: {}\n\n"; got.String() != want {
		t.Errorf("the stream of topic 2 = %q, want %q", got.String(), want)
	}
}

// Whoever leaves, at whatever moment, must not keep the hub from telling the others.
func TestStreamsThatLeaveHoldUpNobody(t *testing.T) {
	h, url := serve(t)
	resp := open(t, t.Context(), url)
	defer resp.Body.Close()
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Second)
	defer stop()
	var visits atomic.Int64
	var all sync.WaitGroup
	all.Go(func() {
		for ctx.Err() == nil {
			h.Publish("x", 0, []byte("1"))
			time.Sleep(20 * time.Microsecond)
		}
	})
	for range 16 {
		all.Go(func() {
			for ctx.Err() == nil {
				one, leave := context.WithCancel(t.Context())
				r := open(t, one, fmt.Sprint(url, "?since=", max(0, h.Seq()-3)))
				r.Body.Read(make([]byte, 1))
				leave()
				r.Body.Close()
				visits.Add(1)
			}
		})
	}
	all.Wait()
	last := h.Seq()
	in, deadline := bufio.NewScanner(resp.Body), time.AfterFunc(10*time.Second, func() { resp.Body.Close() })
	defer deadline.Stop()
	for in.Scan() {
		if in.Text() == fmt.Sprint("id: ", last) {
			return
		}
	}
	t.Errorf("after %d visits the one who stayed never heard of event %d", visits.Load(), last)
}
