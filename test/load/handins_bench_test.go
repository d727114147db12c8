package load

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"pollwire/test/rig"
)

// BenchmarkHandIns lets 1,000 people vote in 10 s: once alone, once while 60 students hand in captures of 5 MB, each of
// 5,000 packets, and once while as much is sent to somebody who only reads it. An operation is all of that. p99-ms-vote
// is from when a vote was due to its answer.
//
// Captures are read by other processes, on one core less than there are, so a vote may wait for its turn at the
// processor, but for nothing else: p99 must stay below twice what it is alone and 2 ms more. Where the load comes from
// the same cores, what it costs alone shows beside it. p99-ms-mark is how long a student waits for the mark when all
// hand in together: all of the 300 MB have to arrive and to be read before the last has his.
func BenchmarkHandIns(b *testing.B) {
	const students = 60
	for _, tt := range []struct {
		name     string
		students int
		reader   bool // takes what is handed in, and only reads it
	}{{"students=0", 0, false}, {"students=60", students, false}, {"only-read=60", students, true}} {
		b.Run(tt.name, func(b *testing.B) {
			for range b.N {
				p := rig.Spawn(b, b.TempDir(), "-limits=false")
				to := p.API[len("http://"):]
				if tt.reader {
					to = onlyReads(b)
				}
				beside(b, p, tt.students, to)
				p.Kill()
			}
		})
	}
}

// BenchmarkOneHandIn is how long a student waits for the mark of a small capture while the server does nothing else.
// The start of a process (lab/reader) is a part of it, which nobody should notice: 100 ms at most.
func BenchmarkOneHandIn(b *testing.B) {
	p := rig.Spawn(b, b.TempDir(), "-limits=false")
	form := handIns(p, []string{p.Guest("Kim").AccessToken}, download(500, 100))[0]
	conn := rig.DialRaw(b, p.API[len("http://"):])
	for b.Loop() {
		if err := sent(conn, form); err != nil {
			b.Fatal(err)
		}
	}
}

// beside measures votes while so many students hand in.
func beside(b *testing.B, p *rig.Process, n int, to string) {
	const voters, every = 1000, 10 * time.Millisecond
	conns := rawConns(p, 16)
	tokens := tokensOf(p, voters, conns)
	votes := votesOn(p.NewPoll(tokens[0]), tokens)
	forms := handIns(p, tokens[:n], download(5000, 1000))
	before, _ := spentBy(p.Process.Pid)
	answered, marked := make([]time.Duration, voters), make([]time.Duration, n)
	done := make(chan error, 1)
	b.ResetTimer()
	began := time.Now()
	go func() {
		done <- paced(began, n, 10*time.Second/time.Duration(max(n, 1)), max(n, 1), func(_, i int) error {
			defer func(asked time.Time) { marked[i] = time.Since(asked) }(time.Now())
			return sent(rig.DialRaw(b, to), forms[i])
		})
	}()
	err := paced(began, voters, every, len(conns), func(lane, i int) error {
		err := sent(conns[lane], votes[i])
		answered[i] = time.Since(began)
		return err
	})
	for _, err := range []error{err, <-done} {
		if err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	report(b, p, before, voters, "vote")
	b.ReportMetric(p99(since(answered, 0, every)), "p99-ms-vote")
	if n > 0 {
		b.ReportMetric(p99(marked), "p99-ms-mark")
	}
}

// onlyReads is the address of a server that reads what it gets.
func onlyReads(b *testing.B) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	b.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// sent makes a request that must be answered with 200.
func sent(conn *rig.Conn, request []byte) error {
	if status, err := conn.RoundTrip(request); status != 200 || err != nil {
		return fmt.Errorf("%.40q = %d %s, %v, want 200", request, status, conn.Body, err)
	}
	return nil
}

// handIns begins a run for each student, and returns requests that hand the capture in.
func handIns(p *rig.Process, students []string, capture []byte) (list [][]byte) {
	if len(students) == 0 {
		return nil
	}
	teacher := p.Teacher(p.TeacherKey(), "Han").AccessToken
	rig.Want[any](p, 200, "PATCH", "/api/exercises/http", teacher, rig.Object{"open": true})
	for _, token := range students {
		run := rig.Want[struct{ Run string }](p, 201, "POST", "/api/exercises/http/runs", token, nil).Run
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		part, _ := w.CreateFormFile("capture", "capture.pcap")
		part.Write(capture)
		w.WriteField("answers", `{"client_port":"50000"}`)
		w.Close()
		list = append(list, append(fmt.Appendf(nil, "POST /api/exercises/runs/%s/handin HTTP/1.1\r\nHost: localhost\r\n"+
			"Authorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", run, token,
			w.FormDataContentType(), form.Len()), form.Bytes()...))
	}
	return list
}

// download is a capture of so many segments of so many bytes, which a server sent over ten connections.
func download(segments, size int) []byte {
	order := binary.LittleEndian
	file := []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0} // raw IP
	for i := range segments {
		port, seq := uint16(50000+i%10), uint32(i/10*size)
		file = order.AppendUint32(order.AppendUint32(file, 1_700_000_000), uint32(i))
		file = order.AppendUint32(order.AppendUint32(file, uint32(40+size)), uint32(40+size))
		file = append(file, 0x45, 0)
		file = binary.BigEndian.AppendUint16(file, uint16(40+size))
		file = append(file, 0, 0, 0x40, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1, 0, 80)
		file = binary.BigEndian.AppendUint16(file, port)
		file = binary.BigEndian.AppendUint32(file, seq)
		file = append(file, 0, 0, 0, 1, 0x50, 0x18, 2, 0, 0, 0, 0, 0)
		file = append(file, bytes.Repeat([]byte{byte(i)}, size)...)
	}
	return file
}
