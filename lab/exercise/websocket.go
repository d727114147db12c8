package exercise

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
	"strings"

	"pollwire/lab/apps"
	"pollwire/lab/trace"
)

var websocket = Exercise{
	Name:   "websocket",
	Lesson: "websocket",
	Title:  Text{"A WebSocket from its handshake to its close", "핸드셰이크부터 종료까지의 WebSocket"},
	Aim: Text{"You read a handshake, masks, lengths, fragments and close codes in the frames themselves.",
		"핸드셰이크, 마스킹, 길이, 단편화, 종료 코드를 프레임에서 직접 읽는다."},
	Make: makeWebSocket,
}

// socketRun is about RFC 6455.
type socketRun struct {
	page, hello, whole, ping string
	size, cut, code          int
	broken                   bool // the client sends binary data, which this server closes on (§7.4.1, 1003)

	talk *apps.Talk
}

func makeWebSocket(r *Run) *Sheet {
	x := &socketRun{page: fmt.Sprintf("/ws?run=%s", r.Code),
		ping:  fmt.Sprintf("%s-%d", r.Code, r.Between(100, 999)),
		hello: fmt.Sprintf(`{"event":"lab:hello","id":"%s-%d"}`, r.Code, r.Between(100, 999)),
		whole: fmt.Sprintf(`{"event":"lab:pieces","id":"%s-%d"}`, r.Code, r.Between(100, 999)),
		size:  One(r, r.Between(300, 3000), 65536), cut: r.Between(8, 24), code: r.Between(3000, 4999),
		broken: One(r, true, false)}
	return &Sheet{Find: x.find, Tasks: x.tasks(), Fields: slices.Concat(x.opening(), x.frames(), x.ends()),
		Play: x.play}
}

func (x *socketRun) find(c *Capture) bool {
	x.talk = &apps.Talk{}
	for _, s := range c.Streams {
		sent := s.Sent(trace.Client).Chunks()
		if len(sent) == 0 || !bytes.HasPrefix(sent[0].Data, []byte("GET "+x.page+" ")) {
			continue
		}
		if t := apps.Of(s); t.Upgrade != nil {
			x.talk = t
			return true
		}
	}
	return false
}

// frame is the first of a side that fits; nil where none does.
func (x *socketRun) frame(side trace.Side, fits func(*apps.Frame) bool) *apps.Frame {
	for _, f := range x.talk.WebSocket[side] {
		if fits(f) {
			return f
		}
	}
	return nil
}

func saying(op uint8, final bool, text string) func(*apps.Frame) bool {
	return func(f *apps.Frame) bool { return f.Opcode == op && f.Final == final && string(f.Payload()) == text }
}

func (x *socketRun) helloFrame() *apps.Frame {
	return x.frame(trace.Client, saying(apps.OpText, true, x.hello))
}
func (x *socketRun) pingFrame() *apps.Frame {
	return x.frame(trace.Client, saying(apps.OpPing, true, x.ping))
}
func (x *socketRun) pongFrame() *apps.Frame {
	return x.frame(trace.Server, saying(apps.OpPong, true, x.ping))
}
func (x *socketRun) headFrame() *apps.Frame {
	return x.frame(trace.Client, saying(apps.OpText, false, x.whole[:x.cut]))
}
func (x *socketRun) tailFrame() *apps.Frame {
	return x.frame(trace.Client, saying(apps.OpContinuation, true, x.whole[x.cut:]))
}
func (x *socketRun) longFrame() *apps.Frame {
	return x.frame(trace.Client, func(f *apps.Frame) bool {
		return f.Opcode == apps.OpText && f.Final && len(f.Raw) == x.size
	})
}
func (x *socketRun) closing(side trace.Side) *apps.Frame {
	return x.frame(side, func(f *apps.Frame) bool { return f.Opcode == apps.OpClose })
}

// closer is the side whose close frame came first.
func (x *socketRun) closer() (side trace.Side, ok bool) {
	a, b := x.closing(trace.Client), x.closing(trace.Server)
	if a == nil || b == nil {
		return 0, false
	}
	if b.Packet < a.Packet {
		return trace.Server, true
	}
	return trace.Client, true
}

func (x *socketRun) tasks() []Task {
	there := func(frames ...func() *apps.Frame) func() bool {
		return func() bool {
			return !slices.ContainsFunc(frames, func(f func() *apps.Frame) bool { return f() == nil })
		}
	}
	end := Text{"Close with code %d, and wait for the server's close frame.",
		"코드 %d 값으로 닫고 서버의 close 프레임을 기다린다."}.With(x.code)
	if x.broken {
		end = Text{"Send a binary message of the %d bytes \"%s\", which this server does not take, and answer " +
			"its close frame.",
			"이 서버가 받지 않는 이진 메시지 %d바이트 \"%s\"를 보내고, 서버의 close 프레임에 " +
				"응답한다."}.With(len(x.ping), x.ping)
	}
	return []Task{
		{"open", Text{"Open a WebSocket at %s of the server's port for WebSocket.",
			"서버의 WebSocket 포트에서 %s 경로로 WebSocket을 연다."}.With(x.page),
			func() bool { return x.talk.Upgrade != nil }},
		{"hello", Text{"Send this text message in one frame: %s",
			"이 텍스트 메시지를 프레임 하나로 보낸다: %s"}.
			With(x.hello), there(x.helloFrame)},
		{"long", Text{"Send a text message of exactly %d bytes in one frame, whatever it says.",
			"내용과 무관하게 %d바이트인 텍스트 메시지를 프레임 하나로 보낸다."}.With(x.size),
			there(x.longFrame)},
		{"pieces", Text{"Send %s in two frames, the first with %d bytes, and between them a ping with payload %s.",
			"%s 메시지를 프레임 둘로 나누어 첫 프레임에 %d바이트를 보내고, 그 사이에 " +
				"페이로드가 %s인 ping을 보낸다."}.With(x.whole, x.cut, x.ping),
			there(x.headFrame, x.pingFrame, x.pongFrame, x.tailFrame)},
		{"close", end, func() bool { by, ok := x.closer(); return ok && (by == trace.Server) == x.broken }},
	}
}

// of makes a func of a value of a frame.
func ofFrame(frame func() *apps.Frame, value func(*apps.Frame) Value) func() Value {
	return func() Value {
		if f := frame(); f != nil {
			return value(f)
		}
		return Value{}
	}
}

func maskOf(f *apps.Frame) Value       { return Bytes(f.Key[:]...) }
func frameAt(f *apps.Frame) Value      { return Numbered(f.Packet) }
func lastMaskByte(f *apps.Frame) Value { return Bytes(f.Key[3]) }

func (x *socketRun) opening() []Field {
	header := func(name string) func() Value {
		return func() Value {
			for _, m := range x.talk.HTTP {
				if v := m.Get(name); v != "" {
					return Says(v)
				}
			}
			return Value{}
		}
	}
	key, accept := header("Sec-WebSocket-Key"), header("Sec-WebSocket-Accept")
	return []Field{
		{ID: "client_port", Type: Port, Needs: "open",
			Text:     Text{"The client's port?", "클라이언트의 포트는?"},
			Right:    func() Value { return portOf(x.talk.Stream, trace.Client) },
			Mistakes: []Mistake{{func() Value { return portOf(x.talk.Stream, trace.Server) }, otherDirection}}},
		{ID: "key", Type: Word, Needs: "open",
			Text: Text{"The key that the client sends in the handshake?",
				"핸드셰이크에서 클라이언트가 보내는 키는?"},
			Right: key,
			Mistakes: []Mistake{{accept, Text{"That is what the server makes of it.",
				"그것은 서버가 키로 계산한 값입니다."}}}},
		{ID: "accept", Type: Word, Needs: "open",
			Text: Text{"By what value does the server accept it?",
				"서버는 어떤 값으로 이를 수락하는가?"},
			Right:    accept,
			Mistakes: []Mistake{{key, Text{"That is the client's key.", "그것은 클라이언트의 키입니다."}}}},
	}
}

func (x *socketRun) frames() []Field {
	return []Field{
		{ID: "mask", Type: Hex, Needs: "hello",
			Text:  Text{"Task hello: the masking key?", "과제 hello: 마스킹 키는?"},
			Right: ofFrame(x.helloFrame, maskOf),
			Mistakes: []Mistake{{ofFrame(x.longFrame, maskOf),
				Text{"That is the key of the long message.", "그것은 긴 메시지의 키입니다."}}}},
		{ID: "fourth", Type: Hex, Needs: "hello",
			Text: Text{"Task hello: the fourth byte of the payload, as it travels?",
				"과제 hello: 실제로 전송된 페이로드의 넷째 바이트는?"},
			Right: ofFrame(x.helloFrame, func(f *apps.Frame) Value { return Bytes(f.Raw[3]) }),
			Mistakes: []Mistake{
				{func() Value { return Bytes(x.hello[3]) }, Text{"That is the byte before masking.",
					"그것은 마스킹하기 전의 바이트입니다."}},
				{ofFrame(x.helloFrame, lastMaskByte), Text{"That is the byte of the masking key.",
					"그것은 마스킹 키의 바이트입니다."}}}},
		{ID: "header", Type: Num, Unit: "bytes", Needs: "long",
			Text: Text{"Task long: how many bytes has the header of the frame?",
				"과제 long: 프레임 헤더는 몇 바이트인가?"},
			Right: ofFrame(x.longFrame, func(f *apps.Frame) Value { return Of(f.Head) }),
			Mistakes: []Mistake{
				{ofFrame(x.longFrame, func(f *apps.Frame) Value { return Of(f.Head - 4) }),
					Text{"The masking key belongs to the header.", "마스킹 키도 헤더에 속합니다."}},
				{is(6), Text{"That is the header of a short message.", "그것은 짧은 메시지의 헤더입니다."}}}},
		{ID: "pong", Type: Packets, Needs: "pieces",
			Text:     Text{"Which packet of your file is the pong?", "pong은 이 파일의 몇 번 패킷인가?"},
			Right:    ofFrame(x.pongFrame, frameAt),
			Mistakes: []Mistake{{ofFrame(x.pingFrame, frameAt), Text{"That is the ping.", "그것은 ping입니다."}}}},
		{ID: "continuation", Type: Hex, Needs: "pieces",
			Text: Text{"Task pieces: the masking key of the second fragment?",
				"과제 pieces: 둘째 조각의 마스킹 키는?"},
			Right: ofFrame(x.tailFrame, maskOf),
			Mistakes: []Mistake{
				{ofFrame(x.headFrame, maskOf), Text{"That is the key of the first fragment.",
					"그것은 첫 조각의 키입니다."}},
				{ofFrame(x.pingFrame, maskOf), Text{"That is the key of the ping.", "그것은 ping의 키입니다."}}}},
	}
}

func (x *socketRun) ends() []Field {
	closed := func(second bool, value func(*apps.Frame) Value) func() Value {
		return func() Value {
			side, ok := x.closer()
			if !ok {
				return Value{}
			}
			if second {
				side = side.Other()
			}
			return value(x.closing(side))
		}
	}
	code := func(f *apps.Frame) Value {
		if len(f.Raw) < 2 {
			return Value{}
		}
		return Bytes(f.Raw[:2]...)
	}
	return []Field{
		{ID: "first_close", Type: Packets, Needs: "close",
			Text: Text{"Which packet of your file has the first close frame?",
				"첫 close 프레임은 이 파일의 몇 번 패킷에 있는가?"},
			Right: closed(false, frameAt),
			Mistakes: []Mistake{{closed(true, frameAt), Text{"That is the other side's, which answers it.",
				"그것은 상대가 응답으로 보낸 close 프레임입니다."}}}},
		{ID: "close_bytes", Type: Hex, Needs: "close",
			Text: Text{"The first two bytes of the payload of the first close frame, as they travel?",
				"실제로 전송된 첫 close 프레임 페이로드의 처음 두 바이트는?"},
			Right: closed(false, code),
			Mistakes: []Mistake{{closed(true, code), Text{"Those travel in the other side's close frame.",
				"그것은 상대의 close 프레임에 실린 바이트입니다."}}}},
	}
}

func (x *socketRun) play(ctx context.Context, at Place) error {
	at.Say(Text{"A WebSocket is opened, and messages are sent, one of them long and one in pieces.",
		"WebSocket을 열고 메시지를 보낸다. 하나는 길고 하나는 조각으로 나뉜다."})
	conn, err := dial(ctx, at.Addr("ws"))
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	if err := upgrade(conn, in, x.page); err != nil {
		return err
	}
	long := fmt.Sprintf(`{"event":"lab:long","id":"%s"}`, x.ping)
	long += strings.Repeat(" ", x.size-len(long))
	for _, step := range []struct {
		first byte
		text  string
		until byte // an opcode to wait for
	}{
		{0x81, x.hello, apps.OpText}, {0x81, long, apps.OpText}, {0x01, x.whole[:x.cut], 0},
		{0x89, x.ping, apps.OpPong}, {0x80, x.whole[x.cut:], apps.OpText},
	} {
		if err := exchangeFrame(conn, in, step.first, step.text, step.until); err != nil {
			return err
		}
	}
	at.Say(Text{"It is closed.", "닫는다."})
	return x.end(conn, in)
}

// end closes as it was drawn.
func (x *socketRun) end(conn net.Conn, in *bufio.Reader) error {
	first, text := byte(0x88), string(binary.BigEndian.AppendUint16(nil, uint16(x.code)))
	if x.broken {
		first, text = 0x82, x.ping
	}
	err := exchangeFrame(conn, in, first, text, apps.OpClose)
	if err == nil && x.broken {
		err = exchangeFrame(conn, in, 0x88, string(binary.BigEndian.AppendUint16(nil, 1000)), 0)
	}
	if err != nil {
		return err
	}
	return untilFIN(conn)
}
