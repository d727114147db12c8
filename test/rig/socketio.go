package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/websocket"
)

// SocketIO is a client of Socket.IO: packets out, packets in, over either transport.
type SocketIO struct {
	*Rig
	Send    func(packet string)
	Packets chan string // of Engine.IO; closed at the end
	Cut     func()      // ends the connection without a word
	SID     string      // of the socket, not of the session
	PID     string
	Heard   []News // what everybody got
}

// News is an event that everybody gets.
type News struct {
	Seq        int64
	Name, Data string
}

// Transports are those of Engine.IO.
var Transports = []string{"polling", "websocket"}

// Connect opens a session over a transport and connects to the namespace / with auth, an object in JSON or "".
func (r *Rig) Connect(transport, auth string) *SocketIO {
	r.Helper()
	s := r.OpenSession(transport)
	s.Send("40" + auth)
	hello := s.Next()
	var in struct{ Sid, Pid string }
	if !strings.HasPrefix(hello, "40") || json.Unmarshal([]byte(hello[2:]), &in) != nil {
		r.Fatalf("CONNECT %s was answered by %s", auth, hello)
	}
	s.SID, s.PID = in.Sid, in.Pid
	return s
}

// OpenSession opens a session of Engine.IO over a transport.
func (r *Rig) OpenSession(transport string) *SocketIO {
	r.Helper()
	s := &SocketIO{Rig: r, Packets: make(chan string, 10_000)}
	if transport == "polling" {
		s.poll()
	} else {
		s.socket()
	}
	return s
}

func (s *SocketIO) socket() {
	conn, err := websocket.Dial("ws://"+s.WS+"/socket.io/?EIO=4&transport=websocket", "", "http://localhost")
	if err != nil {
		s.Fatal(err)
	}
	s.Send = func(packet string) { websocket.Message.Send(conn, packet) }
	s.Cut = func() { conn.Close() }
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(s.Packets)
		for {
			var packet string
			if websocket.Message.Receive(conn, &packet) != nil {
				return
			}
			s.Packets <- packet
		}
	})
	s.Cleanup(func() { conn.Close(); reading.Wait() })
	if open := s.Next(); !strings.HasPrefix(open, `0{"sid":`) {
		s.Fatalf("a session begins with %s", open)
	}
}

func (s *SocketIO) poll() {
	ctx, cancel := context.WithCancel(context.Background())
	client := &http.Client{Transport: &http.Transport{}}
	url := "http://" + s.WS + "/socket.io/?EIO=4&transport=polling"
	ask := func(method, body string) (string, error) {
		req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
		if err != nil {
			return "", err
		}
		resp, err := client.Do(req)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if resp.StatusCode != 200 {
			return "", fmt.Errorf("%d %s", resp.StatusCode, text)
		}
		return string(text), err
	}
	var in struct{ Sid string }
	open, err := ask("GET", "")
	if err != nil || json.Unmarshal([]byte(open[1:]), &in) != nil {
		s.Fatalf("handshake: %q, %v", open, err)
	}
	url += "&sid=" + in.Sid
	s.Send = func(packet string) {
		if answer, err := ask("POST", packet); answer != "ok" {
			s.Errorf("POST %s = %q, %v", packet, answer, err)
		}
	}
	ended := make(chan struct{})
	s.Cut = sync.OnceFunc(func() { close(ended); client.CloseIdleConnections() })
	var reading sync.WaitGroup
	reading.Go(func() {
		defer close(s.Packets)
		for {
			payload, err := ask("GET", "")
			if err != nil {
				return
			}
			for _, packet := range strings.Split(payload, "\x1e") {
				s.Packets <- packet
			}
			select {
			case <-ended:
				return
			default:
			}
		}
	})
	s.Cleanup(func() { s.Cut(); cancel(); reading.Wait(); client.CloseIdleConnections() })
}

// Next returns the next packet, and notes it if everybody gets it.
func (s *SocketIO) Next() string {
	s.Helper()
	select {
	case p, ok := <-s.Packets:
		if !ok {
			s.Fatal("the session was ended")
		}
		var args []json.RawMessage
		var name, offset string
		if strings.HasPrefix(p, "42[") && json.Unmarshal([]byte(p[2:]), &args) == nil && len(args) == 3 &&
			json.Unmarshal(args[0], &name) == nil && json.Unmarshal(args[2], &offset) == nil {
			seq, err := strconv.ParseInt(offset, 10, 64)
			if err != nil {
				s.Errorf("%s: its last argument is no seq", p)
			}
			s.Heard = append(s.Heard, News{seq, name, string(args[1])})
		}
		return p
	case <-time.After(Patience):
		s.Fatal("no packet came")
	}
	panic("unreachable")
}

// Until returns the next packet that has this in it.
func (s *SocketIO) Until(part string) string {
	s.Helper()
	for {
		if p := s.Next(); strings.Contains(p, part) {
			return p
		}
	}
}

// Happened is all that everybody was told so far behind an event, as /api/events tells it.
func (r *Rig) Happened(behind int64) (list []News) {
	r.Helper()
	for _, e := range r.EventsSince(fmt.Sprintf("?since=%d", behind)).Events {
		list = append(list, News{e.Seq, e.Event, string(e.Data)})
	}
	return list
}
