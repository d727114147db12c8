package lessons

import (
	"bytes"
	"context"
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
func (o *options) captured(ctx context.Context, st *Stage, wanted []Lesson, play func() error) error {
	stops := []func() error{}
	begin := func(flag, file string, begin func(context.Context, *Stage, []Lesson, string) (func() error, error)) error {
		if file == "" {
			return nil
		}
		stop, err := begin(ctx, st, wanted, file)
		if err != nil {
			return fmt.Errorf("-%s: %w", flag, err)
		}
		stops = append(stops, func() error {
			if err := stop(); err != nil {
				return fmt.Errorf("-%s: %w", flag, err)
			}
			return nil
		})
		return nil
	}
	err := begin("capture", o.capture, Record)
	if err == nil {
		err = begin("capture-real", o.captureReal, Dumpcap)
	}
	if err == nil {
		err = play()
	}
	for _, stop := range stops {
		err = errors.Join(err, stop())
	}
	return err
}

// Record writes what the server tells of its own traffic, GET /capture on its health port, into a file. stop waits for
// the last packets.
func Record(ctx context.Context, st *Stage, _ []Lesson, file string) (stop func() error, err error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // what was recorded before Ctrl-C is kept
	req, err := http.NewRequestWithContext(ctx, "GET", st.URL("health", "/capture"), nil)
	if err != nil {
		cancel()
		return nil, err
	}
	resp, err := exchange(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		if err == nil {
			resp.Body.Close()
			err = errors.New("the server does not offer its traffic; try -capture-real")
		}
		cancel()
		return nil, err
	}
	out, err := os.Create(file)
	if err != nil {
		resp.Body.Close()
		cancel()
		return nil, err
	}
	written := make(chan error, 1)
	go func() {
		_, err := io.Copy(out, resp.Body)
		if ctx.Err() != nil {
			err = nil // stop has ended it
		}
		written <- errors.Join(err, out.Close())
	}()
	return func() error {
		time.Sleep(settle)
		cancel()
		resp.Body.Close()
		return <-written
	}, nil
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
	m := &marker{}
	filter := st.CaptureFilter(wanted)
	if loopback {
		if m, err = newMarker(file); err != nil {
			return nil, err
		}
		filter += " or port " + m.port()
	}
	// -B: MiB of packets that may wait. -q: no count of packets on stderr.
	cmd := exec.Command(path, "-q", "-i", name, "-f", filter, "-B", "16", "-w", file)
	began := &beginning{begun: make(chan struct{})}
	cmd.Stderr = began
	if err := cmd.Start(); err != nil {
		m.close()
		return nil, err
	}
	exited := make(chan struct{})
	go func() { cmd.Wait(); close(exited) }()
	stop = func() error {
		m.wait(exited)
		if cmd.Process.Signal(os.Interrupt) != nil {
			cmd.Process.Kill() // Windows has no signals; what was captured is in the file by now
		}
		select {
		case <-exited:
		case <-time.After(patience):
			cmd.Process.Kill()
			<-exited
		}
		return m.close()
	}
	select {
	case <-began.begun:
		return stop, nil
	case <-exited:
		err = fmt.Errorf("dumpcap may not capture here: %s", began.firstLine())
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(patience):
		err = errors.New("dumpcap does not begin")
	}
	cmd.Process.Kill()
	<-exited
	m.close()
	return nil, err
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
	mark := []byte("pollwire lab: the end of the capture, told by port " + m.port())
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
