// Package netbox builds networks in a box: real hosts, links, switches and routers within one program, on Linux,
// without the rights of an administrator.
//
//	n, err := netbox.New(seed, "captures") // the error says what this system lacks, and what helps
//	defer n.Close()
//	a, b := n.Host("a"), n.Host("b")
//	n.Link(a.Card("10.0.0.1/24"), b.Card("10.0.0.2/24"), netbox.Delay(20*time.Millisecond), netbox.Loss(0.01))
//	if err := n.Err(); err != nil { ... }
//	l, err := b.Listen("tcp", "10.0.0.2:80")
//	c, err := a.Dial("tcp", "10.0.0.2:80")
//
// A host is a network namespace (network_namespaces(7)): it has the kernel's own TCP/IP, with addresses, routes and
// settings of its own, and nothing of the computer's. Its cards are TAP devices: what the kernel sends comes out of a
// file as Ethernet frames, and what is written into that file the kernel takes for received. In between are the wires
// of this package, which delay, lose and break frames, and write all of them down: one capture for each host, as
// pcapng.
//
//	host a                        wire a>b                                       host b
//	kernel -> card (TAP) -> [a.pcapng] -> queue -> rate -> loss -> delay -> [b.pcapng] -> card (TAP) -> kernel
//
// What gets lost is no matter of luck, but of the seed: see Lost.
//
// Namespaces take rights, which everybody has in a user namespace of his own (user_namespaces(7)). A process with
// several threads can't enter one, and every Go program has several. So the program starts itself a second time inside:
// Enter, which has to come before New. When it ends, killed or not, all that is in the box ends with it.
//
// On other systems all of this compiles, and New returns an error.
package netbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// What a network may take at most.
const (
	maxHosts    = 64
	maxCards    = 256
	maxPrograms = 64
	maxFlying   = 32 << 20         // bytes under way in one direction of a link
	maxCapture  = 64 << 20         // bytes of one capture
	maxLife     = 20 * time.Minute // of a network: what is forgotten ends
)

// Net is a network.
type Net struct {
	seed   uint64
	folder string
	silent bool // captures have no comments

	mu       sync.Mutex // guards what follows
	err      error      // the first thing that failed while it was built
	names    []string   // of hosts, also of those that could not be made
	hosts    []*Host
	ways     map[string]*way // by name: "a>b"
	switches int
	cards    int
	programs []*Program
	other    []string // see Otherwise
	closed   bool

	running sync.WaitGroup // readers of cards, and those who deliver
	ended   chan struct{}
	tooLong *time.Timer
}

// Check tells whether New can make a network here. Its error is that of New, before anything is begun.
func Check() error { return supported() }

// New makes an empty network. The seed decides what its wires do to frames. Captures are written into a folder; "" is
// for none.
func New(seed uint64, folder string) (*Net, error) {
	if err := supported(); err != nil {
		return nil, err
	}
	if folder != "" {
		if err := os.MkdirAll(folder, 0o777); err != nil {
			return nil, err
		}
	}
	n := &Net{seed: seed, folder: folder, ways: map[string]*way{}, ended: make(chan struct{})}
	n.tooLong = time.AfterFunc(maxLife, func() { n.Close() })
	n.running.Go(n.flushNowAndThen)
	return n, nil
}

// Silent lets the captures say nothing of what became of a frame, for who has to find that out himself. It is called
// before the first host is made.
func (n *Net) Silent() { n.silent = true }

// Err is the first thing that failed while the network was built. The methods that build return no errors, so that a
// network is described in as many lines as it has parts; behind them comes one question.
func (n *Net) Err() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.err
}

// fail remembers an error. It returns whether there is one, now or before.
func (n *Net) fail(doing string, err error) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.err == nil && err != nil {
		n.err = fmt.Errorf("%s: %w", doing, err)
	}
	return n.err != nil
}

var errClosed = errors.New("the network is closed")

// Keep takes back that the network ends after a while by itself: somebody is there who will end it.
func (n *Net) Keep() { n.tooLong.Stop() }

// Close ends programs, hosts and wires, and completes the captures. What fails then is a capture.
func (n *Net) Close() error {
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		<-n.ended
		return nil
	}
	n.closed = true
	if n.err == nil {
		n.err = errClosed
	}
	hosts, ways, programs := n.hosts, n.ways, n.programs
	n.mu.Unlock()
	n.tooLong.Stop()
	for _, p := range programs {
		p.Kill()
	}
	for _, h := range hosts {
		h.unplug()
	}
	for _, w := range ways {
		w.road.close()
	}
	n.stopFlushing()
	n.running.Wait()
	var errs []error
	for _, h := range hosts {
		errs = append(errs, h.record.close())
		h.thread.end()
	}
	return errors.Join(errs...)
}

// Capture is the path of a host's capture.
func (n *Net) Capture(host string) string { return filepath.Join(n.folder, host+".pcapng") }
