package socketio

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// back connects again and returns the first packet and all packets behind it up to the news number last.
func (s *socket) back(pid, offset string, last int) (names, rest []string) {
	s.Helper()
	s.send(fmt.Sprintf(`40{"token":"none","pid":%q%s}`, pid, offset))
	answer := s.recv()
	names = strings.Split(strings.Trim(strings.TrimPrefix(answer, "40"), "{}"), ",")
	for len(rest) == 0 || rest[len(rest)-1] != news(last) {
		rest = append(rest, s.recv())
		if len(rest) > 10_000 || strings.Contains(rest[len(rest)-1], "EOF") {
			s.Fatalf("the answer to CONNECT is %s and %.500q, want news up to %d", answer, rest, last)
		}
	}
	return names, rest
}

func TestRecovery(t *testing.T) {
	for name, lose := range map[string]func(w *world, s *socket){
		"a lost connection":         func(w *world, s *socket) { s.Close() },
		"a close packet":            func(w *world, s *socket) { s.send("1") }, // as socket.io.engine.close() does
		"one nobody knows is lost":  func(w *world, s *socket) {},
		"a client that fell silent": func(w *world, s *socket) { w.noted("disconnect / ping timeout") },
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(t, Config{PingInterval: 100 * time.Millisecond, PingTimeout: 100 * time.Millisecond})
			w.publish(1, 5)
			s := w.socket()
			was := s.connect(`{"token":"123"}`)
			w.publish(6, 7)
			s.want(news(6), news(7))
			lose(w, s)
			if name != "one nobody knows is lost" {
				w.noted("disconnect /")
			}
			w.publish(8, 10)
			names, got := w.socket().back(was.Pid, `,"offset":"7"`, 10)
			if want := []string{fmt.Sprintf(`"sid":%q`, was.Sid),
				fmt.Sprintf(`"pid":%q`, was.Pid)}; fmt.Sprint(names) != fmt.Sprint(want) {
				t.Errorf("the client is %s, want %s", names, want)
			}
			if want := []string{news(8), news(9), news(10)}; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got %s, want %s", got, want)
			}
			w.noted(`connect / recovered=true data={"token":"123"}`)
		})
	}
}

// soon publishes the next event in a moment.
func (w *world) soon(i int) int {
	time.AfterFunc(20*time.Millisecond, func() { w.publish(i, i) })
	return i
}

func TestRecoveryIsRefused(t *testing.T) {
	w := serve(t, Config{Recovery: 300 * time.Millisecond})
	w.publish(1, 3)
	leave := func(how string) (sid, pid string) {
		s := w.socket()
		names := s.connect("")
		s.send(how)
		if how == "1" {
			s.want("close 1000")
		}
		return names.Sid, names.Pid
	}
	_, left := leave("41")
	_, broken := leave("nonsense")
	_, away := leave("1")
	_, twice := leave("1")
	oldSid, old := leave("1")
	_, odd := leave("1")
	w.publish(4, 5)
	for name, tt := range map[string]struct{ pid, offset string }{
		"an unknown pid":        {"abc", `,"offset":"3"`},
		"no pid":                {"", `,"offset":"3"`},
		"who left":              {left, `,"offset":"3"`},
		"who broke the rules":   {broken, `,"offset":"3"`},
		"a number never given":  {away, `,"offset":"1000000"`},
		"an offset of letters":  {odd, `,"offset":"x"`},
		"an offset of a number": {odd, `,"offset":3`},
		"a negative offset":     {odd, `,"offset":"-3"`},
	} {
		s := w.socket()
		s.send(fmt.Sprintf(`40{"pid":%q%s}`, tt.pid, tt.offset))
		if answer := s.recv(); !strings.HasPrefix(answer, `40{"sid":`) || tt.pid != "" && strings.Contains(answer, tt.pid) {
			t.Errorf("%s: the answer is %s", name, answer)
		}
		s.want(`42["auth",{}]`)
	}
	s := w.socket() // who was no longer recovered can be, the next time
	s.send(fmt.Sprintf(`40{"pid":%q,"offset":"1000000"}`, twice))
	var again struct{ Pid string }
	json.Unmarshal([]byte(s.recv()[2:]), &again)
	s.send("1")
	w.socket().back(again.Pid, `,"offset":"5"`, w.soon(6))
	s = w.socket()
	s.send(fmt.Sprintf(`40{"pid":%q,"offset":"3"}`, old)) // this one works still
	s.want(fmt.Sprintf(`40{"sid":%q,"pid":%q}`, oldSid, old))
	time.Sleep(350 * time.Millisecond)
	_, late := leave("1")
	time.Sleep(350 * time.Millisecond)
	s = w.socket()
	s.send(fmt.Sprintf(`40{"pid":%q,"offset":"6"}`, late))
	if answer := s.recv(); strings.Contains(answer, late) {
		t.Errorf("a client was recovered after its time: %s", answer)
	}
}

// A client that has got no event yet has nothing to send as an offset. An older offset, from before its socket was
// made, says no more.
func TestRecoveryWithoutAnOffset(t *testing.T) {
	w := serve(t, Config{})
	for _, offset := range []string{"", `,"offset":"1"`} {
		w.publish(1, 4)
		s := w.socket()
		was := s.connect("")
		s.Close()
		w.noted("disconnect /")
		seq := int(w.hub.Seq())
		w.hub.Publish("news", 0, fmt.Append(nil, seq+1))
		names, got := w.socket().back(was.Pid, offset, seq+1)
		if !strings.Contains(names[0], was.Sid) || len(got) != 1 {
			t.Errorf("with offset %q: %s %s, want the same client and one event", offset, names, got)
		}
	}
}

// What the hub no longer has can't be recovered: then the client is a new one.
func TestRecoveryOfTooMuch(t *testing.T) {
	w := serve(t, Config{})
	w.publish(1, 1)
	s := w.socket()
	was := s.connect("")
	s.Close()
	w.noted("disconnect /")
	large := []byte(`"` + strings.Repeat("x", 1<<20) + `"`)
	for range 20 {
		w.hub.Publish("large", 0, large)
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if _, kept := w.hub.Kept(); len(kept) < 20 {
			break
		} else if time.Now().After(end) {
			t.Fatal("the hub keeps everything")
		}
		w.hub.Publish("small", 0, []byte("1"))
	}
	s = w.socket()
	s.send(fmt.Sprintf(`40{"pid":%q,"offset":"1"}`, was.Pid))
	if answer := s.recv(); strings.Contains(answer, was.Pid) || strings.Contains(answer, was.Sid) {
		t.Errorf("a client was recovered though events are missing: %s", answer)
	}
	s.want(`42["auth",{}]`)
}

// A poller is recovered as well, and by the other transport.
func TestRecoveryAcrossTransports(t *testing.T) {
	w := serve(t, Config{})
	p := w.poller()
	was := p.connect(`{"token":"123"}`)
	w.publish(1, 2)
	p.want(news(1), news(2))
	p.send("1")
	w.publish(3, 4)
	names, got := w.socket().back(was.Pid, `,"offset":"2"`, 4)
	if !strings.Contains(names[0], was.Sid) || len(got) != 2 {
		t.Errorf("%s %s, want the same client and two events", names, got)
	}
	p = w.poller()
	p.send(fmt.Sprintf(`40{"token":"none","pid":%q,"offset":"3"}`, was.Pid)) // the WebSocket is still open: it ends
	p.want(fmt.Sprintf(`40{"sid":%q,"pid":%q}`, was.Sid, was.Pid), news(4), `42["auth",{"token":"123"}]`)
}

func TestMemoryIsBounded(t *testing.T) {
	m := newMemory(time.Minute)
	now := time.Now()
	for i := range 3 * maxLost {
		pid := fmt.Sprint(i)
		m.lost[pid] = lostSocket{until: now.Add(m.keep)}
		m.ages = append(m.ages, pid)
		m.forgetLocked(now)
	}
	if len(m.lost) != maxLost || len(m.ages) != maxLost {
		t.Errorf("%d lost sockets are remembered, in a list of %d, want %d", len(m.lost), len(m.ages), maxLost)
	}
	m.forgetLocked(now.Add(2 * time.Minute))
	if len(m.lost) != 0 || len(m.ages) != 0 {
		t.Errorf("%d lost sockets are remembered after their time", len(m.lost))
	}
}
