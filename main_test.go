package main

// What the tests of this package share: a real server in their own process, on free ports and with a real file. The
// clients are those of package rig. What needs nothing from inside is in test/.

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pollwire/rest/middleware"
	"pollwire/test/rig"
)

// TestMain lets the test binary be the program itself, so that tests can start it as a process and kill it.
func TestMain(m *testing.M) { rig.Main(m, run) }

// local is a server that runs in this process.
type local struct {
	*rig.Rig
	*server
	stop func() // stops the server and waits; done by itself at the end of the test
}

// start runs a server in this process on free ports of 127.0.0.1 with a new database. It stops at the end of the
// test, which fails if a goroutine is left behind.
func start(t testing.TB, set ...func(*config)) *local {
	t.Helper()
	return startIn(t, t.TempDir(), set...)
}

// startIn is start with the database in dir, which may be there already.
func startIn(t testing.TB, dir string, set ...func(*config)) *local {
	t.Helper()
	leftBehind := rig.CountGoroutines(t)
	c := defaults()
	c.Limits = false // tests are quicker than people
	for _, v := range services {
		c.Addr[v.Flag] = "127.0.0.1:0"
	}
	c.DB, c.Data = filepath.Join(dir, "pollwire.db"), filepath.Join(dir, "pollwire-data")
	for _, f := range set {
		f(&c)
	}
	s, err := newServer(c, middleware.New(io.Discard, false, slog.LevelError))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.run(ctx) }()
	r := &local{server: s, Rig: &rig.Rig{TB: t,
		API: "http://127.0.0.1:" + s.portOf("http"), WS: "127.0.0.1:" + s.portOf("ws"),
		Page: "http://127.0.0.1:" + s.portOf("files"), Health: "http://127.0.0.1:" + s.portOf("health")}}
	stopped := false
	r.stop = func() {
		if stopped {
			return
		}
		stopped = true
		http.DefaultClient.CloseIdleConnections()
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("run = %v", err)
			}
		case <-time.After(rig.Patience + 5*time.Second):
			t.Fatal("the server does not stop")
		}
	}
	t.Cleanup(func() {
		r.stop()
		leftBehind()
	})
	return r
}

func TestFirstVoteAndItsNews(t *testing.T) {
	r := start(t)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	s := r.Dial("?token=" + lee.AccessToken)
	p := r.NewPoll(kim.AccessToken)
	if e := s.Until("poll:created"); rig.Decode[rig.Poll](t, e).ID != p.ID {
		t.Errorf("poll:created = %s, want poll %d", e.Text, p.ID)
	}
	voted := rig.Want[rig.Poll](r, 200, "POST", fmt.Sprintf("/api/polls/%d/vote", p.ID), kim.AccessToken,
		rig.Object{"option_id": p.Options[1].ID})
	if *voted.Options[1].Votes != 1 || len(voted.MyVote) != 1 {
		t.Errorf("the vote's answer = %+v, want one vote for b", voted)
	}
	if e := s.Until("vote:result"); rig.Decode[rig.Poll](t, e).TotalVotes != 1 {
		t.Errorf("vote:result = %s, want one vote", e.Text)
	}
}

// A start may fail at each thing that it opens. What it has opened until then is closed.
func TestAStartThatFailsLeavesNothingOpen(t *testing.T) {
	inTheWay := func(path string) { // a folder where a file is due, or the other way round
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("in the way"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for flag, spoil := range map[string]func(c *config){
		"-origins":  func(c *config) { c.Origins = []string{"no origin"} },
		"-db":       func(c *config) { c.DB = filepath.Dir(c.DB) },
		"-data":     func(c *config) { inTheWay(c.Data) },
		"-tls-cert": func(c *config) { c.TLSCert, c.TLSKey = c.Data+".pem", c.Data+".pem" },
		"-keylog":   func(c *config) { c.KeyLog = filepath.Join(c.Data, "no", "keys.txt") },
		"files":     func(c *config) { inTheWay(filepath.Join(c.Data, "files")) },
		"handins":   func(c *config) { inTheWay(filepath.Join(c.Data, "handins")) },
	} {
		t.Run(flag, func(t *testing.T) {
			leftBehind := rig.CountGoroutines(t)
			dir, addr := t.TempDir(), rig.SpareAddr(t)
			c := defaults()
			c.Addr = map[string]string{"http": addr}
			c.DB, c.Data = filepath.Join(dir, "pollwire.db"), filepath.Join(dir, "pollwire-data")
			c.KeyLog, c.Capture = filepath.Join(dir, "keys.txt"), true
			spoil(&c)
			_, err := newServer(c, middleware.New(io.Discard, false, slog.LevelError))
			if err == nil || !strings.Contains(err.Error(), flag) {
				t.Fatalf("newServer = %v, want an error that names %s", err, flag)
			}
			leftBehind()
			if again, err := net.Listen("tcp", addr); err != nil {
				t.Error(err)
			} else {
				again.Close()
			}
			fds, _ := os.ReadDir("/proc/self/fd") // on Linux
			for _, fd := range fds {
				if path, _ := os.Readlink("/proc/self/fd/" + fd.Name()); strings.HasPrefix(path, dir) {
					t.Errorf("%s is still open", path)
				}
			}
		})
	}
}

func TestTheProgramStopsOnSignals(t *testing.T) {
	p := rig.Spawn(t, t.TempDir())
	p.Guest("Kim")
	if status := p.End(os.Interrupt); status != 0 {
		t.Errorf("exit status after SIGINT = %d, want 0; stderr: %s", status, p.Stderr)
	}
}
