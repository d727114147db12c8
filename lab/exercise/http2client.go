package exercise

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"

	"golang.org/x/net/http2/hpack"
	"pollwire/lab/apps"
)

// The client of the exercise http2: RFC 9113 by hand but for HPACK, so that windows, streams and codes are what was
// drawn.

// plan2 is what a run has drawn for its client, and does not say.
type plan2 struct {
	window int // of the streams of the first connection
	extra  int // given to this connection at once
	word   int // letters by which the second request differs from the first
	stream int // the first one of the second connection
	before int // DATA frames that come before the fast answer is asked for
	pieces int // DATA frames that come before a stream is broken off
	code   int // with which it is
}

// client2 is a client's end of a connection.
type client2 struct {
	net.Conn
	in     *bufio.Reader
	fields bytes.Buffer
	hpack  *hpack.Encoder
	next   uint32 // stream
	window int    // 0: the server is given no more than it has from the beginning
	owed   map[uint32]int
	data   map[uint32]int // DATA frames that came
	ended  map[uint32]bool
	pong   []byte
}

func frame2(kind, flags byte, stream uint32, payload []byte) []byte {
	b := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	return append(binary.BigEndian.AppendUint32(b, stream), payload...)
}

func (c *client2) send(kind, flags byte, stream uint32, payload []byte) error {
	_, err := c.Write(frame2(kind, flags, stream, payload))
	return err
}

// begin2 sends the preface and SETTINGS (RFC 9113 §3.4): the server must not push, and has a window for each stream.
func begin2(ctx context.Context, at Place, stream, window, extra int) (*client2, error) {
	conn, err := dial(ctx, at.Addr("http"))
	if err != nil {
		return nil, err
	}
	c := &client2{Conn: conn, in: bufio.NewReader(conn), next: uint32(stream), window: window, owed: map[uint32]int{},
		data: map[uint32]int{}, ended: map[uint32]bool{}}
	c.hpack = hpack.NewEncoder(&c.fields)
	settings := []byte{0, 2, 0, 0, 0, 0} // ENABLE_PUSH (§6.5.2)
	if window > 0 {
		settings = append(append(settings, 0, apps.SettingInitialWindow), big(uint32(window))...)
	}
	b := append([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frame2(apps.FrameSETTINGS, 0, 0, settings)...)
	if extra > 0 {
		b = append(b, frame2(apps.FrameWINDOWUPDATE, 0, 0, big(uint32(extra)))...)
	}
	if _, err := conn.Write(b); err != nil {
		conn.Close()
		return nil, err
	}
	return c, nil
}

// get sends a request on the next stream.
func (c *client2) get(path, agent string) (stream uint32, err error) {
	stream, c.next = c.next, c.next+2 // those of a client are odd (§5.1.1)
	c.fields.Reset()
	for _, f := range [][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", c.RemoteAddr().String()},
		{":path", path}, {"user-agent", agent}} {
		c.hpack.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]}) // a bytes.Buffer takes all
	}
	return stream, c.send(apps.FrameHEADERS, apps.FlagEndStream|apps.FlagEndHeaders, stream, c.fields.Bytes())
}

// until reads frames until something has happened.
func (c *client2) until(happened func() bool) error {
	for !happened() {
		head := make([]byte, 9)
		if _, err := io.ReadFull(c.in, head); err != nil {
			return err
		}
		n := int(head[0])<<16 | int(binary.BigEndian.Uint16(head[1:]))
		if n > 16_384 { // §4.2: nobody has allowed more
			return fmt.Errorf("a frame of %d bytes", n)
		}
		payload := make([]byte, n)
		if _, err := io.ReadFull(c.in, payload); err != nil {
			return err
		}
		if err := c.take(head[3], head[4], binary.BigEndian.Uint32(head[5:])&0x7fffffff, payload); err != nil {
			return err
		}
	}
	return nil
}

// take does what a frame demands.
func (c *client2) take(kind, flags byte, stream uint32, payload []byte) error {
	ends := (kind == apps.FrameDATA || kind == apps.FrameHEADERS) && flags&apps.FlagEndStream != 0
	c.ended[stream] = c.ended[stream] || ends
	switch {
	case kind == apps.FrameDATA:
		c.data[stream]++
		return c.give(stream, len(payload))
	case kind == apps.FrameSETTINGS && flags&apps.FlagAck == 0:
		return c.send(apps.FrameSETTINGS, apps.FlagAck, 0, nil)
	case kind == apps.FramePING && flags&apps.FlagAck == 0:
		return c.send(apps.FramePING, apps.FlagAck, 0, payload)
	case kind == apps.FramePING:
		c.pong = payload
	case kind == apps.FrameRSTSTREAM || kind == apps.FrameGOAWAY:
		return fmt.Errorf("the server breaks off: frame %d, % x", kind, payload)
	}
	return nil
}

// give gives back what has come, as soon as it is half a window; a stream that has ended needs no more (§6.9).
func (c *client2) give(stream uint32, n int) error {
	c.owed[stream] += n
	owed := c.owed[stream]
	if c.window == 0 || owed == 0 || owed < c.window/2 && !c.ended[stream] {
		return nil
	}
	c.owed[stream] = 0
	b := frame2(apps.FrameWINDOWUPDATE, 0, 0, big(uint32(owed)))
	if !c.ended[stream] {
		b = append(b, frame2(apps.FrameWINDOWUPDATE, 0, stream, big(uint32(owed)))...)
	}
	_, err := c.Write(b)
	return err
}

// fetch gets a whole answer.
func (c *client2) fetch(path, agent string) error {
	stream, err := c.get(path, agent)
	if err != nil {
		return err
	}
	return c.until(func() bool { return c.ended[stream] })
}

// finish closes, and waits until the server has closed, too.
func (c *client2) finish() error {
	if half, ok := c.Conn.(*net.TCPConn); ok {
		half.CloseWrite()
	}
	return untilFIN(c.Conn)
}

const agent2 = "pollwire-lab"

func (x *overHTTP2) play(ctx context.Context, at Place) error {
	at.Say(Text{"A client begins HTTP/2 at once, without TLS, and asks twice for the same.",
		"클라이언트가 TLS 없이 바로 HTTP/2로 시작해 같은 것을 두 번 요청합니다."})
	c, err := begin2(ctx, at, 1, x.plan.window, x.plan.extra)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.fetch(x.page, agent2); err != nil {
		return err
	}
	if err := c.fetch(x.page, agent2+"/"+strings.Repeat("x", x.plan.word)); err != nil {
		return err
	}
	if err := c.finish(); err != nil {
		return err
	}
	return x.playBusy(ctx, at)
}

// playBusy is the second connection.
func (x *overHTTP2) playBusy(ctx context.Context, at Place) error {
	at.Say(Text{"On a second connection two answers come at once. Then a third one is broken off, and the server is " +
		"asked whether it is still there.",
		"둘째 연결에서는 두 응답이 함께 옵니다. 그다음 셋째 응답은 도중에 중단하고, " +
			"서버가 아직 있는지 물어봅니다."})
	c, err := begin2(ctx, at, x.plan.stream, 0, 0)
	if err != nil {
		return err
	}
	defer c.Close()
	slow, err := c.get(x.slow, agent2)
	if err != nil {
		return err
	}
	if err := c.until(func() bool { return c.data[slow] == x.plan.before }); err != nil {
		return err
	}
	if err := c.fetch(x.fast, agent2); err != nil {
		return err
	}
	if err := c.until(func() bool { return c.ended[slow] }); err != nil {
		return err
	}
	if err := x.breakOff(c); err != nil {
		return err
	}
	return c.finish()
}

// breakOff ends a stream before its end, and sends a PING.
func (x *overHTTP2) breakOff(c *client2) error {
	stream, err := c.get(x.long, agent2)
	if err != nil {
		return err
	}
	if err := c.until(func() bool { return c.data[stream] == x.plan.pieces }); err != nil {
		return err
	}
	if err := c.send(apps.FrameRSTSTREAM, 0, stream, big(uint32(x.plan.code))); err != nil {
		return err
	}
	// Of what comes behind it, nothing is of interest but that the server is still there.
	ping := make([]byte, 8)
	rand.Read(ping)
	if err := c.send(apps.FramePING, 0, 0, ping); err != nil {
		return err
	}
	return c.until(func() bool { return bytes.Equal(c.pong, ping) })
}
