// Package sandbox is a network to play in: pollwire lab sandbox FILE. The file says what there is, a part a line:
//
//	host a b                                   # computers
//	router r                                   # computers that pass on what is for others
//	switch s
//	link a 10.0.1.1/24  r 10.0.1.254/24  delay 20ms loss 1%
//	link r 10.0.2.254/24  s                    # a card, and a port of a switch, which has no address
//	link b 10.0.2.1/24  s  rate 8M queue 20
//	route a 10.9.0.0/16 via 10.0.1.254         # by hand; without such lines each host finds its ways by itself
//
// Behind the two ends of a link stands how it is: delay 20ms, jitter 5ms, rate 8M (bits a second), queue 20 (frames),
// loss 1%, double 1%, reorder 1%, mtu 1400. What is behind # is for people.
package sandbox

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"pollwire/lab/netbox"
)

// Topology is a file that was read.
type Topology struct {
	hosts    []string
	routers  map[string]bool
	switches map[string]bool
	links    []link
	routes   map[string][]route // by host, those that were written by hand
}

type link struct {
	ends       [2]end
	conditions conditions
}

// end is a card of a host with its addresses, or a port of a switch.
type end struct {
	name  string
	addrs []netip.Prefix
}

type conditions struct {
	options []netbox.Option
	mtu     int
}

// route is a way to a network by a router.
type route struct {
	to  netip.Prefix
	via netip.Addr
}

// words are those of the prompt: no host can be called so.
var words = []string{"capture", "link", "hosts", "help", "exit"}

const maxParts = 64 // hosts and switches, and links

// Parse reads a topology. An error names its line: FILE:3: what was expected.
func Parse(file, text string) (*Topology, error) {
	t := &Topology{routers: map[string]bool{}, switches: map[string]bool{}, routes: map[string][]route{}}
	n := 0
	for line := range strings.Lines(text) {
		n++
		line, _, _ = strings.Cut(line, "#")
		if err := t.line(strings.Fields(line)); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
	}
	if len(t.hosts) == 0 {
		return nil, fmt.Errorf("%s: it has no host: a line like \"host a b\"", file)
	}
	return t, nil
}

func (t *Topology) line(fields []string) error {
	if len(fields) == 0 {
		return nil
	}
	switch kind, rest := fields[0], fields[1:]; kind {
	case "host", "router", "switch":
		return t.parts(kind, rest)
	case "link":
		return t.link(rest)
	case "route":
		return t.route(rest)
	default:
		return fmt.Errorf("%.30q: a line begins with host, router, switch, link or route", kind)
	}
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9]{0,14}$`)

// parts are hosts, routers or switches.
func (t *Topology) parts(kind string, names []string) error {
	if len(names) == 0 {
		return fmt.Errorf("%s: its name is missing", kind)
	}
	for _, name := range names {
		switch {
		case !nameForm.MatchString(name):
			return fmt.Errorf("%.30q: a name is a word of at most 15 small letters and digits, a letter first", name)
		case slices.Contains(words, name):
			return fmt.Errorf("%s is a word of the prompt: another name", name)
		case t.known(name):
			return fmt.Errorf("%s is there already", name)
		case len(t.hosts)+len(t.switches) == maxParts:
			return fmt.Errorf("%s is one too many: there are %d", name, maxParts)
		}
		if kind == "switch" {
			t.switches[name] = true
			continue
		}
		t.hosts = append(t.hosts, name)
		t.routers[name] = kind == "router"
	}
	return nil
}

func (t *Topology) known(name string) bool { return t.switches[name] || slices.Contains(t.hosts, name) }

// link reads "A ADDRESS... B ADDRESS... OPTION VALUE...".
func (t *Topology) link(fields []string) (err error) {
	var l link
	for i := range l.ends {
		if l.ends[i], fields, err = t.end(fields, l.ends[0]); err != nil {
			return err
		}
	}
	a, b := l.ends[0].name, l.ends[1].name
	switch {
	case a == b:
		return fmt.Errorf("%s is linked to itself", a)
	case t.switches[a] && t.switches[b]:
		return fmt.Errorf("%s and %s are both switches: a switch is linked to hosts and routers", a, b)
	case len(t.links) == maxParts:
		return fmt.Errorf("this link is one too many: there are %d", maxParts)
	}
	if l.conditions, err = readConditions(fields); err != nil {
		return err
	}
	t.links = append(t.links, l)
	return nil
}

// end reads an end of a link; first is the one before, if there is one.
func (t *Topology) end(fields []string, first end) (e end, rest []string, err error) {
	if len(fields) == 0 {
		return e, nil, fmt.Errorf("a link has two ends, each a name and its addresses: link a 10.0.0.1/24 b 10.0.0.2/24")
	}
	e.name = fields[0]
	if !t.known(e.name) {
		return e, nil, fmt.Errorf("%.30q: no host, router or switch of this name stands above", e.name)
	}
	for fields = fields[1:]; len(fields) > 0 && strings.ContainsAny(fields[0], "./:") && !isNumber(fields[0]); {
		p, err := address(fields[0], append(t.ends(), first, e))
		if err != nil {
			return e, nil, err
		}
		e.addrs, fields = append(e.addrs, p), fields[1:]
	}
	if len(e.addrs) > 0 && t.switches[e.name] {
		return e, nil, fmt.Errorf("%s is a switch, and a port of a switch has no address", e.name)
	}
	return e, fields, nil
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

func (t *Topology) ends() (all []end) {
	for _, l := range t.links {
		all = append(all, l.ends[:]...)
	}
	return all
}

// address reads one that none of these cards has.
func address(text string, cards []end) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, fmt.Errorf("%.60q is no address with its network, like 10.0.0.1/24 or fd00::1/64", text)
	}
	for _, e := range cards {
		if slices.ContainsFunc(e.addrs, func(o netip.Prefix) bool { return o.Addr() == p.Addr() }) {
			return p, fmt.Errorf("%v is an address of %s already", p.Addr(), e.name)
		}
	}
	return p, nil
}

// route reads "HOST NETWORK via ROUTER".
func (t *Topology) route(fields []string) error {
	if len(fields) != 4 || fields[2] != "via" {
		return fmt.Errorf("a route is: route HOST NETWORK via ADDRESS, like route a 10.9.0.0/16 via 10.0.1.254")
	}
	to, errTo := netip.ParsePrefix(fields[1])
	via, errVia := netip.ParseAddr(fields[3])
	switch host := fields[0]; {
	case !slices.Contains(t.hosts, host):
		return fmt.Errorf("%.30q: no host or router of this name stands above", host)
	case errTo != nil:
		return fmt.Errorf("%.60q is no network, like 10.9.0.0/16, or 0.0.0.0/0 for all", fields[1])
	case errVia != nil || via.Zone() != "":
		return fmt.Errorf("%.60q is no address, like 10.0.1.254", fields[3])
	case to.Addr().Is4() != via.Is4():
		return fmt.Errorf("%v and %v are of different versions of IP", to, via)
	default:
		t.routes[host] = append(t.routes[host], route{to.Masked(), via})
	}
	return nil
}

// readConditions reads "delay 20ms loss 1%".
func readConditions(fields []string) (c conditions, err error) {
	for ; len(fields) > 0; fields = fields[2:] {
		name := fields[0]
		if len(fields) == 1 {
			return c, fmt.Errorf("%.30q: behind the two ends stand pairs like delay 20ms", name)
		}
		if err := c.read(name, fields[1]); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c *conditions) read(name, value string) error {
	var o netbox.Option
	d, durationErr := time.ParseDuration(value)
	durationErr = orOut(durationErr, d >= 0 && d <= 10*time.Second)
	n, numberErr := strconv.Atoi(value)
	part, partErr := readPart(value)
	bits, bitsErr := readBits(value)
	err, example := durationErr, "20ms, at most 10s"
	switch name {
	case "delay":
		o = netbox.Delay(d)
	case "jitter":
		o = netbox.Jitter(d)
	case "rate":
		o, err, example = netbox.Rate(bits), bitsErr, "8M or 512k, bits a second"
	case "queue":
		o, err, example = netbox.Queue(n), orOut(numberErr, n >= 0 && n <= 100_000), "20, frames"
	case "loss":
		o, err, example = netbox.Loss(part), partErr, "1%"
	case "double":
		o, err, example = netbox.Double(part), partErr, "1%"
	case "reorder":
		o, err, example = netbox.Reorder(part, 30*time.Millisecond), partErr, "1%"
	case "mtu":
		c.mtu, err, example = n, orOut(numberErr, n >= 68 && n <= 9000), "1400, from 68 to 9000 bytes"
	default:
		return fmt.Errorf("%.30q: a link has delay, jitter, rate, queue, loss, double, reorder and mtu", name)
	}
	if err != nil {
		return fmt.Errorf("%s %.30q: expected is something like %s", name, value, example)
	}
	if o != nil {
		c.options = append(c.options, o)
	}
	return nil
}

func orOut(err error, within bool) error {
	if err == nil && !within {
		return strconv.ErrRange
	}
	return err
}

// readPart reads 1% or 0.01.
func readPart(text string) (float64, error) {
	number, percent := strings.CutSuffix(text, "%")
	f, err := strconv.ParseFloat(number, 64)
	if percent {
		f /= 100
	}
	return f, orOut(err, f >= 0 && f <= 1)
}

// readBits reads 8M, 512k or 9600.
func readBits(text string) (float64, error) {
	unit := 1.0
	for suffix, u := range map[string]float64{"k": 1e3, "M": 1e6, "G": 1e9} {
		if number, found := strings.CutSuffix(text, suffix); found {
			text, unit = number, u
			break
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	return f * unit, orOut(err, f*unit >= 1000 && f*unit <= 1e11)
}
