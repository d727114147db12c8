package load

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

// BenchmarkSlowReaders edits a poll with long texts 180 times in 6 s, which tells 1,000 sockets 125 KB a second: once
// while all read as fast as they can, and once while 50 of them read 10 KB a second, through connections that take no
// more ahead than those of a network. An operation is all of that. p99-ms-last is from when an edit was due until the
// last of those who read has it.
//
// Nobody waits for the slow ones, so both figures must be the same but for what the machine does meanwhile: below 50
// ms. The slow ones are half a megabyte behind in the end, but these are the same bytes for all of them, since each
// event is encoded once: the server's memory must not grow by 50 times as much, only by a megabyte or two. More than 1
// MB behind nobody may be (TestSlowReaderIsDroppedAndDelaysNobody).
func BenchmarkSlowReaders(b *testing.B) {
	const sockets, edits, every = 1000, 180, time.Second / 30
	options := make([]string, 8)
	for i := range options {
		options[i] = strings.Repeat("천천히 ", 24) + fmt.Sprint(i)
	}
	for _, slow := range []int{0, 50} {
		b.Run(fmt.Sprint("slow=", slow), func(b *testing.B) {
			for range b.N {
				p := rig.Spawn(b, b.TempDir())
				token := p.Guest("Kim").AccessToken
				poll := p.NewPoll(token, rig.Object{"options": options, "description": strings.Repeat("느리게 ", 120)})
				ws := watch(b, sockets-slow, `"event":"poll:updated","data":{"id":1,"title":"`, plainly(p.WS))
				for range slow {
					trickle(b, p.WS)
				}
				p.UntilSockets(sockets)
				before, _ := spentBy(p.Process.Pid)
				b.ResetTimer()
				tellAll(b, p, ws, edits, every, 200, func(i int) []byte {
					return rig.Request("PATCH", poll.Path(), token, rig.Object{"title": fmt.Sprint(i + 1)})
				})
				report(b, p, before, edits*sockets, "delivery")
				_, text := p.Do("GET", p.Health+"/metrics", "", nil)
				dropped, _ := numberBehind([]byte(text), []byte("\npollwire_listeners_dropped_total "))
				b.ReportMetric(float64(dropped), "dropped")
				ws.close()
				p.Kill()
			}
		})
	}
}

// trickle opens a socket that reads 10 KB a second.
func trickle(b *testing.B, addr string) {
	b.Helper()
	d := net.Dialer{Control: likeEthernet}
	conn, err := d.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	io.WriteString(conn, rig.BareHandshake)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for sip := make([]byte, 1024); ; time.Sleep(100 * time.Millisecond) {
			if _, err := conn.Read(sip); err != nil {
				return
			}
		}
	}()
	b.Cleanup(func() { conn.Close(); <-done })
}
