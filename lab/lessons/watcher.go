package lessons

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"sync/atomic"
	"time"

	"pollwire/wire/wsframe"
)

// watcher hears of votes in one way. Its goroutine alone touches conn while it listens; it tells nothing, as only the
// script may, and hands on what it has heard.
type watcher struct {
	name     string
	conn     *Conn
	watch    func(*watcher) error
	requests int
	delay    time.Duration // of all votes together
	result   *regexp.Regexp
	last     int // the number of voters it knows of
	heard    chan<- sighting
}

// sighting is one vote that somebody has heard of, or why nothing more will be heard.
type sighting struct {
	*watcher
	voters int
	at     time.Time
	err    error
}

// resultOf finds the number of voters in what is told of a poll, in whichever wrapping.
func resultOf(poll int64) *regexp.Regexp {
	return regexp.MustCompile(fmt.Sprintf(`"poll_id":%d,[^\[]*"voters":([0-9]+)`, poll))
}

// read looks for results in what has come.
func (w *watcher) read(text []byte) {
	for _, m := range w.result.FindAllSubmatch(text, -1) {
		if n, _ := strconv.Atoi(string(m[1])); n > w.last {
			w.last = n
			w.heard <- sighting{w, n, time.Now(), nil}
		}
	}
}

// ask polls: what is new since a number, again and again, with a pause between.
func (w *watcher) ask(ctx context.Context, target string, since int64, pause time.Duration) (err error) {
	for w.last < votes && err == nil {
		if since, err = w.askOnce(target, since); err != nil || w.last >= votes || pause == 0 {
			continue
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
	}
	return err
}

// askOnce returns the number behind which the next question begins.
func (w *watcher) askOnce(target string, since int64) (seq int64, err error) {
	w.conn.SetDeadline(time.Now().Add(patience))
	request := w.conn.Request("GET", fmt.Sprintf("%s&since=%d", target, since), "")
	if _, err = io.WriteString(w.conn.Conn, request); err != nil {
		return 0, err
	}
	w.requests++
	resp, err := http.ReadResponse(w.conn.in, nil)
	if err != nil {
		return 0, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	var list struct{ Seq int64 }
	if err = json.Unmarshal(body, &list); err == nil {
		w.read(body)
	}
	return list.Seq, err
}

// stream reads Server-Sent Events, line by line.
func (w *watcher) stream(body io.Reader) error {
	lines := bufio.NewReader(body)
	for w.last < votes {
		w.conn.SetReadDeadline(time.Now().Add(patience))
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return err
		}
		w.read(line)
	}
	return nil
}

// frames reads a WebSocket, and answers the pings of both protocols.
func (w *watcher) frames() error {
	for w.last < votes {
		w.conn.SetDeadline(time.Now().Add(patience))
		opcode, payload, err := readFrame(w.conn.in)
		switch {
		case err != nil:
			return err
		case opcode == wsframe.OpClose:
			return fmt.Errorf("the server closed: %s", describe(true, false, opcode, payload))
		case opcode == wsframe.OpPing:
			_, err = w.conn.Write(masked(true, wsframe.OpPong, random(4), payload))
		case string(payload) == "2":
			_, err = w.conn.Write(masked(true, wsframe.OpText, random(4), []byte("3")))
		default:
			w.read(payload)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *watcher) sent() int64     { return w.conn.Conn.(*meter).out.Load() }
func (w *watcher) received() int64 { return w.conn.Conn.(*meter).in.Load() }

// latency is the mean delay in milliseconds.
func (w *watcher) latency() string {
	return fmt.Sprintf("%.1f", float64(w.delay.Microseconds())/1000/votes)
}

// meter counts what goes over a connection.
type meter struct {
	net.Conn
	in, out atomic.Int64
}

// metered connects to a service by a connection that is counted.
func (s *Scene) metered(service string) *Conn {
	c := s.Dial(service)
	m := &meter{Conn: c.Conn}
	c.Conn = m
	c.in.Reset(m)
	return c
}

func (m *meter) Read(b []byte) (int, error) {
	n, err := m.Conn.Read(b)
	m.in.Add(int64(n))
	return n, err
}

func (m *meter) Write(b []byte) (int, error) {
	n, err := m.Conn.Write(b)
	m.out.Add(int64(n))
	return n, err
}

// CloseWrite ends our direction (RFC 9293 §3.6).
func (m *meter) CloseWrite() error { return m.Conn.(*net.TCPConn).CloseWrite() }
