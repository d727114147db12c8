package sandbox

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// capture tells where a host's capture is to be had while it grows: Wireshark reads pcapng from a TCP connection, also
// from another system on the same computer, as Windows is to WSL2.
func (s *Sandbox) capture(host string) error {
	if s.hosts[host] == nil {
		return fmt.Errorf("capture: %.30q is no host", host)
	}
	if s.live[host] == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0") // on the computer: only hosts have networks of their own
		if err != nil {
			return err
		}
		context.AfterFunc(s.ctx, func() { l.Close() })
		s.live[host] = l.Addr().String()
		go s.serve(l, s.net.Capture(host))
	}
	s.say("In another terminal: wireshark -k -i TCP@"+s.live[host]+"   The file: "+s.net.Capture(host),
		"다른 터미널에서: wireshark -k -i TCP@"+s.live[host]+"   파일: "+s.net.Capture(host))
	return nil
}

func (s *Sandbox) serve(l net.Listener, file string) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			follow(s.ctx, file, conn)
		}()
	}
}

// follow copies a file from its beginning, and what is written behind it, until ctx ends or nobody reads.
func follow(ctx context.Context, file string, to io.Writer) {
	f, err := os.Open(file)
	if err != nil {
		return
	}
	defer f.Close()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := io.Copy(to, f); err != nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			io.Copy(to, f)
			return
		}
	}
}
