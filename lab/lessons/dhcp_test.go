package lessons

import (
	"net"
	"net/netip"
	"testing"
)

// A message is read as it was written, and is as long as RFC 1542 §2.1 wants it.
func TestDHCPIsReadAsItIsWritten(t *testing.T) {
	m := &dhcpMessage{question: true, id: 0x12345678, client: netip.MustParseAddr("10.0.0.9"),
		mac: net.HardwareAddr{2, 0, 0, 0, 1, 0}, options: map[byte][]byte{optionType: {dhcpRequest},
			optionRequested: {10, 0, 0, 100}}}
	b := m.bytes()
	got, err := readDHCP(b)
	if err != nil || len(b) != 300 || !got.question || got.id != m.id || got.client != m.client || got.yours.IsValid() ||
		got.mac.String() != m.mac.String() || got.kind() != dhcpRequest ||
		got.option(optionRequested).String() != "10.0.0.100" || got.option(optionServer).IsValid() {
		t.Errorf("%d bytes are read as %+v, %v", len(b), got, err)
	}
	if b[10]&0x80 != 0 {
		t.Error("who has an address wants the answer for all")
	}
}

func FuzzReadDHCP(f *testing.F) {
	f.Add((&dhcpMessage{options: map[byte][]byte{optionType: {dhcpAck}}}).bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := readDHCP(b)
		if err == nil && len(m.mac) != 6 {
			t.Errorf("%+v", m)
		}
	})
}
