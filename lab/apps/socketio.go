package apps

import (
	"bytes"
	"strings"
)

// SocketIO is a packet of Engine.IO 4, with one of Socket.IO 5 in it if it is a message.
type SocketIO struct {
	Range       // of the frame or of the message of HTTP that it came in
	Engine byte // '0' open, '1' close, '2' ping, '3' pong, '4' message, '5' upgrade, '6' noop
	Socket byte // '0' CONNECT, '1' DISCONNECT, '2' EVENT, '3' ACK, '4' CONNECT_ERROR; 0: none
	Data   string
}

// socketIO reads frames of text, each a packet. Fragments are not put together: nobody sends them.
func (t *Talk) socketIO(frames []*Frame) {
	for _, f := range frames {
		if f.Opcode == OpText && f.Final && !f.Compressed {
			t.packet(f.Range, string(f.Payload()))
		}
	}
}

// polled reads packets in the body of a message of long polling, which are parted by a record separator.
func (t *Talk) polled(m *HTTP) {
	asked := m
	if m.Status > 0 {
		asked = m.Asked
	}
	if asked == nil || !strings.HasPrefix(asked.Target, "/socket.io/") ||
		!strings.Contains(asked.Target, "transport=polling") || len(m.Body) == 0 || m.Status >= 300 {
		return
	}
	for p := range bytes.SplitSeq(m.Body, []byte{0x1e}) {
		t.packet(m.Range, string(p))
	}
}

func (t *Talk) packet(where Range, text string) {
	if t.full() || text == "" || text[0] < '0' || text[0] > '6' {
		return
	}
	t.items++
	p := &SocketIO{Range: where, Engine: text[0], Data: text[1:]}
	if p.Engine == '4' && p.Data != "" && p.Data[0] >= '0' && p.Data[0] <= '6' {
		p.Socket, p.Data = p.Data[0], p.Data[1:]
	}
	t.SocketIO = append(t.SocketIO, p)
}
