package lessons

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"pollwire/lab/netbox"
	"pollwire/wire/wsframe"
)

var roomLesson = Lesson{
	Name: "room",
	Title: Text{"a classroom in a box: this server on a laptop, three phones, a bad Wi-Fi, and votes that survive it",
		"상자 속의 교실: 노트북의 이 서버, 휴대폰 세 대, 나쁜 와이파이, 그래도 " +
			"살아남는 투표"},
	Aim: Text{"What a program sends as one vote may leave three times and come once. Seen from both ends: who repeats, " +
		"who waits, and what one result costs when all hear of it.",
		"프로그램이 한 번 보낸 투표가 세 번 나가서 한 번 도착할 수 있다. 양쪽 끝에서 본다. " +
			"누가 다시 보내고 누가 기다리는지, 결과 하나를 모두에게 알리는 데 얼마가 드는지."},
	Box:  true,
	Play: playRoom,
}

const (
	roomDelay  = 20 * time.Millisecond
	roomJitter = 10 * time.Millisecond
	roomLoss   = 0.2
	laptopAPI  = "10.0.0.1:8000"
	laptopWS   = "10.0.0.1:8001"
)

// classroom is a laptop with the server, a switch, and phones.
type classroom struct {
	*Scene
	laptop *netbox.Host
	phones []*roomPhone
	poll   ballot
}

// roomPhone is a phone and the WebSocket that its page keeps open.
type roomPhone struct {
	*Conn
	host *netbox.Host
	wifi *netbox.Link // forth is to the switch
	// token is who it is, for requests over HTTP
	token string
}

// playRoom is RFC 6455 and RFC 9112 above TCP's repetitions (RFC 6298, RFC 8985).
func playRoom(s *Scene) {
	r := newClassroom(s)
	stop := r.serve()
	defer stop()
	teacher := r.teach()
	r.comeIn()
	r.voteOverBadWiFi()
	f, lost := r.loseVote()
	result := r.loseResult(teacher)
	r.ask(f, lost, result)
}

// newClassroom is a cable from the laptop to the switch, and a Wi-Fi for each phone.
func newClassroom(s *Scene) *classroom {
	n := s.Network()
	r := &classroom{Scene: s, laptop: n.Host("laptop")}
	sw := n.Switch(r.laptop.Card("10.0.0.1/24"))
	for i := range 3 {
		h := n.Host(fmt.Sprint("phone", i+1))
		r.phones = append(r.phones, &roomPhone{host: h, wifi: sw.Plug(h.Card(fmt.Sprintf("10.0.0.%d/24", 11+i)),
			netbox.Delay(roomDelay), netbox.Jitter(roomJitter))})
	}
	s.Built(n)
	return r
}

// serve starts this program as a server on the laptop, with a folder of its own for all of its files.
func (r *classroom) serve() (stop func()) {
	dir, err := os.MkdirTemp("", "pollwire-room-")
	r.Check("make a folder", err)
	exe, err := os.Executable()
	r.Check("find this program", err)
	cmd := exec.Command(exe, "-http", laptopAPI, "-ws", laptopWS, "-files", "", "-health", "",
		"-db", filepath.Join(dir, "pollwire.db"), "-data", filepath.Join(dir, "data"))
	cmd.Dir = dir // no .env of somebody else's
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "POLLWIRE_") })
	var problems bytes.Buffer
	cmd.Stderr = &problems
	server, err := r.laptop.Start(cmd)
	if err != nil {
		os.RemoveAll(dir)
		r.Fail("start the server: %w", err)
	}
	ended := make(chan struct{})
	go func() { server.Wait(); close(ended) }()
	stop = func() { server.Kill(); os.RemoveAll(dir) }
	r.Until("the server begins", func() bool {
		select {
		case <-ended:
			stop()
			r.Fail("the server has ended: %s", problems.String())
		default:
		}
		c, err := r.laptop.Dial("tcp", laptopWS)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return stop
}

// onLaptop makes a request on the laptop itself, which passes no card and so is in no capture.
func (r *classroom) onLaptop(method, path, token string, body, into any) {
	text, err := json.Marshal(body)
	r.Check("encode", err)
	req, err := request(r.ctx, method, "http://"+laptopAPI+path, token, bytes.NewReader(text))
	r.Check(path, err)
	conn, err := r.laptop.Dial("tcp", laptopAPI)
	r.Check(path, err)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	resp, err := send(conn, req)
	r.Check(path, err)
	r.Must(resp.StatusCode < 300, "%s %s = %s", method, path, resp.Status)
	if into != nil {
		r.Check(path, json.NewDecoder(resp.Body).Decode(into))
	}
}

// teach makes a poll as somebody on the laptop, and returns who that is.
func (r *classroom) teach() (token string) {
	var session struct {
		AccessToken string `json:"access_token"`
	}
	r.onLaptop("POST", "/api/auth/guest", "", map[string]string{"nickname": "Teacher"}, &session)
	r.onLaptop("POST", "/api/polls", session.AccessToken,
		map[string]any{"title": "Who repeats?", "options": []string{"TCP", "UDP"}}, &r.poll)
	return session.AccessToken
}

// vote is what a phone sends.
func (r *classroom) vote(option int) string {
	return fmt.Sprintf(`{"event":"vote:cast","data":{"poll_id":%d,"option_id":%d},"id":"vote"}`, r.poll.ID,
		r.poll.Options[option].ID)
}

// hearing is what one phone got of a result.
type hearing struct {
	at   time.Time
	size int // bytes of its frame
	err  error
}

// hear waits until all phones know of so many voters. The phones listen at the same time, and tell nothing themselves.
func (r *classroom) hear(voters int) (all []hearing) {
	all = make([]hearing, len(r.phones))
	var listening sync.WaitGroup
	for i, p := range r.phones {
		listening.Go(func() { all[i] = p.hear(fmt.Appendf(nil, `"voters":%d`, voters)) })
	}
	listening.Wait()
	for _, h := range all {
		r.Check("wait for a result", h.err)
	}
	return all
}

func (p *roomPhone) hear(text []byte) (h hearing) {
	for {
		p.SetReadDeadline(time.Now().Add(patience))
		opcode, payload, err := readFrame(p.in)
		switch {
		case err != nil || opcode == wsframe.OpClose:
			return hearing{err: errors.Join(err, errIf(err == nil, "the server closed"))}
		case bytes.Contains(payload, []byte(`"vote:result"`)) && bytes.Contains(payload, text):
			return hearing{time.Now(), len(wsframe.AppendHeader(nil, opcode, len(payload))) + len(payload), nil}
		}
	}
}

func errIf(so bool, text string) error {
	if so {
		return errors.New(text)
	}
	return nil
}

// calm lets the Wi-Fi lose nothing more, and waits until all that was sent has come, and is acknowledged: behind a pong
// nothing is missing, and the ping was an ACK too. Then it is known with which byte each direction goes on.
func (r *classroom) calm() {
	for _, p := range r.phones {
		p.wifi.Set(netbox.Loss(0))
	}
	for _, p := range r.phones {
		p.SetWriteDeadline(time.Now().Add(patience))
		_, err := p.Write(masked(true, wsframe.OpPing, random(4), []byte("calm")))
		r.Check("ping", err)
		for opcode := byte(0); opcode != wsframe.OpPong && err == nil; {
			p.SetReadDeadline(time.Now().Add(patience))
			opcode, _, err = readFrame(p.in)
		}
		r.Check("wait for a pong", err)
		r.hush(p)
	}
}

// hush waits until a phone hears nothing any more.
func (r *classroom) hush(p *roomPhone) {
	for {
		p.SetReadDeadline(time.Now().Add(10 * roomDelay))
		_, err := p.in.Peek(1)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		r.Check("wait for silence", err)
		p.SetReadDeadline(time.Now().Add(patience))
		_, _, err = readFrame(p.in)
		r.Check("wait for silence", err)
	}
}

// next are the relative sequence numbers with which both directions of a connection go on.
func (p *roomPhone) next() (up, down int64) {
	m := p.Conn.Conn.(*meter)
	return 1 + m.out.Load(), 1 + m.in.Load()
}

// meteredFrom connects from a host by a connection that is counted.
func (s *Scene) meteredFrom(h *netbox.Host, addr string) *Conn {
	c := s.DialFrom(h, "tcp", addr)
	m := &meter{Conn: c.Conn}
	c.Conn = m
	c.in.Reset(m)
	return c
}
