package lessons

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pollwire/lab/netbox"
)

// Lessons in a network of their own: package netbox. They need no server, and write the captures themselves: one for
// each host, FOLDER/LESSON/HOST.pcapng.

// DefaultCaptures is the folder of captures, in the current folder.
const DefaultCaptures = "pollwire-captures"

// OnLoopback are the lessons that are played between this program and a server.
func OnLoopback() []Lesson { return slices.DeleteFunc(All(), func(l Lesson) bool { return l.Box }) }

// Boxed are the lessons with a network of their own.
func Boxed() []Lesson { return slices.DeleteFunc(All(), func(l Lesson) bool { return !l.Box }) }

// errTold: the program's second self has said what is wrong.
var errTold = errors.New("it was told")

// inBox runs this program once more where it may make networks, with these words behind `pollwire lab`.
func inBox(ctx context.Context, words []string) error {
	status, err := netbox.Enter(ctx, append([]string{"lab"}, words...))
	if err == nil && status != 0 {
		err = errTold
	}
	return err
}

// playBoxed plays lessons in networks: here, or in the program's second self.
func (o *options) playBoxed(ctx context.Context, wanted []Lesson, w io.Writer, newServer Start) error {
	if !netbox.Inside() {
		words := slices.Clone(o.given)
		for _, l := range wanted {
			words = append(words, l.Name)
		}
		if err := inBox(ctx, words); err != errTold {
			return o.doWithout(ctx, w, wanted, err)
		}
		return errTold
	}
	if err := netbox.Check(); err != nil {
		return o.doWithout(ctx, w, wanted, err) // told once, for all lessons
	}
	return each(ctx, wanted, func(l Lesson) error {
		st, stop, err := stageInBox(l, o.seed, o.captures, newServer)
		if err != nil {
			return err
		}
		st.KeyLog, st.Transfers = o.keyLog, o.transfers
		if err := errors.Join(o.playOne(ctx, st, l, w), stop()); err != nil {
			return err
		}
		return o.drawn(ctx, l, w)
	})
}

// stageInBox is one for a lesson in a network: its own one, or that of -net.
func stageInBox(l Lesson, seed uint64, captures string, newServer Start) (st *Stage, stop func() error, err error) {
	if l.Box {
		return &Stage{Captures: captures, Seed: seed}, func() error { return nil }, nil
	}
	st, stop, err = Across(seed, filepath.Join(captures, l.Name), newServer)
	if err == nil {
		st.Captures, st.Seed = captures, seed
		st.reserveAny(l)
	}
	return st, stop, err
}

// apart takes out the lessons that are to be played over loopback though they could have a network of their own.
func (o *options) apart(wanted []Lesson) (rest, over []Lesson) {
	for _, l := range wanted {
		if l.Loopback && (o.loopback || o.captureReal != "") {
			over = append(over, l)
		} else {
			rest = append(rest, l)
		}
	}
	return rest, over
}

// doWithout plays over loopback what can do without a network in a box, if there is an error why there can be none.
func (o *options) doWithout(ctx context.Context, w io.Writer, wanted []Lesson, why error) error {
	able := slices.DeleteFunc(slices.Clone(wanted), func(l Lesson) bool { return !l.Loopback })
	if why == nil || len(able) == 0 {
		return orReady(why, wanted)
	}
	err := o.playOverLoopback(ctx, w, able, why)
	if len(able) == len(wanted) {
		return err // they say why themselves
	}
	unable := slices.DeleteFunc(slices.Clone(wanted), func(l Lesson) bool { return l.Loopback })
	return errors.Join(orReady(why, unable), err)
}

// playOverLoopback plays lessons within this program: no server takes part. why is why they have no network of their
// own, or nil if somebody wants it so.
func (o *options) playOverLoopback(ctx context.Context, w io.Writer, wanted []Lesson, why error) error {
	if o.capture != "" {
		return ofFlag("capture", showable(wanted))
	}
	st := &Stage{Host: "127.0.0.1", Seed: o.seed, Transfers: o.transfers, onLoopback: true, noBox: why}
	if err := st.Reserve(wanted); err != nil {
		return err
	}
	return o.captured(ctx, st, wanted, func() error { return o.play(ctx, st, wanted, w) })
}

// Network makes the lesson's own network. It ends with the scene.
func (s *Scene) Network() *netbox.Net {
	folder := ""
	if s.Captures != "" {
		folder = filepath.Join(s.Captures, s.lesson)
	}
	n, err := netbox.New(s.Seed, folder)
	if err != nil {
		s.Fail("%w", err)
	}
	s.nets = append(s.nets, n)
	context.AfterFunc(s.ctx, func() { n.Close() })
	return n
}

// closeNets completes the captures.
func (s *Scene) closeNets() (err error) {
	for _, n := range s.nets {
		err = errors.Join(err, n.Close())
	}
	return err
}

// Built ends the scene if a part of the network could not be made.
func (s *Scene) Built(n *netbox.Net) {
	s.Check("build the network", n.Err())
	s.Stage.otherwise = n.Otherwise()
}

// tellOtherwise tells what of a network is not as everywhere. The promises of the lessons hold all the same, so it is
// part of no lesson and no sheet.
func (st *Stage) tellOtherwise(tell func(Event), lesson string) {
	for _, other := range st.otherwise {
		tell(Event{Type: Note, Lesson: lesson, Text: Text{"This system does not let hosts have all settings that are " +
			"usual here: %s.",
			"이 시스템에서는 호스트에 늘 쓰는 설정을 다 할 수 없다: %s."}.With(other)})
	}
}

// At says in which host's capture the filters that follow find their packets.
func (s *Scene) At(h *netbox.Host) { s.host = h.Name }

// DialFrom connects from a host of the network.
func (s *Scene) DialFrom(h *netbox.Host, network, addr string) *Conn {
	conn, err := h.Dial(network, addr)
	s.Check("connect", err)
	return s.Use(conn, addr)
}

// ListenAt waits for connections at a host. It is closed when the scene ends.
func (s *Scene) ListenAt(h *netbox.Host, addr string) net.Listener {
	l, err := h.Listen("tcp", addr)
	s.Check("listen", err)
	context.AfterFunc(s.ctx, func() { l.Close() })
	return l
}

// Until waits until something is so.
func (s *Scene) Until(what string, so func() bool) {
	for end := time.Now().Add(patience); !so(); s.Pause(10 * time.Millisecond) {
		s.Must(time.Now().Before(end), "%s: waited for %v", what, patience)
	}
}

// Neighbours tells what a host knows of those on its link.
func (s *Scene) Neighbours(h *netbox.Host, c *netbox.Card) {
	var rows [][]string
	for _, n := range c.Neighbours() {
		if n.Addr.Is4() {
			rows = append(rows, []string{n.Addr.String(), n.MAC.String()})
		}
	}
	slices.SortFunc(rows, slices.Compare)
	s.Table(Text{"Host %s knows IP address\tMAC address", "호스트 %s가 아는 IP 주소\tMAC " +
		"주소"}.With(h.Name), rows...)
}

// capturesOf is where the captures of a lesson are, as they are told.
func (st *Stage) capturesOf(lesson string) string {
	if st.Captures == "" {
		return ""
	}
	return filepath.Join(st.Captures, lesson)
}

// inCapture says how many packets a filter finds, and in which file if there are several.
func inCapture(e Event) Text {
	if e.Host == "" {
		return count(e)
	}
	n := count(e)
	return Text{e.Host + ".pcapng, " + n[EN], e.Host + ".pcapng, " + n[KO]}
}

// ownCaptures is an error if lessons that write their captures themselves are to be captured otherwise.
func (o *options) ownCaptures(boxed []Lesson) error {
	if o.net && (o.url != "" || o.own) {
		return errors.New("-net and -url or -own: the network has a server of its own")
	}
	if len(boxed) == 0 || o.capture == "" && o.captureReal == "" {
		return nil
	}
	var names []string
	for _, l := range boxed {
		names = append(names, l.Name)
	}
	return fmt.Errorf("-capture, -capture-real: %s: a network of its own, with captures of its own in the folder of "+
		"-captures", strings.Join(names, ", "))
}

// profile prints a profile for AppArmor.
func profile(w io.Writer) error {
	text, err := netbox.Profile()
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	return err
}

// echoes is a host's socket for ICMP (RFC 792). It takes root's rights, which everybody has in a box.
type echoes struct {
	scene *Scene
	conn  net.PacketConn
	id    uint16
}

func (s *Scene) echoes(h *netbox.Host, own string) *echoes { return s.messages(h, "ip4:icmp", own) }

// messages hears ICMP for an address of a host, that of IPv4 or of IPv6 ("ip6:ipv6-icmp", RFC 4443).
func (s *Scene) messages(h *netbox.Host, network, own string) *echoes {
	c, err := h.ListenPacket(network, own)
	s.Check("open a socket for ICMP", err)
	context.AfterFunc(s.ctx, func() { c.Close() })
	return &echoes{s, c, uint16(os.Getpid())}
}

// ping asks for an echo and waits for it. Type 8 is the question, 0 the answer (RFC 792, p. 14).
func (e *echoes) ping(to string, seq int, text string) {
	e.send(to, seq, text)
	e.scene.Must(e.hears(0, seq, patience), "no echo of %s came from %s", text, to)
	e.scene.say(Event{Type: Received, Lines: []string{fmt.Sprintf("echo reply %d: %s", seq, text)}})
}

func (e *echoes) send(to string, seq int, text string) {
	m := append([]byte{8, 0, 0, 0, byte(e.id >> 8), byte(e.id), byte(seq >> 8), byte(seq)}, text...)
	sum := checksum(m)
	m[2], m[3] = byte(sum>>8), byte(sum)
	_, err := e.conn.WriteTo(m, &net.IPAddr{IP: net.ParseIP(to)})
	e.scene.Check("send", err)
	e.scene.say(Event{Type: Sent, Lines: []string{fmt.Sprintf("echo request %d to %s: %s", seq, to, text)}})
}

// hears waits for a message of a type with our number.
func (e *echoes) hears(kind byte, seq int, wait time.Duration) bool {
	e.conn.SetReadDeadline(time.Now().Add(wait))
	buf := make([]byte, 1<<16)
	for {
		n, _, err := e.conn.ReadFrom(buf)
		if err != nil {
			return false
		}
		if n >= 8 && buf[0] == kind && buf[6] == byte(seq>>8) && buf[7] == byte(seq) {
			return true
		}
	}
}

// checksum is that of the internet (RFC 1071): the sum of all 16-bit words in ones' complement, turned over.
func checksum(b []byte) uint16 {
	sum := uint32(0)
	for i := 0; i < len(b); i++ {
		sum += uint32(b[i]) << (8 * (1 - i%2))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}
