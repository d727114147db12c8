// Package wsconn runs a WebSocket (RFC 6455) whose handshake is done: what waits for the peer is written, what the peer
// sends is read, and in the end both sides know why.
//
//	hub.Listener -> Drain -> the peer -> Read -> messages
//	                                          -> ping (§5.5.2): a pong, into the same queue
//	                                          -> close (§5.5.1), silence, broken rules (§7.1.7): how Read ended
//
// Who touches a connection: one goroutine at a time reads it (Attend). All that is written goes through the queue, and
// one goroutine at a time takes it from there (Drain), whoever has woken it. A connection costs no goroutine for
// writing while nothing waits.
//
// The end, whichever side begins it: the queue is closed with a close frame as the last word; Drain writes that, ends
// its direction of TCP and sets a last moment for the other; Read goes on until the peer has closed, too, or that
// moment is over, and answers nothing any more. Closing at once with unread input would reset the connection, and throw
// away the close frame that is still under way (§7.1.1).
package wsconn

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"pollwire/live/hub"
	"pollwire/wire/wsframe"
)

// Last words to a listener of a hub. All who listen over a WebSocket share them.
var (
	SlowFrame = wsframe.AppendClose(nil, wsframe.CloseTryAgainLater, "too slow a reader")
	ByeFrame  = wsframe.AppendClose(nil, wsframe.CloseGoingAway, "shutting down")
)

// Config is how all connections of a kind behave.
type Config struct {
	MaxMessage   int           // bytes
	TextOnly     bool          // binary messages are refused
	WriteTimeout time.Duration // a peer that takes nothing for so long is given up
	PingEvery    time.Duration // 0: no pings
	PingPayload  []byte        // at most 125 bytes
	Silence      time.Duration // a peer of which nothing comes for so long is given up; 0: never
}

// Conn is one connection. Call Begin first.
type Conn struct {
	Received int // messages and control frames so far; the reading goroutine's

	config  *Config
	queue   *hub.Listener
	conn    *wsframe.Conn
	frames  *wsframe.Reader
	ping    *time.Timer
	resting bool          // nothing but a sign of life has come; the reading goroutine's
	flushed chan struct{} // closed when the last byte is written, or can't be
	endBy   atomic.Int64  // unix nanoseconds; not 0: nothing more is written, and reading ends by then
}

// Begin takes a connection over. queue is what waits for the peer: whole frames. Whoever makes the queue says, by its
// Wake, where Drain runs.
func (c *Conn) Begin(conn *wsframe.Conn, queue *hub.Listener, config *Config) {
	c.conn, c.queue, c.config, c.flushed = conn, queue, config, make(chan struct{})
	c.frames = wsframe.NewReader(conn.WebSocket, config.MaxMessage)
	c.frames.TextOnly = config.TextOnly
	c.setDeadline()
	if config.PingEvery > 0 {
		c.ping = time.AfterFunc(time.Hour, c.sendPing) // far off: sendPing needs c.ping, which is set only now
		c.ping.Reset(config.PingEvery)
	}
}

// Net is the connection itself.
func (c *Conn) Net() net.Conn { return c.conn.Net }

// ---- reading

// Why a Read ended, beside what the connection itself says and a *wsframe.CloseError.
var errEnded = errors.New("closed by the server")

// PeerClosed is the close frame by which the peer has ended the connection.
type PeerClosed struct {
	Code   int
	Reason string
}

func (e *PeerClosed) Error() string {
	return fmt.Sprintf("closed by the client: %d %s", e.Code, e.Reason)
}

// silentFrame goes to a peer that has been given up.
var silentFrame = wsframe.AppendClose(nil, wsframe.ClosePolicyViolation, "no sign of life")

// A Stage of a connection may use it until it returns, and returns what comes next, nil for its end. Each stage has a
// goroutine of its own. What one has to do makes its stack grow, and Go hardly ever makes a stack smaller again: the
// next, which waits for hours maybe, begins with 2 KB.
type Stage func(*Conn) Stage

// Attend begins with now, and when there is no next stage, lets the peer close its side, closes the connection and
// calls done. A panic is the end of the stages; recovered is deferred for it. Attend is all that its goroutine does.
func (c *Conn) Attend(now Stage, done, recovered func()) {
	var next Stage
	defer func() { // also after a panic
		if next != nil {
			go c.Attend(next, done, recovered)
			return
		}
		defer done()
		defer c.conn.Net.Close()
		c.linger()
	}()
	if recovered != nil {
		defer recovered()
	}
	next = now(c)
}

// Read hands on what comes from the peer, messages to message and pings to the queue, up to a mere sign of life: then
// why is nil, and Read is to be called again, in the next stage. Otherwise one side has ended the connection, and last
// is the close frame with which the queue is to be closed, nil if none is due: one is out already, or nobody would get
// it.
//
// It is called by little else than Attend and waits with little on its stack, which is paid for each connection. Who
// says something may soon say more, and needs the larger stack again.
func (c *Conn) Read(message func(wsframe.Message)) (last []byte, why error) {
	for c.resting = false; !c.resting || c.conn.Waiting(); c.setDeadline() {
		c.conn.Wait()
		c.resting = c.Received == 0 // who has just come often says one thing only
		if last, why = c.next(message); why != nil {
			return last, why
		}
	}
	return nil, nil
}

// Rest says of the message that is being handled that it was only a sign of life.
func (c *Conn) Rest() { c.resting = true }

func (c *Conn) setDeadline() {
	if c.config.Silence > 0 {
		c.conn.Net.SetReadDeadline(time.Now().Add(c.config.Silence))
	}
	if end := c.endBy.Load(); end != 0 { // asked after setting, as Finish sets the deadline after endBy
		c.conn.Net.SetReadDeadline(time.Unix(0, end))
	}
}

// next takes one message or control frame.
func (c *Conn) next(message func(wsframe.Message)) (last []byte, why error) {
	m, err := c.frames.Next()
	if err != nil {
		return c.failed(err)
	}
	c.Received++
	if c.endBy.Load() != 0 && m.Opcode != wsframe.OpClose {
		return nil, nil // our close frame is out: nothing is answered any more
	}
	switch m.Opcode {
	case wsframe.OpText, wsframe.OpBinary:
		message(m)
	case wsframe.OpPong:
		c.Rest()
	case wsframe.OpPing:
		c.Rest()
		// RFC 6455 §5.5.2: with the same bytes, even between fragments; only answers that are due come first
		c.queue.Send(wsframe.AppendFrame(nil, wsframe.OpPong, m.Payload))
	case wsframe.OpClose: // §5.5.1: answered with its own code
		code, reason, broken := wsframe.ParseClose(m.Payload)
		if broken != nil {
			return c.failed(broken)
		}
		return wsframe.AppendClose(nil, code, ""), &PeerClosed{code, reason}
	}
	return nil, nil
}

// failed finds the close frame that fits a failed read: there is one where the peer broke the protocol or fell silent.
func (c *Conn) failed(err error) (last []byte, why error) {
	var broken *wsframe.CloseError
	switch {
	case c.endBy.Load() != 0:
		return nil, errEnded
	case errors.As(err, &broken):
		return wsframe.AppendClose(nil, broken.Code, broken.Reason), err
	case errors.Is(err, os.ErrDeadlineExceeded) && c.config.Silence > 0:
		return silentFrame, err
	}
	return nil, err
}

// Next reads one message or control frame, for whoever speaks with the peer before Read is called.
func (c *Conn) Next() (wsframe.Message, error) { return c.frames.Next() }

func (c *Conn) sendPing() {
	if c.queue.Send(wsframe.AppendFrame(nil, wsframe.OpPing, c.config.PingPayload)) {
		c.ping.Reset(c.config.PingEvery)
	}
}

// ---- writing

// Drain writes all that waits, in as few writes as possible, and returns when nothing waits, or when the last word is
// out: last. writing is told of what is about to be written. drop is called, perhaps twice, when the peer takes too
// little: it should close the queue, with a last word.
func (c *Conn) Drain(writing func([]*hub.Chunk), drop func()) (last bool) {
	for {
		chunks, _, last := c.queue.Take()
		if len(chunks) > 0 {
			writing(chunks)
			if last { // it is closed already
				drop = func() {}
			}
			c.write(chunks, drop)
		}
		if last {
			c.Finish()
		}
		if last || len(chunks) == 0 {
			return last
		}
	}
}

func (c *Conn) write(chunks []*hub.Chunk, drop func()) {
	frames := make([][]byte, len(chunks))
	for i, chunk := range chunks {
		frames[i] = chunk.Bytes
	}
	rest := wsframe.Write(c.conn.Net, frames, c.config.WriteTimeout, drop)
	if len(rest) == 0 {
		return
	}
	drop()
	// A frame that the peer has begun to read goes first, or it would take the close frame for the rest of that one.
	if len(wsframe.Write(c.conn.Net, rest[:1], c.config.WriteTimeout, drop)) > 0 {
		c.conn.Net.Close()
	}
}

// SendNow writes frames past the queue, for whoever speaks with the peer before Drain is called. It reports whether all
// of them have left.
func (c *Conn) SendNow(frames ...[]byte) bool {
	return len(wsframe.Write(c.conn.Net, frames, c.config.WriteTimeout, func() {})) == 0
}

// Finish says that nothing more is written. The peer has a moment to close its side.
func (c *Conn) Finish() {
	if c.endBy.CompareAndSwap(0, time.Now().Add(wsframe.Linger).UnixNano()) {
		wsframe.CloseWrite(c.conn.Net)
		close(c.flushed)
	}
}

// linger waits until the last word is out and lets the peer close its side, too. Then the connection may be closed.
func (c *Conn) linger() {
	if c.ping != nil {
		c.ping.Stop()
	}
	<-c.flushed
	c.conn.Net.SetReadDeadline(time.Now().Add(wsframe.Linger))
	io.Copy(io.Discard, c.conn.Net)
}
