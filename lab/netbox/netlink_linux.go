package netbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
)

// Netlink is how a program asks the kernel for addresses and routes (RFC 3549, rtnetlink(7)). A message is a header of
// 16 bytes, a fixed part that depends on its type, and attributes, each with its length and its type in front. All of
// it is in the byte order of the machine.

var native = binary.NativeEndian

// message is a request while it is written.
type message []byte

func (m *message) attribute(kind uint16, value []byte) {
	*m = native.AppendUint16(*m, uint16(4+len(value)))
	*m = native.AppendUint16(*m, kind)
	*m = append(*m, value...)
	for len(*m)%4 != 0 {
		*m = append(*m, 0)
	}
}

func number(n int) []byte { return native.AppendUint32(nil, uint32(n)) }

// request sends a message to the kernel and waits for its answer. each is called for what the kernel lists.
func request(kind, flags uint16, body message, each func(body []byte)) error {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, syscall.NETLINK_ROUTE)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer syscall.Close(fd)
	m := native.AppendUint32(nil, uint32(syscall.NLMSG_HDRLEN+len(body)))
	m = native.AppendUint16(m, kind)
	m = native.AppendUint16(m, flags|syscall.NLM_F_REQUEST|syscall.NLM_F_ACK)
	m = append(native.AppendUint32(m, 1), 0, 0, 0, 0) // the number of the request; the kernel fills in who asks
	if err := syscall.Sendto(fd, append(m, body...), 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return os.NewSyscallError("sendto", err)
	}
	answer := make([]byte, 1<<16)
	for {
		n, _, err := syscall.Recvfrom(fd, answer, 0)
		if err != nil {
			return os.NewSyscallError("recvfrom", err)
		}
		if done, err := readAnswer(answer[:n], each); done || err != nil {
			return err
		}
	}
}

var errShort = errors.New("netlink: a message is shorter than it says")

// readAnswer reads the messages of one answer. done: there are no more.
func readAnswer(b []byte, each func(body []byte)) (done bool, err error) {
	for len(b) > 0 {
		if len(b) < syscall.NLMSG_HDRLEN {
			return false, errShort
		}
		length, kind := int(native.Uint32(b)), native.Uint16(b[4:])
		if length < syscall.NLMSG_HDRLEN || length > len(b) {
			return false, errShort
		}
		body := b[syscall.NLMSG_HDRLEN:length]
		switch kind {
		case syscall.NLMSG_DONE:
			return true, nil
		case syscall.NLMSG_ERROR: // also the acknowledgement, with an error of 0
			if len(body) < 4 {
				return false, errShort
			}
			if code := int32(native.Uint32(body)); code != 0 {
				return false, syscall.Errno(-code)
			}
			return true, nil
		default:
			each(body)
		}
		b = b[min((length+3)&^3, len(b)):]
	}
	return false, nil
}

// attributes are those of a message, by their type.
func attributes(b []byte) map[uint16][]byte {
	all := map[uint16][]byte{}
	for len(b) >= 4 {
		length := int(native.Uint16(b))
		if length < 4 || length > len(b) {
			break
		}
		all[native.Uint16(b[2:])] = b[4:length]
		b = b[min((length+3)&^3, len(b)):]
	}
	return all
}

// family is that of an address.
func family(a netip.Addr) byte {
	if a.Is4() {
		return syscall.AF_INET
	}
	return syscall.AF_INET6
}

// link begins a message about a card: struct ifinfomsg.
func link(index int, flags, change uint32) message {
	m := native.AppendUint32(make(message, 4), uint32(index))
	return native.AppendUint32(native.AppendUint32(m, flags), change)
}

// linkUp switches a card on.
func linkUp(name string) error {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	return request(syscall.RTM_NEWLINK, 0, link(i.Index, syscall.IFF_UP, syscall.IFF_UP), nil)
}

func setMAC(index int, mac net.HardwareAddr) error {
	m := link(index, 0, 0)
	m.attribute(syscall.IFLA_ADDRESS, mac)
	return request(syscall.RTM_NEWLINK, 0, m, nil)
}

func setMTU(index, bytes int) error {
	m := link(index, 0, 0)
	m.attribute(syscall.IFLA_MTU, number(bytes))
	return request(syscall.RTM_NEWLINK, 0, m, nil)
}

// noDAD is IFA_F_NODAD of linux/if_addr.h: an IPv6 address can be used at once, and not when the kernel has come to see
// that nobody else has it.
const noDAD = 2

// address is a message about an address: struct ifaddrmsg.
func address(index int, p netip.Prefix) message {
	var flags byte
	if p.Addr().Is6() {
		flags = noDAD
	}
	m := append(message{family(p.Addr()), byte(p.Bits()), flags, 0}, number(index)...)
	m.attribute(syscall.IFA_LOCAL, p.Addr().AsSlice())
	m.attribute(syscall.IFA_ADDRESS, p.Addr().AsSlice())
	return m
}

func addAddress(index int, p netip.Prefix) error {
	return request(syscall.RTM_NEWADDR, syscall.NLM_F_CREATE|syscall.NLM_F_EXCL, address(index, p), nil)
}

func removeAddress(index int, p netip.Prefix) error {
	return request(syscall.RTM_DELADDR, 0, address(index, p), nil)
}

// addRoute sends what is for dst to a router: struct rtmsg.
func addRoute(dst netip.Prefix, via netip.Addr) error {
	if dst.Addr().Is4() != via.Is4() {
		return fmt.Errorf("a route to %v by way of %v", dst, via)
	}
	m := message{family(via), byte(dst.Bits()), 0, 0, syscall.RT_TABLE_MAIN, syscall.RTPROT_STATIC,
		syscall.RT_SCOPE_UNIVERSE, syscall.RTN_UNICAST, 0, 0, 0, 0}
	m.attribute(syscall.RTA_DST, dst.Masked().Addr().AsSlice())
	m.attribute(syscall.RTA_GATEWAY, via.AsSlice())
	return request(syscall.RTM_NEWROUTE, syscall.NLM_F_CREATE|syscall.NLM_F_REPLACE, m, nil)
}

// prohibit is a route by which nothing goes.
func prohibit(dst netip.Prefix) error {
	m := message{family(dst.Addr()), byte(dst.Bits()), 0, 0, syscall.RT_TABLE_MAIN, syscall.RTPROT_STATIC,
		syscall.RT_SCOPE_UNIVERSE, syscall.RTN_PROHIBIT, 0, 0, 0, 0}
	m.attribute(syscall.RTA_DST, dst.Masked().Addr().AsSlice())
	return request(syscall.RTM_NEWROUTE, syscall.NLM_F_CREATE|syscall.NLM_F_REPLACE, m, nil)
}

// Attributes and states of neighbours, of which package syscall has none (linux/neighbour.h).
const (
	ndaDst    = 1
	ndaLLAddr = 2
	ndMsg     = 12 // bytes of struct ndmsg
)

var neighbourStates = map[uint16]string{0x01: "incomplete", 0x02: "reachable", 0x04: "stale", 0x08: "delay",
	0x10: "probe", 0x20: "failed", 0x40: "noarp", 0x80: "permanent"}

// neighbours lists those that are known by a card, but those that belong to no computer: multicast has no question.
func neighbours(index int) (all []Neighbour, err error) {
	err = request(syscall.RTM_GETNEIGH, syscall.NLM_F_DUMP, make(message, ndMsg), func(body []byte) {
		if n, of, ok := readNeighbour(body); ok && of == index && n.State != "noarp" {
			all = append(all, n)
		}
	})
	return all, err
}

// readNeighbour reads one of the list, and of which card it is.
func readNeighbour(body []byte) (n Neighbour, index int, ok bool) {
	if len(body) < ndMsg {
		return n, 0, false
	}
	attrs := attributes(body[ndMsg:])
	n.Addr, ok = netip.AddrFromSlice(attrs[ndaDst])
	n.MAC = append(net.HardwareAddr(nil), attrs[ndaLLAddr]...)
	n.State = neighbourStates[native.Uint16(body[8:])]
	return n, int(int32(native.Uint32(body[4:]))), ok
}

func forget(index int, addr netip.Addr) error {
	m := append(message{family(addr), 0, 0, 0}, number(index)...)
	m = append(m, 0, 0, 0, 0)
	m.attribute(ndaDst, addr.AsSlice())
	return request(syscall.RTM_DELNEIGH, 0, m, nil)
}
