package capture

import (
	"bytes"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestDatagramsOfASocket(t *testing.T) {
	leaves(t)
	for _, tt := range []struct{ listen, dial string }{{"127.0.0.1:0", "127.0.0.1"}, {":0", "127.0.0.1"}, {":0", "::1"}} {
		r := New(Info{})
		inner, err := net.ListenPacket("udp", tt.listen)
		if err != nil {
			t.Fatal(err)
		}
		p := r.PacketConn(inner)
		_, port, _ := net.SplitHostPort(p.LocalAddr().String())
		var serving sync.WaitGroup
		serving.Go(func() {
			for buf := make([]byte, 8); ; {
				n, from, err := p.ReadFrom(buf)
				if err != nil {
					return
				}
				p.WriteTo(bytes.ToUpper(buf[:n]), from)
			}
		})
		ask := func(text string) net.Addr {
			c, err := net.Dial("udp", net.JoinHostPort(tt.dial, port))
			if err != nil {
				if tt.dial == "::1" {
					t.Skip("no IPv6 here: ", err)
				}
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(patience))
			io.WriteString(c, text)
			if _, err := c.Read(make([]byte, 100)); err != nil {
				t.Fatal(err)
			}
			return c.LocalAddr()
		}
		ask("unseen")
		end := watch(t, r)
		first := ask("ping")
		ask("12345678")
		p.Close()
		serving.Wait()
		packets := slices.DeleteFunc(end(), func(p packet) bool { return string(p.payload) == "UNSEEN" }) // perhaps
		if len(packets) != 4 || string(packets[0].payload) != "ping" || string(packets[1].payload) != "PING" ||
			packets[0].from != addrPort(first) || packets[1].to != addrPort(first) || packets[0].to != packets[1].from ||
			packets[0].to.Addr() != netip.MustParseAddr(tt.dial) {
			t.Errorf("%v: %+v", tt, packets)
		}
		if got := about(packets); !strings.HasPrefix(got, "Perhaps cut off") || strings.Contains(got, "\n") {
			t.Errorf("comments %q, want one, on what may be longer", got)
		}
	}
}
