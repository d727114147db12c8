package exercise

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"pollwire/lab/dissect"
	"pollwire/lab/pcap"
)

// written makes a file of pcap, with nanoseconds, of a link type.
func written(packets []*pcap.Packet, link uint32, data func(*pcap.Packet) []byte) []byte {
	le := binary.LittleEndian
	file := le.AppendUint32(nil, 0xa1b23c4d)
	file = le.AppendUint16(le.AppendUint16(file, 2), 4)
	file = le.AppendUint32(le.AppendUint32(append(file, make([]byte, 8)...), 262_144), link)
	for _, p := range packets {
		b := data(p)
		file = le.AppendUint32(file, uint32(p.Time.Unix()))
		file = le.AppendUint32(file, uint32(p.Time.Nanosecond()))
		file = le.AppendUint32(le.AppendUint32(file, uint32(len(b))), uint32(len(b)))
		file = append(file, b...)
	}
	return file
}

func asItIs(p *pcap.Packet) []byte { return p.Data }

// withHead puts another header of the link in place of Ethernet's; that of a BSD's loopback hangs on the version of IP.
func withHead(v4, v6 []byte) func(*pcap.Packet) []byte {
	return func(p *pcap.Packet) []byte {
		if p.Data[12] == 0x86 {
			return append(v6[:len(v6):len(v6)], p.Data[14:]...)
		}
		return append(v4[:len(v4):len(v4)], p.Data[14:]...)
	}
}

// packetsOf are those of the capture of an exercise.
func packetsOf(t testing.TB, c *Capture) (all []*pcap.Packet) {
	t.Helper()
	for i := range c.Packets {
		all = append(all, &c.Packets[i].Packet)
	}
	return all
}

func readAll(t testing.TB, file []byte) *Capture {
	t.Helper()
	c, err := Read(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The same packets in a file of pcap, and as loopback of other systems shows them, have the same answers.
func TestOtherFilesAndLinks(t *testing.T) {
	for _, e := range All() {
		c, run := recorded(t, e)
		packets := packetsOf(t, c)
		links := map[string][]byte{"pcap": written(packets, pcap.Ethernet, asItIs)}
		if e.Name != "ethernet" {
			links["Windows"] = written(packets, pcap.Null, withHead([]byte{2, 0, 0, 0}, []byte{23, 0, 0, 0}))
			links["macOS"] = written(packets, pcap.Null, withHead([]byte{2, 0, 0, 0}, []byte{30, 0, 0, 0}))
			links["OpenBSD"] = written(packets, pcap.Loop, withHead([]byte{0, 0, 0, 2}, []byte{0, 0, 0, 24}))
			links["raw"] = written(packets, pcap.Raw, withHead(nil, nil))
		}
		for name, file := range links {
			other := readAll(t, file)
			if m := e.Mark(run, other, rightOf(t, e, run, c, EN)); m.Score != m.Of {
				t.Errorf("%s, %s: %+v", e.Name, name, m)
			}
		}
	}
}

// A capture may begin late, end early, or lack any packet: then tasks are missing, and what is there is marked.
func TestAnyPartOfACapture(t *testing.T) {
	for _, e := range All() {
		c, run := recorded(t, e)
		packets, answers := packetsOf(t, c), rightOf(t, e, run, c, EN)
		for i := range packets {
			without := append(packets[:i:i], packets[i+1:]...)
			for what, part := range map[string][]*pcap.Packet{"before": packets[:i], "from": packets[i:], "without": without} {
				m := e.Mark(run, readAll(t, written(part, pcap.Ethernet, asItIs)), answers)
				if m.Score > m.Of || len(m.Fields) != m.Of || len(part) == 0 && m.Yours {
					t.Errorf("%s, %s packet %d: %+v", e.Name, what, i+1, m)
				}
			}
		}
	}
}

// A hundred thousand packets of others are around the run's own, of TCP, UDP and ICMP as it happens.
func TestForeignTraffic(t *testing.T) {
	crowd := others(100_000)
	for _, e := range All() {
		c, run := recorded(t, e)
		answers := rightOf(t, e, run, c, EN)
		numbered := map[string]bool{}
		for _, f := range e.Sheet(run).Fields {
			numbered[f.ID] = f.Type == Packets
		}
		m := e.Mark(run, readAll(t, written(slices.Concat(crowd, packetsOf(t, c)), pcap.Ethernet, asItIs)), answers)
		for _, f := range m.Fields {
			if f.OK == numbered[f.ID] { // the numbers of packets are others here
				t.Errorf("%s: %s: %+v", e.Name, f.ID, f)
			}
		}
	}
}

// Who takes a port from another connection of the file, as the one by which the command asks for the run, is told so.
func TestThePortOfAnotherConnection(t *testing.T) {
	c, run := recorded(t, &tcpOpenClose)
	c = readAll(t, written(slices.Concat(others(503)[500:], packetsOf(t, c)), pcap.Ethernet, asItIs)) // TCP from 502
	for port, want := range map[string]Text{"502": otherTalk, "501": isWrong} {
		for _, f := range tcpOpenClose.Mark(run, c, map[string]string{"client_port": port}).Fields {
			if f.ID == "client_port" && f.Feedback != want {
				t.Errorf("port %s: %q, want %q", port, f.Feedback[EN], want[EN])
			}
		}
	}
}

// BenchmarkForeignTraffic marks each exercise among them, which must take less than a second.
func BenchmarkForeignTraffic(b *testing.B) {
	crowd := others(100_000)
	for _, e := range All() {
		b.Run(e.Name, func(b *testing.B) {
			c, run := recorded(b, e)
			answers := rightOf(b, e, run, c, EN)
			other := readAll(b, written(slices.Concat(crowd, packetsOf(b, c)), pcap.Ethernet, asItIs))
			for b.Loop() {
				e.Mark(run, other, answers)
			}
		})
	}
}

// others are so many packets of others.
func others(n int) (crowd []*pcap.Packet) {
	for i := range n {
		crowd = append(crowd, foreign(i, time.Unix(1_700_000_000, 0)))
	}
	return crowd
}

// foreign is a datagram or a segment of others.
func foreign(i int, at time.Time) *pcap.Packet {
	b := make([]byte, 14+20+20+30)
	b[12] = 0x08
	ip := b[14:]
	ip[0], ip[3], ip[8], ip[9] = 0x45, byte(len(ip)), 64, []byte{dissect.ProtocolUDP, dissect.ProtocolTCP,
		dissect.ProtocolICMP}[i%3]
	copy(ip[12:], []byte{198, 51, 100, byte(i >> 8), 203, 0, 113, byte(i)})
	payload := ip[20:]
	binary.BigEndian.PutUint16(payload, uint16(i))
	binary.BigEndian.PutUint16(payload[2:], 443)
	switch ip[9] {
	case dissect.ProtocolUDP:
		payload[5] = byte(len(payload))
	case dissect.ProtocolTCP:
		binary.BigEndian.PutUint32(payload[4:], uint32(i))
		payload[12], payload[13] = 5<<4, dissect.ACK
	case dissect.ProtocolICMP:
		payload[0] = dissect.EchoRequest
	}
	return &pcap.Packet{Time: at.Add(time.Duration(i) * time.Microsecond), Data: b}
}
