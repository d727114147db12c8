package sandbox

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const example = `host a b   # two
router r
switch s
link a 10.0.1.1/24 fd00:1::1/64  r 10.0.1.254/24 fd00:1::fe/64  delay 20ms loss 1% rate 8M
link r 10.0.2.254/24 fd00:2::fe/64  s
link b 10.0.2.1/24 fd00:2::1/64  s  jitter 5ms queue 20 double 0.5% reorder 0.01 mtu 1400
`

func TestAnErrorNamesTheLineAndWhatWasExpected(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      `net: it has no host`,
		"hosts a":                               `net:1: "hosts": a line begins with host, router, switch, link or route`,
		"host":                                  `net:1: host: its name is missing`,
		"host A":                                `net:1: "A": a name is a word`,
		"host a\n\nhost b a":                    `net:3: a is there already`,
		"host link":                             `net:1: link is a word of the prompt`,
		"host a b\nlink a":                      `net:2: a link has two ends`,
		"host a b\nlink a c":                    `net:2: "c": no host, router or switch`,
		"host a\nlink a a":                      `net:2: a is linked to itself`,
		"host a\nswitch s t\nlink s t":          `net:3: s and t are both switches`,
		"host a\nswitch s\nlink a s 1.1.1/8":    `net:3: "1.1.1/8" is no address with its network`,
		"host a\nswitch s\nlink s 10.0.0.1/8 a": `net:3: s is a switch, and a port of a switch has no address`,
		"host a b\nlink a 10.0.0.1 b":           `net:2: "10.0.0.1" is no address with its network`,
		"host a b\nlink a 10.0.0.1/8 b 10.0.0.1/24":            `net:2: 10.0.0.1 is an address of a already`,
		"host a b c\nlink a 10.0.0.1/8 b\nlink c 10.0.0.1/8 b": `net:3: 10.0.0.1 is an address of a already`,
		"host a b\nlink a b delay":                             `net:2: "delay": behind the two ends stand pairs`,
		"host a b\nlink a b delay 20":                          `net:2: delay "20": expected is something like 20ms`,
		"host a b\nlink a b delay 20s":                         `net:2: delay "20s": expected is something like 20ms`,
		"host a b\nlink a b rate fast":                         `net:2: rate "fast": expected is something like 8M`,
		"host a b\nlink a b loss 120%":                         `net:2: loss "120%": expected is something like 1%`,
		"host a b\nlink a b speed 8M":                          `net:2: "speed": a link has delay, jitter`,
		"host a b\nlink a b mtu 12":                            `net:2: mtu "12": expected is something like 1400`,
		"host a\nroute a 10.0.0.0/8":                           `net:2: a route is: route HOST NETWORK via ADDRESS`,
		"host a\nroute b 10.0.0.0/8 via 1.1.1.1":               `net:2: "b": no host or router`,
		"host a\nroute a 10.0.0.0 via 1.1.1.1":                 `net:2: "10.0.0.0" is no network`,
		"host a\nroute a 10.0.0.0/8 via r":                     `net:2: "r" is no address`,
		"host a\nroute a 10.0.0.0/8 via fd00::1":               `net:2: 10.0.0.0/8 and fd00::1 are of different versions`,
		"host " + strings.Repeat("a", 16):                      `net:1: "aaaaaaaaaaaaaaaa": a name is a word`,
		"router r\nhost a\nlink a 10.0.0.1/24 r x/y":           `net:3: "x/y" is no address`,
		example: ``,
	} {
		_, err := Parse("net", text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// ways are the routes of a host as text.
func ways(t *Topology, host string) (all []string) {
	for _, r := range t.waysOf(host) {
		all = append(all, fmt.Sprintf("%v via %v", r.to, r.via))
	}
	return all
}

func TestHostsFindTheirWays(t *testing.T) {
	triangle := `host a
router r1 r2 r3
link a 10.0.0.1/24 r1 10.0.0.254/24
link r1 10.0.12.1/24 r2 10.0.12.2/24
link r2 10.0.23.2/24 r3 10.0.23.3/24
link r1 10.0.13.1/24 r3 10.0.13.3/24
`
	for name, of := range map[string]struct {
		text, host string
		want       []string
	}{
		"a host with one router needs no more": {example, "a", []string{"0.0.0.0/0 via 10.0.1.254",
			"::/0 via fd00:1::fe"}},
		"a router behind a switch": {example, "b", []string{"0.0.0.0/0 via 10.0.2.254", "::/0 via fd00:2::fe"}},
		"a router that has both":   {example, "r", nil},
		"the shorter way":          {triangle, "r1", []string{"10.0.23.0/24 via 10.0.12.2"}},
		"back":                     {triangle, "r3", []string{"10.0.12.0/24 via 10.0.23.2", "10.0.0.0/24 via 10.0.13.1"}},
		"by hand alone": {triangle + "route a 10.0.23.0/24 via 10.0.0.254", "a",
			[]string{"10.0.23.0/24 via 10.0.0.254"}},
		"a computer that is no router": {"host a b c\nlink a 10.0.0.1/24 b 10.0.0.2/24\nlink b 10.0.1.2/24 c 10.0.1.3/24",
			"a", nil},
	} {
		topology, err := Parse(name, of.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := ways(topology, of.host); !slices.Equal(got, of.want) {
			t.Errorf("%s: %q, want %q", name, got, of.want)
		}
	}
}

func TestAShellGetsEachArgumentAsItIs(t *testing.T) {
	if got, want := quoted([]string{"echo", "it's", "$HOME *"}), `'echo' 'it'\''s' '$HOME *'`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What is read is a network whose hosts go to neighbours first; what is not names its line.
func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Add("host a\nrouter r q\nswitch s\nlink a 10.0.0.1/8 s\nlink r 10.0.0.2/8 s\nlink r 11.0.0.1/8 q 11.0.0.2/8")
	f.Add("host a\nroute a ::/0 via fe80::1\nlink")
	position := regexp.MustCompile(`^net(:\d+)?: .`)
	f.Fuzz(func(t *testing.T, text string) {
		topology, err := Parse("net", text)
		if err != nil {
			if !position.MatchString(err.Error()) {
				t.Errorf("%q", err)
			}
			return
		}
		for _, h := range topology.hosts {
			for _, r := range topology.waysOf(h) {
				if topology.routes[h] == nil && !topology.beside(h, r.via) {
					t.Errorf("%s goes by %v, which is on none of its links", h, r.via)
				}
			}
		}
	})
}

func (t *Topology) beside(host string, via netip.Addr) bool {
	all := append(t.routersBeside(host, netip.Addr.Is4), t.routersBeside(host, netip.Addr.Is6)...)
	return slices.ContainsFunc(all, func(s step) bool { return s.via == via })
}
