package sandbox

import "net/netip"

// A host that nobody has told otherwise finds its ways: by the fewest routers to each network. That is what a routing
// protocol would come to.

// waysOf are the routes of a host.
func (t *Topology) waysOf(host string) []route {
	if byHand := t.routes[host]; byHand != nil {
		return byHand
	}
	all := append(t.search(host, netip.Addr.Is4), t.search(host, netip.Addr.Is6)...)
	if t.routers[host] {
		return all
	}
	return byDefault(all)
}

// byDefault is one route for all, in each version of IP, where all go by the same router.
func byDefault(all []route) (short []route) {
	for _, any := range []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")} {
		var of []route
		same := true
		for _, r := range all {
			if r.via.Is4() == any.Addr().Is4() {
				of = append(of, r)
				same = same && r.via == of[0].via
			}
		}
		if same && len(of) > 0 {
			of = []route{{any, of[0].via}}
		}
		short = append(short, of...)
	}
	return short
}

// step is a router, and by which neighbour of the searching host it is reached.
type step struct {
	name string
	via  netip.Addr
}

// search goes from a host to its neighbours, from these to theirs, and so on: breadth first.
func (t *Topology) search(host string, family func(netip.Addr) bool) (found []route) {
	known := map[netip.Prefix]bool{}
	for _, p := range t.addrsOf(host, family) {
		known[p.Masked()] = true
	}
	seen := map[string]bool{host: true}
	ahead := t.routersBeside(host, family)
	for len(ahead) > 0 {
		s := ahead[0]
		ahead = ahead[1:]
		if seen[s.name] {
			continue
		}
		seen[s.name] = true
		for _, p := range t.addrsOf(s.name, family) {
			if !known[p.Masked()] {
				known[p.Masked()] = true
				found = append(found, route{p.Masked(), s.via})
			}
		}
		for _, next := range t.routersBeside(s.name, family) {
			ahead = append(ahead, step{next.name, s.via})
		}
	}
	return found
}

// addrsOf are all addresses of a host in a version of IP.
func (t *Topology) addrsOf(host string, family func(netip.Addr) bool) (all []netip.Prefix) {
	for _, l := range t.links {
		for _, e := range l.ends {
			for _, p := range e.addrs {
				if e.name == host && family(p.Addr()) {
					all = append(all, p)
				}
			}
		}
	}
	return all
}

// routersBeside are those with which a host has a network in common, on the same wire or switch.
func (t *Topology) routersBeside(host string, family func(netip.Addr) bool) (all []step) {
	for _, l := range t.links {
		for i, own := range l.ends {
			if own.name != host {
				continue
			}
			for _, other := range t.onWire(l.ends[1-i]) {
				if s, ok := beside(own, other, family); ok && t.routers[other.name] && other.name != host {
					all = append(all, s)
				}
			}
		}
	}
	return all
}

// onWire are the cards that are reached by an end: itself, or all that are linked to the switch that it is.
func (t *Topology) onWire(e end) (all []end) {
	if !t.switches[e.name] {
		return []end{e}
	}
	for _, l := range t.links {
		for i := range l.ends {
			if l.ends[i].name == e.name {
				all = append(all, l.ends[1-i])
			}
		}
	}
	return all
}

func beside(own, other end, family func(netip.Addr) bool) (step, bool) {
	for _, a := range own.addrs {
		for _, b := range other.addrs {
			if family(a.Addr()) && family(b.Addr()) && a.Masked().Contains(b.Addr()) {
				return step{other.name, b.Addr()}, true
			}
		}
	}
	return step{}, false
}
