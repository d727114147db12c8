package lessons

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// captured plays while a capture runs, if one is wanted.
func (o *options) captured(ctx context.Context, st *Stage, wanted []Lesson, play func() error) (err error) {
	var stops []func() error
	begin := func(flag, file string, begin func(context.Context, *Stage, []Lesson, string) (func() error, error)) {
		if file == "" || err != nil {
			return
		}
		stop, failed := begin(ctx, st, wanted, file)
		if err = ofFlag(flag, failed); err == nil {
			stops = append(stops, func() error { return ofFlag(flag, stop()) })
		}
	}
	begin("capture", o.capture, Record)
	begin("capture-real", o.captureReal, Dumpcap)
	if err == nil {
		err = play()
	}
	for _, stop := range stops {
		err = errors.Join(err, stop())
	}
	return err
}

// ofFlag names the flag that an error belongs to.
func ofFlag(flag string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("-%s: %w", flag, err)
}

// shown sorts lessons by what the server's own capture has of them: the whole, a part, or nothing, as all of their
// peers are their own.
func (l Lesson) shown() (any, all bool) {
	return len(l.Needs) > 0, len(l.Needs) > 0 && l.Spare == 0 && l.Capture == "" && !l.IPv6
}

// showable is an error if a capture of the server would have nothing of the lessons.
func showable(wanted []Lesson) error {
	var names []string
	for _, l := range wanted {
		if any, _ := l.shown(); any {
			return nil
		}
		names = append(names, l.Name)
	}
	return fmt.Errorf("%s: the server sees nothing of that, as all peers are the lesson's own; try -capture-real",
		strings.Join(names, ", "))
}

// missing is told with a lesson of which the server's own capture lacks something.
func missing(l Lesson) (Text, bool) {
	any, all := l.shown()
	if any {
		return Text{"In the file of -capture, what does not pass the server: peers of this lesson's own, and headers of IP " +
			"and TCP as they were. -capture-real has all of it.",
			"-capture 파일에는 서버를 거치지 않는 것, 곧 이 실습이 직접 띄운 상대와의 패킷과 " +
				"실제 IP, TCP 헤더가 없다. -capture-real에는 모두 있다."}, !all
	}
	return Text{"In the file of -capture, this lesson: all of its peers are its own, and the server sees nothing of " +
		"them. -capture-real has it.",
		"-capture 파일에는 이 실습이 없다. 상대를 모두 직접 띄우므로 서버는 아무것도 보지 " +
			"못한다. -capture-real에는 있다."}, true
}

// Record writes what the server tells of its own traffic, GET /capture on its health port, into a file. stop waits for
// the last packets.
func Record(ctx context.Context, st *Stage, _ []Lesson, file string) (stop func() error, err error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // what was recorded before Ctrl-C is kept
	traffic, err := ownTraffic(ctx, st)
	if err != nil {
		cancel()
		return nil, err
	}
	out, err := os.Create(file)
	if err != nil {
		traffic.Close()
		cancel()
		return nil, err
	}
	written := make(chan error, 1)
	go func() {
		_, err := io.Copy(out, traffic)
		if ctx.Err() != nil {
			err = nil // stop has ended it
		}
		written <- errors.Join(err, out.Close())
	}()
	return func() error {
		time.Sleep(settle)
		cancel()
		traffic.Close()
		return <-written
	}, nil
}

// ownTraffic asks the server for its capture.
func ownTraffic(ctx context.Context, st *Stage) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", st.URL("health", "/capture"), nil)
	if err != nil {
		return nil, err
	}
	resp, err := st.exchange(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, errors.New("the server does not offer its traffic; try -capture-real")
	}
	return resp.Body, nil
}

// settle is how long the last packets may take into the file where nothing tells that they are there.
const settle = 1500 * time.Millisecond

// dumpcap is the part of Wireshark that captures; tshark too lets it do that. It may where its user may.
func dumpcap() (string, error) {
	if path, err := exec.LookPath("dumpcap"); err == nil {
		return path, nil
	}
	for _, path := range []string{filepath.Join(os.Getenv("ProgramFiles"), "Wireshark", "dumpcap.exe"),
		"/Applications/Wireshark.app/Contents/MacOS/dumpcap"} {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", errors.New("dumpcap is not installed; it is a part of Wireshark")
}

// Dumpcap captures what passes between the lessons and the server into a file. stop waits for the last packets.
func Dumpcap(ctx context.Context, st *Stage, wanted []Lesson, file string) (stop func() error, err error) {
	path, err := dumpcap()
	if err != nil {
		return nil, err
	}
	name, loopback, err := Interface(st.Host)
	if err != nil {
		return nil, err
	}
	d := &dump{mark: &marker{}, exited: make(chan struct{}), begun: &beginning{begun: make(chan struct{})}}
	filter := st.CaptureFilter(wanted)
	if loopback {
		if d.mark, err = newMarker(file); err != nil {
			return nil, err
		}
		filter += " or port " + d.mark.port()
	}
	// -B: MiB of packets that may wait. -q: no count of packets on stderr.
	d.cmd = exec.Command(path, "-q", "-i", name, "-f", filter, "-B", "16", "-w", file)
	if err := d.start(ctx); err != nil {
		return nil, err
	}
	return d.stop, nil
}

// dump is a dumpcap that runs.
type dump struct {
	cmd    *exec.Cmd
	mark   *marker
	begun  *beginning
	exited chan struct{}
}

// start returns when it captures, or why it does not.
func (d *dump) start(ctx context.Context) (err error) {
	d.cmd.Stderr = d.begun
	if err := d.cmd.Start(); err != nil {
		d.mark.close()
		return err
	}
	go func() { d.cmd.Wait(); close(d.exited) }()
	select {
	case <-d.begun.begun:
		return nil
	case <-d.exited:
		err = fmt.Errorf("dumpcap may not capture here: %s", d.begun.firstLine())
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(patience):
		err = errors.New("dumpcap does not begin")
	}
	d.kill()
	d.mark.close()
	return err
}

func (d *dump) kill() {
	d.cmd.Process.Kill()
	<-d.exited
}

// stop ends it when the last packets are in the file.
func (d *dump) stop() error {
	d.mark.wait(d.exited)
	if d.cmd.Process.Signal(os.Interrupt) != nil {
		d.cmd.Process.Kill() // Windows has no signals; what was captured is in the file by now
	}
	select {
	case <-d.exited:
	case <-time.After(patience):
		d.kill()
	}
	return errors.Join(d.mark.wipe(), d.mark.close())
}

// beginning is dumpcap's stderr. It names its file when the interface is open: from then on no packet is missed.
type beginning struct {
	mu    sync.Mutex // guards text
	text  bytes.Buffer
	once  sync.Once
	begun chan struct{}
}

func (b *beginning) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.Write(p)
	if bytes.Contains(b.text.Bytes(), []byte("File: ")) {
		b.once.Do(func() { close(b.begun) })
	}
	return len(p), nil
}

func (b *beginning) firstLine() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for l := range strings.Lines(b.text.String()) {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "Capturing on") {
			return strings.TrimPrefix(l, "dumpcap: ")
		}
	}
	return "it does not say why"
}

// marker sends datagrams to itself and looks for them in the file: what was on the wire before is in it then too. The
// zero marker just waits: on another interface than loopback it would not be seen.
type marker struct {
	conn net.PacketConn
	file string
}

func newMarker(file string) (*marker, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &marker{conn, file}, nil
}

func (m *marker) port() string {
	_, port, _ := net.SplitHostPort(m.conn.LocalAddr().String())
	return port
}

// wait returns when the file has the mark, when it takes too long, or when dumpcap has ended.
func (m *marker) wait(ended <-chan struct{}) {
	if m.conn == nil {
		time.Sleep(settle)
		return
	}
	mark := m.text()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for {
		m.conn.WriteTo(mark, m.conn.LocalAddr())
		select {
		case <-tick.C:
		case <-limit:
			return
		case <-ended:
			return
		}
		if text, err := os.ReadFile(m.file); err == nil && bytes.Contains(text, mark) {
			return
		}
	}
}

func (m *marker) close() error {
	if m.conn == nil {
		return nil
	}
	return m.conn.Close()
}

// wipe takes the marks out of the file again: they are no part of any lesson.
func (m *marker) wipe() error {
	if m.conn == nil {
		return nil
	}
	text, err := os.ReadFile(m.file)
	if err != nil {
		return err
	}
	return os.WriteFile(m.file, without(text, m.text()), 0o600)
}

func (m *marker) text() []byte {
	return []byte("pollwire lab: the end of the capture, told by port " + m.port())
}

// without is a file of pcapng without the packets in which a text stands. Each block has its length in its second word,
// in the byte order that the first block of its section tells (draft-ietf-opsawg-pcapng §3.1, §4.1).
func without(file, text []byte) (left []byte) {
	const section, packet = 0x0a0d0d0a, 6
	var order binary.ByteOrder = binary.LittleEndian
	for len(file) >= 12 {
		if binary.LittleEndian.Uint32(file) == section {
			if order = binary.LittleEndian; order.Uint32(file[8:]) != 0x1a2b3c4d {
				order = binary.BigEndian
			}
		}
		length := int(order.Uint32(file[4:]))
		if length < 12 || length > len(file) {
			break // the file is no longer what it was: what is behind is kept
		}
		if order.Uint32(file) != packet || !bytes.Contains(file[:length], text) {
			left = append(left, file[:length]...)
		}
		file = file[length:]
	}
	return append(left, file...)
}

// Interface returns the name of the network interface over which packets to an IP address leave, as dumpcap calls it,
// and whether it is loopback.
func Interface(ip string) (name string, loopback bool, err error) {
	conn, err := net.Dial("udp", net.JoinHostPort(ip, "9")) // sends nothing: it only asks for the route
	if err != nil {
		return "", false, err
	}
	defer conn.Close()
	own := conn.LocalAddr().(*net.UDPAddr).IP
	remote := conn.RemoteAddr().(*net.UDPAddr).IP
	all, err := net.Interfaces()
	if err != nil {
		return "", false, err
	}
	for _, i := range all {
		addrs, _ := i.Addrs()
		for _, a := range addrs {
			n, ok := a.(*net.IPNet)
			// A machine's packets to itself take the loopback interface, whichever of its addresses they name.
			if !ok || !n.IP.Equal(own) || own.Equal(remote) && i.Flags&net.FlagLoopback == 0 {
				continue
			}
			loopback = i.Flags&net.FlagLoopback != 0
			if loopback && runtime.GOOS == "windows" {
				return `\Device\NPF_Loopback`, true, nil // Npcap's, which Windows itself does not know
			}
			return i.Name, loopback, nil
		}
	}
	return "", false, fmt.Errorf("no interface has the address %v", own)
}
