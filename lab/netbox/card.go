package netbox

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// Card is a network card of a host: a TAP device.
type Card struct {
	Name  string           // as the host calls it: eth0, eth1, ...
	MAC   net.HardwareAddr // 02:00:00:00:01:00 is the first card of the first host
	Addrs []netip.Prefix

	host  *Host
	tap   *os.File
	index int    // as the kernel calls it
	iface uint32 // as the capture calls it
	way   *way   // what leaves the card takes it; nil: no cable

	take func(frame []byte) // see Take; net.mu guards it
}

// ethernetHeader are the two addresses and the type (IEEE 802.3 §3.1). The checksum behind a frame is the hardware's,
// and there is none.
const ethernetHeader = 14

// Card gives the host one more card, with addresses like "10.0.0.1/24" or "fd00::1/64".
func (h *Host) Card(addrs ...string) *Card {
	number := len(h.cards)
	c := &Card{Name: fmt.Sprintf("eth%d", number), host: h, iface: uint32(number),
		MAC: net.HardwareAddr{2, 0, 0, 0, byte(h.number), byte(number)}} // 02: given by hand (IEEE 802 §8.4.2)
	doing := fmt.Sprintf("card %s of host %s", c.Name, h.Name)
	if h.net.fail(doing, c.parse(addrs)) || h.net.fail(doing, h.net.countCard()) {
		return c
	}
	h.build(doing, c.begin)
	if c.tap != nil {
		h.plug(c)
	}
	return c
}

// plug lets a card that is made be read, as long as the network is not closed.
func (h *Host) plug(c *Card) {
	h.record.card(c)
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	h.cards = append(h.cards, c)
	if h.net.closed {
		c.tap.Close()
		return
	}
	h.net.running.Go(c.read)
}

func (c *Card) parse(addrs []string) error {
	for _, a := range addrs {
		p, err := netip.ParsePrefix(a)
		if err != nil {
			return err
		}
		c.Addrs = append(c.Addrs, p)
	}
	return nil
}

func (n *Net) countCard() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cards++; n.cards > maxCards {
		return fmt.Errorf("there are %d cards already", maxCards)
	}
	return nil
}

// begin makes the device. It has no cable yet: what it sends is thrown away.
func (c *Card) begin() (err error) {
	if c.tap, err = openTAP(c.Name); err != nil {
		return err
	}
	i, err := net.InterfaceByName(c.Name)
	if err != nil {
		return err
	}
	c.index = i.Index
	if err = setMAC(c.index, c.MAC); err != nil {
		return err
	}
	for _, a := range c.Addrs {
		if a.Addr().Is6() {
			if err = setSysctl(Sysctl("ipv6/conf/"+c.Name+"/disable_ipv6", "0")); err != nil {
				return err
			}
		}
	}
	if err = linkUp(c.Name); err != nil {
		return err
	}
	for _, a := range c.Addrs {
		if err = addAddress(c.index, a); err != nil {
			return err
		}
	}
	return nil
}

// carrier plugs the cable in or out, and waits until the kernel has noticed: it drops what is sent before that.
func (c *Card) carrier(plugged bool) error {
	return c.host.thread.do(func() error {
		if err := setCarrier(c.tap, plugged); err != nil {
			return err
		}
		for range 2000 { // Linux notices that a cable is out once a second
			i, err := net.InterfaceByIndex(c.index)
			time.Sleep(time.Millisecond) // also then: the flag is a little ahead of what it tells
			if err != nil || i.Flags&net.FlagRunning != 0 == plugged {
				return err
			}
		}
		return errors.New("the kernel does not notice")
	})
}

// Addr is the card's first address of IPv4, or of IPv6 where it has no other.
func (c *Card) Addr() netip.Addr {
	for _, a := range c.Addrs {
		if a.Addr().Is4() {
			return a.Addr()
		}
	}
	if len(c.Addrs) > 0 {
		return c.Addrs[0].Addr()
	}
	return netip.Addr{}
}

// MTU sets how many bytes behind the Ethernet header a frame of this card may have: 1500 if nobody says otherwise.
func (c *Card) MTU(bytes int) *Card {
	c.host.build(fmt.Sprintf("MTU of %s", c), func() error { return setMTU(c.index, bytes) })
	return c
}

// ListenPacket takes datagrams that come to this card, and sends by it, also where the host has no address yet.
func (c *Card) ListenPacket(network, address string) (net.PacketConn, error) {
	bind := func(_, _ string, raw syscall.RawConn) (err error) {
		failed := raw.Control(func(fd uintptr) { err = bindToDevice(fd, c.Name) })
		return cmp.Or(err, failed)
	}
	return c.host.ListenPacketBy(&net.ListenConfig{Control: bind}, network, address)
}

// AddAddress gives the card one more address while it runs.
func (c *Card) AddAddress(addr string) {
	p, err := netip.ParsePrefix(addr)
	if c.host.net.fail("address", err) {
		return
	}
	c.host.build("address of "+c.String(), func() error { return addAddress(c.index, p) })
}

// RemoveAddress takes one away.
func (c *Card) RemoveAddress(addr string) {
	p, err := netip.ParsePrefix(addr)
	if c.host.net.fail("address", err) {
		return
	}
	c.host.build("address of "+c.String(), func() error { return removeAddress(c.index, p) })
}

// Neighbour is what a host knows of another one on the same link: RFC 826 (ARP), RFC 4861 §5.1.
type Neighbour struct {
	Addr  netip.Addr
	MAC   net.HardwareAddr
	State string // reachable, stale, ...
}

// Neighbours are those that the host knows of by this card.
func (c *Card) Neighbours() (all []Neighbour) {
	c.host.build("neighbours of "+c.String(), func() (err error) {
		all, err = neighbours(c.index)
		return err
	})
	return all
}

// Forget takes a neighbour out of the host's table: it has to be asked for again.
func (c *Card) Forget(addr netip.Addr) {
	c.host.build("forget a neighbour", func() error { return forget(c.index, addr) })
}

func (c *Card) String() string { return c.Name + " of host " + c.host.Name }

// read takes what the kernel sends, until the card is gone.
func (c *Card) read() {
	buf := make([]byte, 1<<16+ethernetHeader)
	for {
		size, err := c.tap.Read(buf)
		if err != nil {
			return
		}
		c.leave(append([]byte(nil), buf[:size]...))
	}
}

// leave writes a frame down, with its fate, and sends it on its way.
func (c *Card) leave(frame []byte) {
	c.host.net.mu.Lock()
	w := c.way
	c.host.net.mu.Unlock()
	if w == nil {
		return // no cable
	}
	now := time.Now()
	fate, deliver := w.send(frame, now)
	c.host.record.frame(c.iface, frame, now, fate)
	deliver()
}

// Send lets a frame leave that the kernel has not made: whoever can write bytes can write any.
func (c *Card) Send(frame []byte) {
	if len(frame) < ethernetHeader || c.host.net.fail("", nil) {
		return
	}
	c.leave(frame)
}

// Take gives what arrives at this card to a program of ours, and none of it to the kernel. A host all of whose cards
// are taken is whatever the program is: with Send it answers, forwards, changes. The frame is not the program's to
// change, as others may have the same. Frames from several cables come at the same time.
func (c *Card) Take(take func(frame []byte)) {
	c.host.net.mu.Lock()
	defer c.host.net.mu.Unlock()
	c.take = take
}

// arrive gives the kernel a frame. It is written down before the kernel has it: an answer must not come first.
func (c *Card) arrive(frame []byte, note string) {
	c.host.record.frame(c.iface, frame, time.Now(), note)
	c.host.net.mu.Lock()
	take := c.take
	c.host.net.mu.Unlock()
	if take != nil {
		take(frame)
		return
	}
	c.tap.Write(frame) // an error is that of a card that is gone
}
