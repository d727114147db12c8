package http3

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"golang.org/x/net/quic"
)

// Types of streams in one direction (RFC 9114 §6.2, RFC 9204 §4.2). The first number on such a stream is its type.
const (
	streamControl = 0x00
	streamPush    = 0x01
	streamEncoder = 0x02
	streamDecoder = 0x03
)

// maxUni is how many streams in one direction the other end may have open. It needs three, and may try what is
// unknown here (§6.2).
const maxUni = 16

// conn is what both ends of a connection have to do.
type conn struct {
	*quic.Conn
	server  bool
	goAway  func(id uint64) error // hears of GOAWAY
	control *quic.Stream          // ours

	ended  context.Context // the connection has ended
	cancel context.CancelFunc
	inside sync.WaitGroup // goroutines that read streams

	mu       sync.Mutex      // guards what follows
	streams  map[uint64]bool // types of which there may be one, that the other end has opened
	settings Settings        // of the other end
	maxPush  uint64
	err      error // why it was ended by this end
}

func newConn(q *quic.Conn, server bool) *conn {
	c := &conn{Conn: q, server: server, streams: map[uint64]bool{}, settings: Settings{MaxFieldSection: maxVarint}}
	c.ended, c.cancel = context.WithCancel(context.Background())
	return c
}

// open opens the control stream and sends SETTINGS, the first frame on it (§6.2.1). There are no streams for QPACK:
// without a dynamic table nothing would travel on them (RFC 9204 §4.2).
func (c *conn) open(maxFieldSection uint64) error {
	st, err := c.NewSendOnlyStream(c.ended)
	if err != nil {
		return err
	}
	c.control = st
	if _, err := st.Write(appendSettings([]byte{streamControl}, maxFieldSection)); err != nil {
		return err
	}
	return st.Flush()
}

// sendGoAway says that what has this id or a higher one will not be answered (§5.2).
func (c *conn) sendGoAway(id uint64) error {
	if _, err := c.control.Write(appendFrame(nil, frameGoAway, appendVarint(nil, id))); err != nil {
		return err
	}
	return c.control.Flush()
}

// accept takes the streams that the other end opens, until the connection ends. Those of requests go to request.
func (c *conn) accept(request func(*quic.Stream)) {
	defer c.inside.Wait()
	defer c.cancel()
	for {
		st, err := c.AcceptStream(c.ended)
		if err != nil {
			return
		}
		if st.IsReadOnly() {
			c.inside.Go(func() { c.end(c.readUni(st)) })
		} else {
			request(st)
		}
	}
}

// end ends the connection if err is an error of it, and reports whether it is one.
func (c *conn) end(err error) bool {
	var e *connError
	if !errors.As(err, &e) {
		return false
	}
	c.mu.Lock()
	if c.err == nil {
		c.err = err
	}
	c.mu.Unlock()
	c.Abort(&quic.ConnectionCloseError{Code: uint64(e.code), Reason: e.reason})
	c.cancel()
	return true
}

// why is the error by which this end has ended the connection, nil if it was not this end.
func (c *conn) why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// readUni reads a stream in one direction by its type.
func (c *conn) readUni(st *quic.Stream) error {
	kind, err := readVarint(st)
	if err != nil {
		return nil // §6.2: it may be ended or reset before its type is known
	}
	switch {
	case kind == streamPush && c.server:
		return broken(StreamCreationError, "a push stream of a client")
	case kind == streamPush:
		return broken(IDError, "a push stream though no push was allowed") // §4.6
	case kind > streamDecoder: // §6.2: no error; nobody reads it
		return st.StopSending(uint64(StreamCreationError))
	}
	if !c.first(kind) {
		return broken(StreamCreationError, "a second stream of type %d", kind) // §6.2.1, RFC 9204 §4.2
	}
	switch kind {
	case streamControl:
		err = c.readControl(st)
	case streamEncoder:
		err = readEncoder(st)
	case streamDecoder:
		err = readDecoder(st)
	}
	var e *connError
	if errors.As(err, &e) || c.gone() {
		return err
	}
	return broken(ClosedCriticalStream, "a stream of type %d has ended", kind) // §6.2.1, RFC 9204 §4.2
}

// gone tells whether the whole connection has ended, which ends its streams too. quic ends the streams a little before
// it tells the connection's end.
func (c *conn) gone() bool {
	soon, cancel := context.WithTimeout(c.ended, 20*time.Millisecond)
	defer cancel()
	return !errors.Is(c.Wait(soon), context.DeadlineExceeded)
}

// first notes that there is a stream of this type.
func (c *conn) first(kind uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.streams[kind] {
		return false
	}
	c.streams[kind] = true
	return true
}

// readControl reads the control stream (§6.2.1).
func (c *conn) readControl(st source) error {
	t, length, err := readFrameHeader(st)
	if err == nil && t != frameSettings {
		return broken(MissingSettings, "the control stream begins with %v", t)
	}
	if err != nil {
		return err
	}
	for {
		if length > maxControl {
			return broken(ExcessiveLoad, "%v of %d bytes", t, length)
		}
		payload, err := readPayload(st, length)
		if err != nil {
			return err
		}
		if err := c.controlFrame(t, payload); err != nil {
			return err
		}
		if t, length, err = readFrame(st); err != nil {
			return err
		}
		if t == frameSettings {
			return broken(FrameUnexpected, "SETTINGS come twice") // §7.2.4
		}
	}
}

func (c *conn) controlFrame(t frameType, payload []byte) error {
	switch t {
	case frameSettings:
		s, err := parseSettings(payload)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.settings = s
		return err
	case frameGoAway, frameMaxPushID, frameCancelPush:
		id, err := parseID(t, payload)
		if err != nil {
			return err
		}
		return c.numbered(t, id)
	}
	return broken(FrameUnexpected, "%v on the control stream", t) // §7.2.1, §7.2.2, §7.2.5
}

func (c *conn) numbered(t frameType, id uint64) error {
	switch {
	case t == frameGoAway:
		return c.goAway(id)
	case t == frameCancelPush:
		return broken(IDError, "CANCEL_PUSH of a push that was never promised") // §7.2.3
	case !c.server:
		return broken(FrameUnexpected, "MAX_PUSH_ID of a server") // §7.2.7
	case id < c.maxPush: // only the goroutine of the control stream comes here
		return broken(IDError, "MAX_PUSH_ID becomes smaller") // §7.2.7
	}
	c.maxPush = id
	return nil
}

// Settings are those of the other end, as far as they are here.
func (c *conn) peerSettings() Settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settings
}

// readEncoder reads the instructions of an encoder (RFC 9204 §4.3). But one they all need a dynamic table: that its
// capacity is 0 may be said, in this one byte (§4.3.1).
func readEncoder(st io.ByteReader) error {
	for {
		b, err := st.ReadByte()
		if err != nil {
			return err
		}
		if b != 0x20 {
			return broken(EncoderStreamError, "an instruction for a dynamic table, which is not there")
		}
	}
}

// readDecoder reads those of a decoder (§4.4). That it gives up a stream it may say (§4.4.2): 0 1 stream(6).
func readDecoder(st io.ByteReader) error {
	for {
		b, err := st.ReadByte()
		if err == nil && b&0xC0 != 0x40 {
			return broken(DecoderStreamError, "an instruction about a dynamic table, which is not there") // §4.4.1, §4.4.3
		}
		for more := b == 0x7F; more && err == nil; more = b >= 0x80 {
			b, err = st.ReadByte()
		}
		if err != nil {
			return err
		}
	}
}
