package lessons

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

func TestTheJarKeepsToThePath(t *testing.T) {
	j := jar{}
	j.keep(http.Header{"Set-Cookie": {"visits=1; Path=/lab; HttpOnly"}})
	j.keep(http.Header{"Set-Cookie": {"visits=2; Path=/lab"}})
	j.keep(http.Header{"Set-Cookie": {"no cookie"}})
	for path, want := range map[string][]string{
		"/lab": {"Cookie: visits=2"}, "/lab/": {"Cookie: visits=2"}, "/lab/cookie": {"Cookie: visits=2"},
		"/": nil, "/labs": nil, "/openapi.json": nil, "/a/lab": nil,
	} {
		if got := j.fields(path); !slices.Equal(got, want) {
			t.Errorf("for %s: %q, want %q", path, got, want)
		}
	}
}

func TestAnExchangeEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", "http://"+l.Addr().String()+"/", nil)
	if resp, err := new(Stage).exchange(req); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("exchange = %v, %v", resp, err)
	}
}

func TestAnExchangeLeavesNoConnection(t *testing.T) {
	ended := make(chan struct{})
	server := httptest.NewUnstartedServer(http.RedirectHandler("/", http.StatusFound))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			close(ended)
		}
	}
	server.Start()
	defer server.Close()
	req, _ := http.NewRequest("GET", server.URL, nil)
	resp, err := new(Stage).exchange(req)
	if err != nil || resp.StatusCode != http.StatusFound {
		t.Fatalf("exchange = %v, %v, want the redirect itself", resp, err)
	}
	resp.Body.Close()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Error("the connection is still there")
	}
}
