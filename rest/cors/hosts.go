package cors

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"
)

// fresh is for how long a list of own hosts is good. A laptop changes networks while the server runs.
const fresh = 10 * time.Second

// OwnHosts returns a func that lists the names and addresses by which a browser may reach this machine: localhost,
// the host name, that name under mDNS (RFC 6762 §3: .local), and the address of every interface.
// A name that only a DNS server knows is not among them: more are further names.
func OwnHosts(more ...string) func() []string {
	h := &hosts{look: func() []string { return append(look(), more...) }, now: time.Now}
	return h.list
}

type hosts struct {
	look func() []string
	now  func() time.Time

	mu     sync.Mutex // guards known and looked
	known  []string   // replaced, never written to: callers read it without the lock
	looked time.Time
}

func (h *hosts) list() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := h.now(); h.known == nil || now.Sub(h.looked) >= fresh {
		h.known, h.looked = h.look(), now
	}
	return h.known
}

func look() []string {
	list := []string{"localhost", "127.0.0.1", "::1"}
	if name, err := os.Hostname(); err == nil && name != "" {
		name = strings.ToLower(name)
		// A full name (pc7.school.example) is known to its neighbours by its first part as well.
		short, _, _ := strings.Cut(name, ".")
		list = append(list, name, short, short+".local")
	}
	addrs, _ := net.InterfaceAddrs() // without them, the names above still hold
	for _, a := range addrs {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			list = append(list, prefix.Addr().String())
		}
	}
	return list
}
