package graded

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

func init() { solvers["http2"] = solveHTTP2 }

// frame2 is a frame of HTTP/2 as tshark shows it.
type frame2 struct{ stream, kind, length int }

// frames2 are the frames that one side sent on a connection, in their order: tshark tells those of a packet together.
func frames2(t testing.TB, file, filter string) (all []frame2) {
	for _, row := range tshark(t, file, filter+" && http2.type", "http2.streamid", "http2.type", "http2.length") {
		kinds, lengths := strings.Split(row[1], ","), strings.Split(row[2], ",")
		for i, stream := range strings.Split(row[0], ",") {
			all = append(all, frame2{asNumber(stream), asNumber(kinds[i]), asNumber(lengths[i])})
		}
	}
	return all
}

// data are the DATA frames of a stream.
func data(all []frame2, stream string) (frames []frame2) {
	for _, f := range all {
		if fmt.Sprint(f.stream) == stream && f.kind == 0 {
			frames = append(frames, f)
		}
	}
	return frames
}

// given is how much WINDOW_UPDATE frames give the connection.
func given(t testing.TB, file, filter string) (n int) {
	for _, row := range tshark(t, file, filter+" && http2.type == 8", "http2.streamid", "http2.type",
		"http2.window_update.window_size_increment") {
		kinds, more := strings.Split(row[1], ","), strings.Split(row[2], ",")
		for i, id := range strings.Split(row[0], ",") {
			if kinds[i] != "8" {
				continue
			}
			if id == "0" {
				n += asNumber(more[0])
			}
			more = more[1:]
		}
	}
	return n
}

func solveHTTP2(t testing.TB, s sheet, file string) map[string]string {
	// Wireshark does not know HTTP/2 without TLS by itself. The preface can be found as text.
	for _, row := range tshark(t, file, `tcp contains "PRI * HTTP/2.0"`, "tcp.srcport") {
		decodeAs[file] = append(decodeAs[file], "tcp.port=="+row[0]+",http2")
	}
	paths := target.FindAllString(s.text("both"), 2)
	asked := func(path string) string { return fmt.Sprintf("http2.headers.path == %q", path) }
	page, slow, fast := asked(target.FindString(s.text("get"))), asked(paths[0]), asked(paths[1])
	long := asked(target.FindString(s.text("cancel")))
	// A packet may have frames of more than one stream: those of the connection stand first.
	stream := func(filter string) string {
		list := strings.Split(one(t, file, filter+" && http2.type == 1", "http2.streamid"), ",")
		return list[len(list)-1]
	}
	port := one(t, file, page, "tcp.srcport")
	calm := "tcp.stream == " + one(t, file, page, "tcp.stream")
	busy := "tcp.stream == " + one(t, file, slow, "tcp.stream")
	served := one(t, file, page, "tcp.dstport")
	came := frames2(t, file, busy+" && tcp.srcport == "+served)
	slowly, quickly := stream(slow), stream(fast)
	first := slices.IndexFunc(came, func(f frame2) bool { return fmt.Sprint(f.stream) == quickly && f.kind == 0 })
	body := 0
	for _, f := range data(came, stream(long)) {
		body += f.length
	}
	const size = "http2.settings.initial_window_size"
	headers := slices.DeleteFunc(frames2(t, file, page), func(f frame2) bool { return f.kind != 1 })
	return map[string]string{
		"client_port":  port,
		"window":       one(t, file, calm+" && "+size+" && tcp.srcport == "+port, size),
		"again_length": fmt.Sprint(headers[len(headers)-1].length),
		"data":         fmt.Sprint(len(data(frames2(t, file, calm+" && tcp.srcport == "+served), stream(page)))),
		"given":        fmt.Sprint(given(t, file, calm+" && tcp.srcport == "+port)),
		"stream":       quickly,
		"between":      fmt.Sprint(len(data(came[:first], slowly))),
		"code":         one(t, file, busy+" && http2.type == 3 && tcp.dstport == "+served, "http2.rst_stream.error"),
		"came":         fmt.Sprint(body),
		"ping":         one(t, file, busy+" && http2.type == 6", "http2.ping"),
	}
}

// The server remembers connections of HTTP/2, too, though the code of the run does not stand in them as it is.
func TestHTTP2IsWitnessed(t *testing.T) {
	c, other := newClass(t), newClass(t)
	kim := c.Guest("Kim").AccessToken
	s := c.run("http2", kim)
	wire := capture(t, c.Rig, other.Rig)
	c.play(s)
	path := target.FindString(s.text("get"))
	res, err := rig.ClientFor(t, rig.Ways[1].Protocols).Get(other.API + path)
	if err != nil || res.ProtoMajor != 2 {
		t.Fatal(res, err)
	}
	res.Body.Close()
	file := wire.stop()
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	own := filtered(t, file, "tcp.port != "+other.Port("http"))
	changed := bytes.Clone(own)
	changed[bytes.Index(changed, []byte("00000064 abcdefgh"))+10] ^= 1 // of a document
	for what, tt := range map[string]struct {
		capture []byte
		want    string // of what is said; "": nothing
	}{
		"the run alone":                {own, ""},
		"one byte changed":             {changed, "the server has sent something else near byte"},
		"with a stranger's connection": {whole, "the server has not seen the connection from port"},
	} {
		m := c.marked(s.Run, kim, tt.capture, map[string]string{})
		if said := m.Fields[0].Feedback; m.Yours != (tt.want == "") || !strings.Contains(said, tt.want) {
			t.Errorf("%s: yours: %v, %q, want %q", what, m.Yours, said, tt.want)
		}
	}
}

// filtered is what a display filter leaves of a capture.
func filtered(t testing.TB, file, filter string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "filtered.pcapng")
	if said, err := exec.Command("tshark", "-r", file, "-Y", filter, "-w", out).CombinedOutput(); err != nil {
		t.Fatalf("tshark: %v, %s", err, said)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Whoever has a client of his own does the same tasks: here it is that of net/http, which knows no exercises.
func TestHTTP2ByAnotherClient(t *testing.T) {
	c := newClass(t)
	kim := c.Guest("Kim").AccessToken
	s := c.run("http2", kim)
	wire := capture(t, c.Rig)
	get := func(client *http.Client, path string) io.ReadCloser {
		t.Helper()
		res, err := client.Get(c.API + path)
		if err != nil {
			t.Fatal(err)
		}
		return res.Body
	}
	whole := func(body io.ReadCloser) {
		t.Helper()
		if _, err := io.Copy(io.Discard, body); err != nil {
			t.Fatal(err)
		}
		body.Close()
	}
	first, second := rig.ClientFor(t, rig.Ways[1].Protocols), rig.ClientFor(t, rig.Ways[1].Protocols)
	second.Transport.(*http.Transport).HTTP2 = &http.HTTP2Config{SendPingTimeout: 20 * time.Millisecond}
	for range 2 {
		whole(get(first, target.FindString(s.text("get"))))
	}
	paths := target.FindAllString(s.text("both"), 2)
	slow := get(second, paths[0])
	whole(get(second, paths[1]))
	whole(slow)
	long := get(second, target.FindString(s.text("cancel")))
	io.ReadFull(long, make([]byte, 100))
	long.Close()                      // RST_STREAM
	whole(get(second, "/lab/whoami")) // behind it
	second.CloseIdleConnections()
	file := wire.stop()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m := c.marked(s.Run, kim, data, solveHTTP2(t, s, file))
	if m.Score != m.Of || !m.Yours {
		t.Errorf("%+v", m)
	}
}
