package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"pollwire/lab/netbox"
)

// Sandbox is a network while somebody plays in it.
type Sandbox struct {
	topology *Topology
	net      *netbox.Net
	hosts    map[string]*netbox.Host
	links    map[[2]string]*netbox.Link
	korean   bool
	out      io.Writer
	terminal *terminal
	live     map[string]string // where captures are to be had, by host
	ctx      context.Context
}

// Config is what somebody wants of a sandbox.
type Config struct {
	Seed     uint64
	Captures string   // the folder of the captures
	Korean   bool     // the language
	Command  []string // a host and what to run there; nil: there is a prompt
}

// Run builds the network and lets somebody play in it, until the input or ctx ends.
func Run(ctx context.Context, t *Topology, c Config, out io.Writer) (err error) {
	n, err := netbox.New(c.Seed, c.Captures)
	if err != nil {
		return err
	}
	n.Keep()
	ctx, cancel := context.WithCancel(ctx)
	s := &Sandbox{topology: t, net: n, hosts: map[string]*netbox.Host{}, links: map[[2]string]*netbox.Link{},
		korean: c.Korean, out: out, live: map[string]string{}, ctx: ctx}
	defer func() {
		err = errors.Join(err, n.Close())
		cancel() // what is read live gets the last packets before
	}()
	if s.build(); n.Err() != nil {
		return n.Err()
	}
	s.terminal = newTerminal()
	if len(c.Command) > 0 {
		return s.runIn(c.Command[0], quoted(c.Command[1:]))
	}
	return s.prompt()
}

// quoted is a command for a shell, of which each argument stays as it is.
func quoted(args []string) string {
	var words []string
	for _, a := range args {
		words = append(words, "'"+strings.ReplaceAll(a, "'", `'\''`)+"'")
	}
	return strings.Join(words, " ")
}

// build makes what the topology says. What fails is in Err of the network.
func (s *Sandbox) build() {
	t := s.topology
	for _, name := range t.hosts {
		s.hosts[name] = s.net.Host(name)
		if t.routers[name] {
			s.hosts[name].Forward()
		}
	}
	switches := map[string]*netbox.Switch{}
	for _, l := range t.links {
		s.lay(l, switches)
	}
	for _, name := range t.hosts {
		for _, r := range t.waysOf(name) {
			s.hosts[name].Route(r.to.String(), r.via.String())
		}
	}
}

// lay lays the cable of a link, with a card at each end, or a port of a switch.
func (s *Sandbox) lay(l link, switches map[string]*netbox.Switch) {
	a, b := l.ends[0], l.ends[1]
	if s.topology.switches[a.name] {
		a, b = b, a
	}
	card := s.card(a, l.conditions)
	var made *netbox.Link
	if s.topology.switches[b.name] {
		sw := switches[b.name]
		if sw == nil {
			sw = s.net.Switch()
			sw.Name, switches[b.name] = b.name, sw
		}
		made = sw.Plug(card, l.conditions.options...)
	} else {
		made = s.net.Link(card, s.card(b, l.conditions), l.conditions.options...)
	}
	s.links[[2]string{a.name, b.name}], s.links[[2]string{b.name, a.name}] = made, made
}

func (s *Sandbox) card(e end, c conditions) *netbox.Card {
	var addrs []string
	for _, p := range e.addrs {
		addrs = append(addrs, p.String())
	}
	card := s.hosts[e.name].Card(addrs...)
	if c.mtu > 0 {
		card.MTU(c.mtu)
	}
	return card
}

// say writes a line, in English or Korean.
func (s *Sandbox) say(en, ko string) {
	if s.korean {
		en = ko
	}
	fmt.Fprintln(s.out, en)
}

// runIn runs a command of a shell in a host, and waits for it. Ctrl-C is for the command meanwhile.
func (s *Sandbox) runIn(host, command string) error {
	h := s.hosts[host]
	if h == nil {
		return fmt.Errorf("%.30q: the hosts are %s", host, strings.Join(s.topology.hosts, ", "))
	}
	if strings.TrimSpace(command) == "" {
		return fmt.Errorf("%s: what is to be run there? For example: %s ip address", host, host)
	}
	cmd := exec.Command("sh", "-c", command)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PS1=") }),
		"PS1="+host+"$ ")
	s.terminal.lend(cmd)
	p, err := h.Start(cmd)
	if err == nil {
		ended := context.AfterFunc(s.ctx, p.Kill)
		err = p.Wait()
		ended()
	}
	s.terminal.takeBack()
	if err != nil && s.ctx.Err() == nil {
		return fmt.Errorf("%s: %w", host, err)
	}
	return nil
}
