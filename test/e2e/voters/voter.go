package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"golang.org/x/net/websocket"

	"pollwire/wire/wsframe"
)

// voter is one person with one socket. Two goroutines touch it: live sends, and read takes what comes. What read counts
// live sees only when ended is closed.
type voter struct {
	*crowd
	tally
	nickname string
	say      chan string // what it is to write in the chat
	conn     *websocket.Conn
	writing  sync.Mutex // a frame is written by live, or by read, which answers pings
	lastID   int
	replies  chan reply
	ended    chan struct{} // closed when nothing more is read

	// Of read.
	heard map[string]int
	code  int   // of the server's close frame
	err   error // what went wrong with the connection
}

// reply is an ack or an error.
type reply struct {
	id   int
	fail error
	kind string // of the failure
}

func newVoter(c *crowd, i int) *voter {
	return &voter{crowd: c, tally: newTally(), nickname: fmt.Sprintf("voter %d", i+1), say: make(chan string, 1),
		replies: make(chan reply, 16), ended: make(chan struct{}), heard: map[string]int{}, code: wsframe.CloseAbnormal}
}

// live is all of it, from the handshake to the end of the connection. ctx ends the voting.
func (v *voter) live(ctx context.Context, wait time.Duration) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(wait):
	}
	if err := v.dial(ctx); err != nil {
		if ctx.Err() != context.Canceled { // not because somebody has pressed Ctrl-C
			v.fail("connect", err)
		}
		return
	}
	var reading sync.WaitGroup
	reading.Go(v.read)
	if v.ask("user:join", map[string]any{"nickname": v.nickname}) {
		v.Joined = 1
		v.vote(ctx)
	}
	v.leave()
	reading.Wait()
	v.Events = v.heard
	v.Closed[strconv.Itoa(v.code)]++
}

// dial opens the socket. Whatever happens, nobody waits at it for longer than the voting takes, and a little patience.
func (v *voter) dial(ctx context.Context) error {
	config, err := websocket.NewConfig(v.url, v.origin)
	if err != nil {
		return err
	}
	config.TlsConfig = anyCertificate
	ctx, cancel := context.WithTimeout(ctx, v.patience)
	defer cancel()
	if v.conn, err = config.DialContext(ctx); err != nil {
		return err
	}
	return v.conn.SetReadDeadline(v.until.Add(2 * v.patience))
}

// vote votes and talks until ctx or the connection ends.
func (v *voter) vote(ctx context.Context) {
	for {
		// From half the pace to one and a half: a class does not vote in step.
		pace := time.NewTimer(v.pace/2 + rand.N(v.pace))
		var done bool
		select {
		case <-ctx.Done():
			done = true
		case <-v.ended:
			done = true
		case text := <-v.say:
			if v.ask("chat:message", map[string]any{"message": text}) {
				v.Messages++
			}
		case <-pace.C:
			if v.ask("vote:cast", map[string]any{"poll_id": v.poll, "option_id": v.options[rand.IntN(len(v.options))]}) {
				v.Votes++
			}
		}
		pace.Stop()
		if done {
			return
		}
	}
}

// ask sends an event and reports whether it was acknowledged.
func (v *voter) ask(event string, data any) bool {
	v.lastID++
	text, err := json.Marshal(map[string]any{"event": event, "data": data, "id": v.lastID})
	if err != nil {
		panic(err) // texts and numbers
	}
	if err := v.send(wsframe.OpText, text); err != nil {
		v.fail(event, err)
		return false
	}
	return v.answered(event)
}

// answered waits for the answer to the last event.
func (v *voter) answered(event string) bool {
	late := time.NewTimer(v.patience)
	defer late.Stop()
	for {
		select {
		case r := <-v.replies:
			if r.id != v.lastID {
				continue // to what was given up
			}
			if r.fail != nil {
				v.fail(r.kind, fmt.Errorf("%s of %s: %w", event, v.nickname, r.fail))
			}
			return r.fail == nil
		case <-v.ended:
			return false // leave says why
		case <-late.C:
			v.fail("no answer", fmt.Errorf("to %s of %s within %v", event, v.nickname, v.patience))
			return false
		}
	}
}

// send writes a frame, with the mask that a client's must have (RFC 6455 §5.3): x/net makes it.
func (v *voter) send(opcode byte, payload []byte) error {
	v.writing.Lock()
	defer v.writing.Unlock()
	v.conn.SetWriteDeadline(time.Now().Add(v.patience))
	w, err := v.conn.NewFrameWriter(opcode)
	if err == nil {
		_, err = w.Write(payload)
	}
	return err
}

// leave closes the connection in the clean way (RFC 6455 §7.1.2): a close frame, the server's in answer, and the end.
func (v *voter) leave() {
	bye := binary.BigEndian.AppendUint16(nil, wsframe.CloseNormal)
	select {
	case <-v.ended:
		why := v.err
		if why == nil {
			why = fmt.Errorf("close %d", v.code)
			v.send(wsframe.OpClose, bye) // §5.5.1: it is answered, too
		}
		v.fail("ended by the server", fmt.Errorf("%s: %w", v.nickname, why))
	default:
		if err := v.send(wsframe.OpClose, bye); err != nil {
			v.fail("leave", err)
		}
		v.conn.SetReadDeadline(time.Now().Add(v.patience))
		if <-v.ended; v.err != nil {
			v.fail("leave", fmt.Errorf("%s: %w", v.nickname, v.err))
		}
	}
	v.conn.Close()
}

// ---- what comes

// read takes what comes until the connection ends.
func (v *voter) read() {
	defer close(v.ended)
	for v.err == nil {
		opcode, payload, err := v.frame()
		switch {
		case err != nil:
			v.err = err
		case opcode == wsframe.OpText:
			v.hear(payload)
		case opcode == wsframe.OpPing:
			v.err = v.send(wsframe.OpPong, payload)
		case opcode == wsframe.OpClose:
			code, _, broken := wsframe.ParseClose(payload)
			if broken != nil {
				v.err = broken
				return
			}
			v.code = code
			return
		}
	}
}

// frame reads a frame. Those of this server are whole messages.
func (v *voter) frame() (opcode byte, payload []byte, err error) {
	frame, err := v.conn.NewFrameReader()
	if err != nil {
		return 0, nil, err
	}
	payload, err = io.ReadAll(io.LimitReader(frame, maxBody+1))
	if err == nil && len(payload) > maxBody {
		err = fmt.Errorf("a frame of more than %d bytes", maxBody)
	}
	return frame.PayloadType(), payload, err
}

// hear counts an event, and hands on what answers an own one.
func (v *voter) hear(text []byte) {
	var in struct {
		Event string
		ID    int
		Data  json.RawMessage
	}
	if v.err = json.Unmarshal(text, &in); v.err != nil {
		return
	}
	r := reply{id: in.ID}
	switch in.Event {
	case "error":
		var p struct {
			Status        int
			Title, Detail string
		}
		json.Unmarshal(in.Data, &p) // what it does not say is empty
		r.kind, r.fail = fmt.Sprintf("%d %s", p.Status, p.Title), errors.New(p.Detail)
	case "ack":
	default:
		v.heard[in.Event]++
		return
	}
	select {
	case v.replies <- r:
	default: // nobody asked so much
	}
}
