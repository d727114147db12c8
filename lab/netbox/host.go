package netbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Host is a computer of the network.
type Host struct {
	Name   string
	net    *Net
	number int     // from 1
	thread *thread // in the host's namespace
	cards  []*Card
	record *record // its capture
}

// Setting is how a host's kernel behaves.
type Setting struct{ name, value string }

// Sysctl sets a value of /proc/sys/net when the host is made, before it has a card: "ipv4/tcp_sack", "0".
func Sysctl(name, value string) Setting { return Setting{name, value} }

// quiet are settings of every host: what they keep a kernel from doing, it does by itself on a new card, and a capture
// of a lesson would begin with. Who wants to see it sets them otherwise.
var quiet = []Setting{
	Sysctl("ipv6/conf/default/accept_dad", "0"),           // RFC 4862 §5.4: does anybody have this address?
	Sysctl("ipv6/conf/default/router_solicitations", "0"), // RFC 4861 §6.3.7: is there a router?
	Sysctl("ipv6/conf/default/disable_ipv6", "1"),         // until a card gets an address of IPv6
	Sysctl("ipv4/tcp_no_metrics_save", "1"),               // what one connection has learned the next one must not know
}

// alike are settings by which all computers do the same, whatever is usual on them.
var alike = []Setting{
	Sysctl("ipv4/tcp_congestion_control", "cubic"), // RFC 9438
	// Some systems throw away what comes from an address to which they have no route (RFC 3704): a host that is to
	// get its first address has no route at all. New namespaces take these two from the computer.
	Sysctl("ipv4/conf/all/rp_filter", "0"),
	Sysctl("ipv4/conf/default/rp_filter", "0"),
	// The end of what a kernel takes at once, or of the receiver's window, is sent in a short segment, now here and now
	// there. Here both have room for 8 MB, so all segments are full.
	Sysctl("ipv4/tcp_wmem", "4096 8388608 8388608"),
	Sysctl("ipv4/tcp_rmem", "4096 8388608 8388608"),
}

var hostName = regexp.MustCompile(`^[a-z][a-z0-9]{0,14}$`)

// Host adds a computer. Its name is a word of small letters and digits.
func (n *Net) Host(name string, settings ...Setting) *Host {
	h := &Host{Name: name, net: n, record: &record{host: name}, thread: &thread{}}
	n.fail("host "+name, h.begin(settings))
	return h
}

func (h *Host) begin(settings []Setting) (err error) {
	if h.number, err = h.net.number(h.Name); err != nil {
		return err
	}
	if h.thread, err = newThread(); err != nil {
		return err
	}
	if err = h.record.open(h); err == nil {
		err = h.thread.do(func() error { return h.setUp(settings) })
	}
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	if err != nil || h.net.closed {
		h.thread.end()
		return cmp.Or(err, h.record.close(), errClosed)
	}
	h.net.hosts = append(h.net.hosts, h)
	return nil
}

// setUp makes a host of a new namespace.
func (h *Host) setUp(settings []Setting) error {
	if err := linkUp("lo"); err != nil {
		return err
	}
	for _, s := range slices.Concat(quiet, alike) {
		if err := setSysctl(s); err != nil {
			h.net.otherwise(s, err)
		}
	}
	for _, s := range settings {
		if err := s.set(); err != nil {
			return err
		}
	}
	return nil
}

// set says in words what a system has not taken: its own error is often that there is no such file.
func (s Setting) set() error {
	if err := setSysctl(s); err != nil {
		return fmt.Errorf("this system does not take %s for %s: %w", s.value, s.name, err)
	}
	return nil
}

// otherwise remembers a setting that is another one here. A kernel that has no such thing does without. In a new
// namespace a system may allow some values alone: of algorithms of TCP those that are loaded and
// net.ipv4.tcp_allowed_congestion_control names.
func (n *Net) otherwise(s Setting, err error) {
	has, unknown := os.ReadFile("/proc/sys/net/" + s.name)
	if unknown != nil {
		return
	}
	told := fmt.Sprintf("%s is %s, not %s (%v)", s.name, strings.TrimSpace(string(has)), s.value, err)
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.Contains(n.other, told) {
		n.other = append(n.other, told)
	}
}

// Otherwise tells in words which settings that hosts are to have alike this system did not take.
func (n *Net) Otherwise() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.other)
}

// number gives a host its number, from 1.
func (n *Net) number(name string) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.err != nil:
		return 0, n.err
	case !hostName.MatchString(name) || slices.Contains(n.names, name):
		return 0, errors.New("the name is taken, or is no word of at most 15 small letters and digits")
	case len(n.names) == maxHosts:
		return 0, fmt.Errorf("there are %d hosts already", maxHosts)
	}
	n.names = append(n.names, name)
	return len(n.names), nil
}

// Set changes a setting of a running host.
func (h *Host) Set(name, value string) {
	h.build("set "+name+" of host "+h.Name, Setting{name, value}.set)
}

// Get is the value of a setting: what is not set by hand is the kernel's.
func (h *Host) Get(name string) (value string, err error) {
	err = h.In(func() error {
		text, err := os.ReadFile("/proc/sys/net/" + name)
		value = strings.TrimSpace(string(text))
		return err
	})
	return value, err
}

// build does a part of what the network is made of, on the host's thread.
func (h *Host) build(doing string, f func() error) {
	if !h.net.fail("", nil) {
		h.net.fail(doing, h.thread.do(f))
	}
}

// In runs f on a thread that is in this host: sockets that f makes belong to the host, and so does what it reads below
// /proc/thread-self/net. Goroutines that f starts are elsewhere.
func (h *Host) In(f func() error) error {
	if h.net.fail("", nil) {
		return h.net.Err()
	}
	return h.thread.visit(f)
}

// dialTime is how long a connection may take to come about. Lessons with losses wait for several tries.
const dialTime = 30 * time.Second

// Dial connects from this host, as net.Dial does. Names are not looked up: the address is that of a number.
func (h *Host) Dial(network, address string) (net.Conn, error) {
	return h.DialBy(&net.Dialer{Timeout: dialTime}, network, address)
}

// DialBy is Dial with more to say: from which address, say.
func (h *Host) DialBy(d *net.Dialer, network, address string) (c net.Conn, err error) {
	err = h.In(func() error {
		c, err = d.Dial(network, address)
		return err
	})
	return c, err
}

// Listen waits for connections at an address of this host, as net.Listen does.
func (h *Host) Listen(network, address string) (l net.Listener, err error) {
	err = h.In(func() error {
		l, err = net.Listen(network, address)
		return err
	})
	return l, err
}

// ListenPacket takes datagrams at an address of this host, as net.ListenPacket does: "udp", or "ip4:icmp".
func (h *Host) ListenPacket(network, address string) (c net.PacketConn, err error) {
	return h.ListenPacketBy(&net.ListenConfig{}, network, address)
}

// ListenPacketBy is ListenPacket with more to say: options of the socket.
func (h *Host) ListenPacketBy(l *net.ListenConfig, network, address string) (c net.PacketConn, err error) {
	err = h.In(func() error {
		c, err = l.ListenPacket(context.Background(), network, address)
		return err
	})
	return c, err
}

// unplug takes the host's cards away.
func (h *Host) unplug() {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	for _, c := range h.cards {
		c.tap.Close()
	}
}

// Program is one that runs in a host.
type Program struct {
	*exec.Cmd
	exited chan struct{}
	err    error
}

// Start starts any program in this host. It ends with the network.
func (h *Host) Start(cmd *exec.Cmd) (*Program, error) {
	n := h.net
	if err := n.Err(); err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock() // Close must not miss it
	n.programs = slices.DeleteFunc(n.programs, (*Program).ended)
	if n.closed || len(n.programs) == maxPrograms {
		return nil, fmt.Errorf("start %s: the network is closed, or has %d programs", cmd.Path, maxPrograms)
	}
	endsWithUs(cmd)
	if err := h.thread.do(cmd.Start); err != nil {
		return nil, err
	}
	p := &Program{Cmd: cmd, exited: make(chan struct{})}
	n.programs = append(n.programs, p)
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// Wait waits for the program's end.
func (p *Program) Wait() error {
	<-p.exited
	return p.err
}

func (p *Program) ended() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// Kill ends the program.
func (p *Program) Kill() {
	p.Process.Kill()
	<-p.exited
}
