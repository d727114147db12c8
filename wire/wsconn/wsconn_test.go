package wsconn

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"pollwire/live/hub"
	"pollwire/wire/wsframe"
)

const patience = 10 * time.Second

// ended is how a Read ended, and what else was seen of that connection.
type ended struct {
	why      error
	received int
	texts    []string
}

// serve runs a server of which each connection hears h and hands on what it reads. It returns its address.
func serve(t *testing.T, h *hub.Hub, config Config) (addr string, ends chan ended) {
	t.Helper()
	ends = make(chan ended, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wrong := wsframe.CheckHandshake(r); wrong != nil {
			http.Error(w, wrong.Detail, wrong.Status)
			return
		}
		conn, err := wsframe.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		go run(h, conn, &config, ends)
	}))
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String(), ends
}

func run(h *hub.Hub, conn *wsframe.Conn, config *Config, ends chan ended) {
	var c Conn
	queue := &hub.Listener{Dialect: frames, Slow: wsframe.AppendClose(nil, wsframe.CloseTryAgainLater, "slow"),
		Bye: wsframe.AppendClose(nil, wsframe.CloseGoingAway, "bye"), Direct: wsframe.Direct(conn.Net)}
	queue.Wake = func() {
		go c.Drain(func([]*hub.Chunk) {}, func() { h.Drop(queue) })
	}
	c.Begin(conn, queue, config)
	h.Listen(queue, hub.Live)
	var end ended
	var read Stage
	read = func(*Conn) Stage {
		last, why := c.Read(func(m wsframe.Message) { end.texts = append(end.texts, string(m.Payload)) })
		if why == nil {
			return read
		}
		if last != nil {
			queue.Close(last)
		}
		h.Leave(queue)
		queue.Close(nil)
		end.why, end.received = why, c.Received
		return nil
	}
	c.Attend(read, func() { ends <- end }, func() {})
}

var frames = hub.NewDialect(func(e *hub.Event) []byte { return wsframe.AppendFrame(nil, wsframe.OpText, e.Data) })

func newHub(t *testing.T) *hub.Hub {
	h := hub.New(0, nil, func(context.Context, int64) error { return nil })
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { h.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return h
}

// dial shakes hands, and returns when the server has listened to the hub.
func dial(t *testing.T, addr string) *net.TCPConn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
	conn.Write(masked(wsframe.OpPing, "ready"))
	all := ""
	for buf := make([]byte, 1); !strings.HasSuffix(all, "\r\n\r\n\x8a\x05ready"); all += string(buf) {
		if _, err := conn.Read(buf); err != nil {
			t.Fatalf("handshake: %q, %v", all, err)
		}
	}
	return conn.(*net.TCPConn)
}

// masked is a client's frame, with a mask that changes nothing.
func masked(opcode byte, payload string) []byte {
	return append([]byte{0x80 | opcode, 0x80 | byte(len(payload)), 0, 0, 0, 0}, payload...)
}

func maskedClose(code int) []byte {
	return masked(wsframe.OpClose, string(binary.BigEndian.AppendUint16(nil, uint16(code))))
}

// rest reads to the end of the connection and puts the frames into words.
func rest(t *testing.T, conn net.Conn) string {
	t.Helper()
	all, err := io.ReadAll(conn)
	var said []string
	for len(all) > 1 && len(all) >= 2+int(all[1]) {
		payload := all[2 : 2+all[1]]
		switch words := fmt.Sprintf("%x %s", all[0]&0xF, payload); all[0] {
		case 0x80 | wsframe.OpClose:
			said = append(said, fmt.Sprint("close ", binary.BigEndian.Uint16(payload)))
		default:
			said = append(said, words)
		}
		all = all[2+len(payload):]
	}
	if err != nil {
		said = append(said, err.Error())
	}
	return strings.Join(said, ", ")
}

// However a connection ends, the peer gets a close frame that says so where one is due, and then the FIN, and is heard
// until it has closed, too.
func TestHowAConnectionEnds(t *testing.T) {
	for _, tt := range []struct {
		name  string
		send  []byte
		close bool // the hub is closed
		want  string
		why   string
	}{
		{"by the client", append(masked(wsframe.OpText, "hello"), maskedClose(3000)...), false, "close 3000",
			"closed by the client: 3000 "},
		{"by a broken rule", masked(wsframe.OpBinary, ""), false, "close 1003",
			"websocket: close 1003: only text messages are taken"},
		{"by a broken close frame", masked(wsframe.OpClose, "x"), false, "close 1002",
			"websocket: close 1002: close frame with half a code (RFC 6455 5.5.1)"},
		{"by the hub", nil, true, "close 1001", "closed by the client: 1001 "},
		{"without a word", nil, false, "", "EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHub(t)
			addr, ends := serve(t, h, Config{MaxMessage: 1000, TextOnly: true, WriteTimeout: patience, Silence: patience})
			conn := dial(t, addr)
			conn.Write(tt.send)
			if tt.close {
				h.Close()
			} else if tt.send == nil {
				conn.CloseWrite()
			}
			if got := rest(t, conn); got != tt.want {
				t.Errorf("the client got %q and the end, want %q", got, tt.want)
			}
			if tt.close {
				conn.Write(append(masked(wsframe.OpText, "late"), maskedClose(1001)...)) // only the close counts
			}
			conn.CloseWrite()
			end := <-ends
			if end.why.Error() != tt.why {
				t.Errorf("Read ended with %q, want %q", end.why, tt.why)
			}
			if got := strings.Join(end.texts, " "); got == "late" {
				t.Error("a message behind our close frame was handed on")
			}
		})
	}
}

// A peer is pinged, and given up when not even a pong comes.
func TestSilence(t *testing.T) {
	addr, ends := serve(t, newHub(t), Config{MaxMessage: 1000, WriteTimeout: patience, PingEvery: 20 * time.Millisecond,
		PingPayload: []byte("p"), Silence: 300 * time.Millisecond})
	got := rest(t, dial(t, addr))
	if end := <-ends; !errors.Is(end.why, os.ErrDeadlineExceeded) {
		t.Errorf("Read ended with %v", end.why)
	}
	pings := strings.Count(got, "9 p, ")
	if pings < 2 || strings.Repeat("9 p, ", pings)+"close 1008" != got {
		t.Errorf("the client got %q, want pings and close 1008", got)
	}
}

// Who takes nothing is dropped: the frame that has begun goes first, then the last word, and nothing else.
func TestAPeerThatTakesNothing(t *testing.T) {
	h := newHub(t)
	addr, ends := serve(t, h, Config{MaxMessage: 1000, WriteTimeout: time.Second})
	conn := dial(t, addr)
	conn.SetReadBuffer(64 << 10) // the kernel would read megabytes for it
	large := []byte(strings.Repeat("x", 1<<20))
	for range 40 {
		h.Publish("e", 0, large)
	}
	for _, dropped := h.Stats(); dropped == 0; _, dropped = h.Stats() {
		time.Sleep(time.Millisecond)
	}
	conn.SetReadBuffer(4 << 20)
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	head := 10 // of such a frame: RFC 6455 §5.2
	whole := 0
	for len(all) > head && all[0] == 0x81 {
		all, whole = all[min(len(all), head+len(large)):], whole+1
	}
	if !strings.Contains(string(all), "slow") || all[0] != 0x88 || len(all) != 2+2+len("slow") {
		t.Errorf("behind %d whole frames the client got %.40q, want a close frame", whole, all)
	}
	conn.Close()
	<-ends
}

// What is waiting when the last word is due leaves before it, and pings are answered in between.
func TestTheQueueIsWrittenInOrder(t *testing.T) {
	h := newHub(t)
	addr, ends := serve(t, h, Config{MaxMessage: 1000, WriteTimeout: patience})
	conn := dial(t, addr)
	var want []string
	for i := range 500 {
		h.Publish("e", 0, fmt.Append(nil, i))
		want = append(want, fmt.Sprint("1 ", i))
	}
	want = append(want, "close 1000")
	all := make(chan string)
	go func() { all <- rest(t, conn) }()
	for seq := int64(0); seq < 500; seq = h.Seq() {
	}
	h.Publish("e", 0, []byte("end"))
	conn.Write(maskedClose(1000))
	got := strings.Replace(<-all, "1 end, ", "", 1) // it may or may not have come in time
	begun, closed := strings.CutSuffix(got, "close 1000")
	if !closed || !strings.HasPrefix(strings.Join(want, ", "), begun) {
		t.Errorf("the client got %.100q ... , want the events in order and close 1000", got)
	}
	conn.Close()
	if end := <-ends; end.received != 2 { // the first ping, the close
		t.Errorf("%d frames were received, want 2", end.received)
	}
}
