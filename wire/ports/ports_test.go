package ports

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"pollwire/test/rig"
)

func closeAll(t *testing.T, all []*Listener) {
	t.Cleanup(func() {
		for _, l := range all {
			l.Close()
		}
	})
}

func TestOpen(t *testing.T) {
	one := rig.SpareAddr(t)
	all, err := Open([]Service{{Name: "a", Addr: one}, {Name: "off", Addr: ""}, {Name: "b", Addr: one, UDP: true},
		{Name: "c", Addr: "127.0.0.1:0"}, {Name: "d", Addr: "127.0.0.1:0", UDP: true}})
	if err != nil {
		t.Fatal(err)
	}
	closeAll(t, all)
	var got []string
	for _, l := range all {
		udp := ""
		if l.Packets != nil {
			udp = "+udp"
			if p := l.Packets.LocalAddr().(*net.UDPAddr).Port; p != l.Port() {
				t.Errorf("TCP on %d and UDP on %d, want the same", l.Port(), p)
			}
		}
		got = append(got, strings.Join(l.Services, ",")+udp)
	}
	if want := "a,b+udp c d+udp"; strings.Join(got, " ") != want {
		t.Errorf("listeners = %q, want %q: one address is shared, each :0 is a port of its own", got, want)
	}
}

func TestATakenPortNamesTheFlagAndLeavesNothingOpen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	addr := rig.SpareAddr(t)
	_, err = Open([]Service{{Name: "first", Addr: addr}, {Name: "second", Addr: taken.Addr().String()}})
	if err == nil || !strings.Contains(err.Error(), "-second "+taken.Addr().String()) {
		t.Errorf("Open = %v, want an error that names -second and its address", err)
	}
	again, err := net.Listen("tcp", addr)
	if err != nil {
		t.Errorf("the first port is still open: %v", err)
	} else {
		again.Close()
	}
}

func TestATakenUDPPortIsToldAndNotTheEnd(t *testing.T) {
	taken, err := net.ListenPacket("udp", rig.SpareAddr(t))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	all, err := Open([]Service{{Name: "x", Addr: taken.LocalAddr().String(), UDP: true}})
	if err != nil {
		t.Fatal(err)
	}
	closeAll(t, all)
	if all[0].Packets != nil || all[0].NoPackets == nil {
		t.Errorf("UDP is %v, %v, want none and why", all[0].Packets, all[0].NoPackets)
	}
}

// Both families with one number, and nobody else reaches them.
func TestLocalhostIsBothLoopbackAddresses(t *testing.T) {
	all, err := Open([]Service{{Name: "x", Addr: "localhost:0", UDP: true}})
	if err != nil {
		t.Fatal(err)
	}
	closeAll(t, all)
	want := []string{"127.0.0.1"}
	if l, err := net.Listen("tcp", "[::1]:0"); err == nil {
		l.Close()
		want = append(want, "::1")
	}
	if len(all) != len(want) {
		t.Fatalf("%d listeners, want %v", len(all), want)
	}
	for i, l := range all {
		a := l.Addr().(*net.TCPAddr)
		if a.IP.String() != want[i] || a.Port != all[0].Port() || l.Packets == nil || l.Hosts()[0] != "localhost" {
			t.Errorf("listener %d is on %v, %v, want %s with the same port and UDP, as localhost", i, a, l.Hosts(), want[i])
		}
	}
	if len(want) == 2 {
		_, err := Open([]Service{{Name: "x", Addr: "localhost:" + strconv.Itoa(all[1].Port())}})
		if err == nil || !strings.Contains(err.Error(), "-x localhost:") {
			t.Errorf("Open of a taken one = %v, want an error that names it", err)
		}
	}
}

func TestPortOnlyMeansBothFamilies(t *testing.T) {
	all, err := Open([]Service{{Name: "x", Addr: ":0", UDP: true}})
	if err != nil {
		t.Fatal(err)
	}
	closeAll(t, all)
	hosts := []string{"127.0.0.1"}
	if l, err := net.Listen("tcp", "[::1]:0"); err == nil {
		l.Close()
		hosts = append(hosts, "::1")
	}
	for _, host := range hosts {
		for _, network := range []string{"tcp", "udp"} {
			c, err := net.Dial(network, net.JoinHostPort(host, strconv.Itoa(all[0].Port())))
			if err != nil {
				t.Errorf("%s to %s: %v", network, host, err)
				continue
			}
			c.Close()
		}
	}
	if h := all[0].Hosts(); h[0] != "localhost" {
		t.Errorf("Hosts = %v, want localhost first", h)
	}
}

func TestHosts(t *testing.T) {
	for addr, want := range map[string]string{"127.0.0.1:0": "127.0.0.1", "[::1]:0": "[::1]"} {
		all, err := Open([]Service{{Name: "x", Addr: addr}})
		if err != nil {
			t.Skipf("%s can't be listened on here: %v", addr, err)
		}
		closeAll(t, all)
		if h := all[0].Hosts(); len(h) != 1 || h[0] != want {
			t.Errorf("Hosts of %s = %v, want %s alone", addr, h, want)
		}
	}
}
