package sandbox

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
)

const help = `  HOST COMMAND...          runs a command in a host: a ping -c 3 10.0.0.2, a ip route, a sh
  capture HOST             tells by which address Wireshark sees what passes at a host, while it passes
  link A B loss 5% ...     changes a link; link A B down pulls the cable out, link A B up plugs it in
  hosts                    who is there
  exit                     ends all of it; so does Ctrl-C
`

const helpKO = `  호스트 명령...           호스트에서 실행: a ping -c 3 10.0.0.2, a ip route, a sh
  capture 호스트           그 호스트의 패킷을 Wireshark로 실시간으로 볼 주소
  link A B loss 5% ...     링크를 바꿉니다. down은 케이블을 뽑고 up은 다시 꽂습니다
  hosts                    호스트의 목록
  exit                     끝냅니다. Ctrl-C도 같습니다
`

// prompt reads lines and does what they say.
func (s *Sandbox) prompt() error {
	s.showHosts()
	s.say("help tells what can be said here.", "help를 입력하면 쓸 수 있는 명령을 볼 수 있습니다.")
	for s.ctx.Err() == nil {
		fmt.Fprint(s.out, "> ")
		line, err := s.readLine()
		if err == nil && s.ctx.Err() == nil {
			err = s.do(line)
			if err != nil && !errors.Is(err, io.EOF) {
				fmt.Fprintln(s.out, err) // a mistake ends nothing
				err = nil
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// do does what a line says; io.EOF is the end.
func (s *Sandbox) do(line string) error {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch word {
	case "":
	case "exit":
		return io.EOF
	case "help":
		s.say(strings.TrimSuffix(help, "\n"), strings.TrimSuffix(helpKO, "\n"))
	case "hosts":
		s.showHosts()
	case "capture":
		return s.capture(strings.TrimSpace(rest))
	case "link":
		return s.changeLink(strings.Fields(rest))
	default:
		return s.runIn(word, rest)
	}
	return nil
}

func (s *Sandbox) showHosts() {
	rows := map[string][]string{}
	for _, l := range s.topology.links {
		for i, e := range l.ends {
			text := ""
			for _, p := range e.addrs {
				text += p.String() + " "
			}
			rows[e.name] = append(rows[e.name], text+"- "+l.ends[1-i].name)
		}
	}
	names := append([]string{}, s.topology.hosts...)
	for name := range s.topology.switches {
		names = append(names, name)
	}
	sort.Strings(names[len(s.topology.hosts):])
	for _, name := range names {
		fmt.Fprintf(s.out, "  %-8s %s\n", name, strings.Join(rows[name], ", "))
	}
}

// changeLink is "link A B loss 5%", or down, or up.
func (s *Sandbox) changeLink(fields []string) error {
	if len(fields) < 3 {
		return errors.New("link A B, and what is to be: loss 5%, delay 50ms, down, up")
	}
	l := s.links[[2]string{fields[0], fields[1]}]
	if l == nil {
		return fmt.Errorf("there is no link between %.30q and %.30q", fields[0], fields[1])
	}
	switch what := fields[2]; what {
	case "down":
		l.Down()
	case "up":
		l.Up()
	default:
		c, err := readConditions(fields[2:])
		if err == nil && c.mtu > 0 {
			err = errors.New("mtu: that of a card: HOST ip link set eth0 mtu 1400")
		}
		if err != nil {
			return err
		}
		l.Set(c.options...)
	}
	return s.net.Err()
}

// readLine reads no more than a line, as what is behind it may be for a program. It ends with the sandbox.
func (s *Sandbox) readLine() (string, error) {
	type read struct {
		line string
		err  error
	}
	done := make(chan read, 1)
	go func() {
		var line []byte
		for b := make([]byte, 1); ; {
			n, err := os.Stdin.Read(b)
			if n == 1 && b[0] == '\n' || err != nil && len(line) > 0 {
				done <- read{string(line), nil}
				return
			}
			if err != nil {
				done <- read{"", err}
				return
			}
			line = append(line, b[:n]...)
		}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-s.ctx.Done():
		return "", io.EOF
	}
}
