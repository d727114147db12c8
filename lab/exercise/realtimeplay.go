package exercise

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"
)

// ears are the clients that play a run: one votes, the others listen.
type ears struct {
	*heardRun
	voter, long, short, web, sio *caller
	sse                          *stream
	token                        string
	choices                      []int64 // ids of the options
	seq                          int64   // of the newest event that polling has heard of
	id                           string  // of the event by which the stream is resumed
}

func (x *heardRun) play(ctx context.Context, at Place) error {
	at.Say(Text{"A poll is made. Five clients listen to it, each in its own way, while there are votes.",
		"투표를 만든다. 클라이언트 다섯이 저마다의 방법으로 듣는 동안 투표가 이어진다."})
	run := *x // what is drawn; poll is this one's
	e := &ears{heardRun: &run}
	for _, c := range []**caller{&e.voter, &e.long, &e.short} {
		var err error
		if *c, err = call(ctx, at.Addr("http")); err != nil {
			return err
		}
		defer (*c).Close()
	}
	if err := e.makePoll(); err != nil {
		return err
	}
	defer e.voter.ask("DELETE", fmt.Sprintf("/api/polls/%d?run=%s", e.poll, e.code), "", "Authorization: Bearer "+e.token)
	if err := e.listen(ctx, at); err != nil {
		return err
	}
	defer e.web.Close()
	defer e.sio.Close()
	for n := range e.votes {
		if err := e.vote(n); err != nil {
			return err
		}
	}
	at.Say(Text{"One of them goes away, misses some votes, and comes back.",
		"그중 하나가 떠나 투표 몇 번을 놓치고 돌아온다."})
	return cmp.Or(e.miss(ctx, at), e.leave())
}

const inJSON = "Content-Type: application/json"

func (e *ears) makePoll() error {
	var session struct {
		Token string `json:"access_token"`
	}
	var poll struct {
		ID      int64
		Options []struct{ ID int64 }
	}
	body, err := e.voter.ask("POST", "/api/auth/guest?run="+e.code, `{"nickname":"Lab"}`, inJSON)
	if err = cmp.Or(err, json.Unmarshal([]byte(body), &session)); err != nil {
		return err
	}
	e.token = session.Token
	body, err = e.voter.ask("POST", "/api/polls?run="+e.code, fmt.Sprintf(`{"title":%q,"options":[%q,%q]}`, e.title,
		e.options[0], e.options[1]), inJSON, "Authorization: Bearer "+e.token)
	if err = cmp.Or(err, json.Unmarshal([]byte(body), &poll)); err != nil {
		return err
	}
	e.poll = poll.ID
	for _, o := range poll.Options {
		e.choices = append(e.choices, o.ID)
	}
	return nil
}

// events is the resource of the ways over HTTP.
func (e *ears) events(query string) string {
	return fmt.Sprintf("/api/events?poll_id=%d%s&run=%s", e.poll, query, e.code)
}

// listen opens all ways.
func (e *ears) listen(ctx context.Context, at Place) (err error) {
	if _, err := e.heard(e.long.ask("GET", e.events(""), "")); err != nil {
		return err
	}
	if e.sse, err = e.openStream(ctx, at, ""); err != nil {
		return err
	}
	if e.web, err = openSocket(ctx, at, "/ws?run="+e.code); err != nil {
		return err
	}
	if e.sio, err = openSocket(ctx, at, "/socket.io/?EIO=4&transport=websocket&run="+e.code); err != nil {
		return err
	}
	if _, err = awaitText(e.sio.in, `0{`); err != nil {
		return err
	}
	return sayFrame(e.sio, "40", "40{")
}

func openSocket(ctx context.Context, at Place, target string) (*caller, error) {
	c, err := call(ctx, at.Addr("ws"))
	if err != nil {
		return nil, err
	}
	if err := upgrade(c, c.in, target); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// heard takes the number of the newest event from an answer to polling, and how many it has brought.
func (e *ears) heard(body string, err error) (events int, _ error) {
	var list struct {
		Seq    int64
		Events []struct{}
	}
	if err = cmp.Or(err, json.Unmarshal([]byte(body), &list)); err == nil {
		e.seq = list.Seq
	}
	return len(list.Events), err
}

// vote casts a vote, and waits until everybody has heard of it. Who polls shortly has asked in vain before.
func (e *ears) vote(n int) error {
	since := e.events(fmt.Sprintf("&since=%d", e.seq))
	if err := e.long.send("GET", since+"&wait=25", ""); err != nil {
		return err
	}
	for range 1 + rand.IntN(3) {
		if _, err := e.heard(e.short.ask("GET", since, "")); err != nil {
			return err
		}
	}
	if err := e.castVote(n); err != nil {
		return err
	}
	id, err := e.sse.result()
	if n+1 == e.at {
		e.id = id
	}
	if err = cmp.Or(err, e.pushed(e.web), e.pushed(e.sio)); err != nil {
		return err
	}
	if _, err := e.heard(e.long.answer("GET")); err != nil {
		return err
	}
	for events := 0; events == 0 && err == nil; {
		events, err = e.heard(e.short.ask("GET", since, ""))
	}
	return err
}

func (e *ears) castVote(n int) error {
	body := fmt.Sprintf(`{"option_id":%d}`, e.choices[n%len(e.choices)])
	_, err := e.voter.ask("POST", fmt.Sprintf("/api/polls/%d/vote?run=%s", e.poll, e.code), body, inJSON,
		"Authorization: Bearer "+e.token)
	return err
}

// pushed waits for a result in a frame.
func (e *ears) pushed(c *caller) error {
	c.SetDeadline(time.Now().Add(patience))
	for {
		text, err := awaitText(c.in, `"vote:result",`)
		if err != nil || strings.Contains(text, fmt.Sprintf(`{"poll_id":%d,`, e.poll)) {
			return err
		}
	}
}

// stream is an answer that does not end.
type stream struct {
	*caller
	lines *bufio.Reader
}

func (e *ears) openStream(ctx context.Context, at Place, id string) (*stream, error) {
	c, err := call(ctx, at.Addr("http"))
	if err != nil {
		return nil, err
	}
	fields := []string{"Accept: text/event-stream"}
	if id != "" {
		fields = append(fields, "Last-Event-ID: "+id)
	}
	if err := c.send("GET", e.events(""), "", fields...); err != nil {
		return nil, err
	}
	res, err := http.ReadResponse(c.in, nil)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("no stream: %s", res.Status)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return &stream{c, bufio.NewReader(res.Body)}, nil
}

// result reads on behind the next event that tells a result, and returns its id.
func (s *stream) result() (id string, err error) {
	s.SetDeadline(time.Now().Add(patience))
	for found := false; ; {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return "", err
		}
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch {
		case name == "id":
			id = value
		case name == "event":
			found = value == "vote:result"
		case name == "" && found:
			return id, nil
		}
	}
}

// end says that no more will be asked, and waits until the server has said its last: what it sends to who is gone
// already would be in the capture, too.
func (s *stream) end() error {
	defer s.Close()
	if err := s.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	return untilFIN(s)
}

// miss ends the stream, and resumes it when there were more votes.
func (e *ears) miss(ctx context.Context, at Place) error {
	if err := e.sse.end(); err != nil {
		return err
	}
	for n := range e.more {
		if err := cmp.Or(e.castVote(e.votes+n), e.pushed(e.web), e.pushed(e.sio)); err != nil {
			return err
		}
	}
	s, err := e.openStream(ctx, at, e.id)
	if err != nil {
		return err
	}
	for range e.votes - e.at + e.more {
		if _, err := s.result(); err != nil {
			return err
		}
	}
	return s.end()
}

// leave closes the sockets.
func (e *ears) leave() error {
	if _, err := e.web.Write(masked(0x88, "\x03\xe8")); err != nil {
		return err
	}
	return cmp.Or(untilFIN(e.web), sayFrame(e.sio, "41", ""), sayFrame(e.sio, "1", ""), untilFIN(e.sio))
}
