package netbox

import (
	"bytes"
	"testing"
	"time"
)

// A host whose cards are taken is what its program is: here a cable that repeats each frame, and changes one.
func TestAProgramTakesTheCards(t *testing.T) {
	n := newNet(t, 1)
	a, x, b := n.Host("a"), n.Host("x"), n.Host("b")
	left, right := x.Card("10.0.0.3/24"), x.Card()
	n.Link(a.Card("10.0.0.1/24"), left, Delay(time.Millisecond))
	n.Link(right, b.Card("10.0.0.2/24"), Delay(time.Millisecond))
	must(t, n.Err())
	// Both words have the same checksum: their 16-bit words only change places.
	left.Take(func(frame []byte) { right.Send(bytes.ReplaceAll(frame, []byte("ping"), []byte("ngpi"))) })
	right.Take(left.Send)
	echo(t, b, "10.0.0.2:7")
	c, err := a.Dial("udp", "10.0.0.2:7")
	must(t, err)
	defer c.Close()
	c.SetReadDeadline(time.Now().Add(patience))
	if answer, _, err := ask(t, c, "ping"); err != nil || answer != "ngpi" {
		t.Errorf("answered %q %v", answer, err)
	}
	// Both sides of it are in its capture, and nothing of the kernel's, which would have answered for its own address.
	own, err := a.Dial("udp", "10.0.0.3:7")
	must(t, err)
	defer own.Close()
	_, err = own.Write([]byte("anybody?"))
	must(t, err)
	c.SetReadDeadline(time.Now().Add(patience))
	_, _, err = ask(t, c, "again")
	must(t, err)
	count := map[string]int{}
	for _, p := range captured(t, n, "x") {
		if read(p.Data).kind == "udp" {
			count[p.Interface.Name]++
		} else if reply := big.Uint16(p.Data[20:]) == 2; reply && bytes.Equal(p.Data[6:12], left.MAC) {
			t.Error("the kernel has answered the question for its address")
		}
	}
	if count["eth0"] != 4 || count["eth1"] != 4 {
		t.Errorf("datagrams by card: %v, want 4 at each", count)
	}
}
