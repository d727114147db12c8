package netbox

import "net/netip"

// Forward makes a router of the host: what is for others it sends on by its routes, with one taken off the TTL (RFC
// 1812 §5.2.3, RFC 8200 §3). It tells of each packet that it throws away; by itself Linux tells one computer not more
// than once a second (RFC 1812 §4.3.2.8), which in a capture looks like silence.
func (h *Host) Forward() *Host {
	h.build("make a router of host "+h.Name, func() error {
		for _, s := range []Setting{Sysctl("ipv4/ip_forward", "1"), Sysctl("ipv4/icmp_ratelimit", "0")} {
			if err := setSysctl(s); err != nil {
				return err
			}
		}
		setSysctl(Sysctl("ipv6/conf/all/forwarding", "1")) // a kernel without IPv6 forwards none
		setSysctl(Sysctl("ipv6/icmp/ratelimit", "0"))
		return nil
	})
	return h
}

// Prohibit lets the host refuse what is for a network, and say so to the sender: communication administratively
// prohibited (RFC 1812 §5.2.7.1).
func (h *Host) Prohibit(network string) *Host {
	h.build("prohibit "+network+" at host "+h.Name, func() error {
		dst, err := netip.ParsePrefix(network)
		if err != nil {
			return err
		}
		return prohibit(dst)
	})
	return h
}

// Route sends packets to a network by way of a router: "0.0.0.0/0" or "::/0" are all that no other route is for.
func (h *Host) Route(network, via string) *Host {
	h.build("route of host "+h.Name, func() error {
		dst, err := netip.ParsePrefix(network)
		if err != nil {
			return err
		}
		router, err := netip.ParseAddr(via)
		if err != nil {
			return err
		}
		return addRoute(dst, router)
	})
	return h
}
