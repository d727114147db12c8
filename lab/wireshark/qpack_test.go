package wireshark

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	random "math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/quic"

	"pollwire/wire/http3"
)

// tapped is a socket of a server whose datagrams go into a capture, too.
type tapped struct {
	net.PacketConn
	mu sync.Mutex
	w  *wire
}

func (p *tapped) port(a net.Addr) uint16 { return uint16(a.(*net.UDPAddr).Port) }

func (p *tapped) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := p.PacketConn.ReadFrom(b)
	if err == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.w.datagram(p.port(from), p.port(p.LocalAddr()), b[:n])
	}
	return n, from, err
}

func (p *tapped) WriteTo(b []byte, to net.Addr) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.w.datagram(p.port(p.LocalAddr()), p.port(to), b)
	return p.PacketConn.WriteTo(b, to)
}

// tap is a socket, and how both ends of it speak TLS. save ends it all and returns the capture, and the options by
// which tshark decrypts it.
func tap(t *testing.T) (p *tapped, server, client *tls.Config, save func() (file string, options []string)) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, &c, &c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p = &tapped{PacketConn: socket, w: newWire()}
	var keys bytes.Buffer
	server = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}},
		NextProtos: []string{"h3"}, MinVersion: tls.VersionTLS13}
	client = &tls.Config{ServerName: "localhost", InsecureSkipVerify: true, NextProtos: []string{"h3"},
		KeyLogWriter: &keys, MinVersion: tls.VersionTLS13}
	return p, server, client, func() (string, []string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		file := filepath.Join(t.TempDir(), "keys")
		if err := os.WriteFile(file, keys.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return p.w.save(t), []string{"-2", "-o", "tls.keylog_file:" + file}
	}
}

// staticTable is that of the dissector.
func staticTable(t *testing.T, kit string) (entries [][2]string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(kit, "pollwire.lua"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "for line in ([[\n")
	table, _, _ := strings.Cut(rest, "]])")
	for line := range strings.Lines(table) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		entries = append(entries, [2]string{name, value})
	}
	if len(entries) != 99 {
		t.Fatalf("the static table has %d entries", len(entries))
	}
	return entries
}

// talk is requests whose lines, and those of their answers, are known.
type talk struct {
	requests []*http.Request
	want     map[string]bool
}

// ask adds a request. Its fields must fit into one packet: older Wiresharks put no frame of HTTP/3 together.
func (k *talk) ask(method, status string, header http.Header) {
	r, err := http.NewRequest(method, "https://localhost/lab?status="+status, nil)
	if err != nil {
		panic(err)
	}
	r.Header = header
	k.requests = append(k.requests, r)
}

// all are those of the static table that a message may have, and every character that a value may have.
func (k *talk) all(entries [][2]string) {
	k.ask("PATCH", "410", http.Header{"Authorization": {"Bearer secret"}})
	for _, line := range []string{"2|84|authorization|Bearer secret|1", "2|15|:method|PATCH|0", "2|24|:status|410|0",
		"2|1|:path|/lab?status=410|0"} {
		k.want[line] = true
	}
	for i, e := range entries {
		line := fmt.Sprintf("1|%d|%s|%s|", i, e[0], e[1])
		switch {
		case e[0] == ":method" && e[1] != "CONNECT":
			k.ask(e[1], "200", http.Header{})
		case e[0] == ":status" && e[1] >= "200":
			k.ask("GET", e[1], http.Header{})
		case strings.HasPrefix(e[0], ":") || e[0] == "content-length":
			continue
		default:
			k.ask("GET", "200", http.Header{e[0]: {e[1]}})
		}
		k.want[line] = true
	}
	header := http.Header{}
	for b := 0x21; b < 0x100; b++ {
		if b == 0x7F {
			continue // no field value has it
		}
		name, value := fmt.Sprintf("x-%d", b), "0000000000000000"+string([]byte{byte(b)})+"o.k"
		if header[name] = []string{value}; b > 0x7F {
			value = value[:16] + ".o.k" // it is no character by itself
		}
		k.want["3||"+name+"|"+value+"|0"] = true
		if len(header) == 25 || b == 0xFF {
			k.ask("GET", "200", header)
			header = http.Header{}
		}
	}
}

// All of the static table, and every character of Huffman's code: what a client and a server of wire/http3 have sent is
// what the kit shows.
func TestFieldSectionsOfHTTP3AreTakenApart(t *testing.T) {
	kit, _ := read(t, Config{Ports: usual})
	p, server, client, save := tap(t)
	srv := http3.NewServer(&http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(r.URL.Query().Get("status"))
		w.WriteHeader(status)
	})}, server)
	go srv.Serve(p)
	c, err := http3.Dial(context.Background(), p.LocalAddr().String(), client)
	if err != nil {
		t.Fatal(err)
	}
	k := &talk{want: map[string]bool{}}
	k.all(staticTable(t, kit))
	for _, r := range k.requests {
		resp, err := c.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	c.Close()
	srv.Close()
	file, options := save()
	needsLua(t, kit, file)
	found := fieldLines(t, kit, file, options)
	for line := range k.want {
		if !slices.Contains(found, line) {
			t.Errorf("not shown: %q", line)
		}
	}
	out := tshark(t, kit, file, append(options, "-Y", `pwqpack.method == "PUT" || pwqpack.status == 421 || pwqpack.bad `+
		`|| _ws.lua.error`, "-T", "fields", "-e", "pwqpack.method", "-e", "pwqpack.status", "-e", "pwqpack.scheme", "-e",
		"pwqpack.authority")...)
	if out != "PUT\t\thttps\tlocalhost\n\t421\t\t\n" {
		t.Errorf("by method and by status: %q", out)
	}
}

// fieldLines are those of all sections: form, index, name, value, and whether it may never be put into a table.
func fieldLines(t *testing.T, kit, file string, options []string) (lines []string) {
	t.Helper()
	var part [5]string
	flush := func() {
		if part[0] != "" {
			lines = append(lines, strings.Join(part[:], "|"))
		}
		part = [5]string{}
	}
	labels := []string{"Form: ", "Index: ", "Name: ", "Value: ", "Never to be put into a table: "}
	for l := range strings.Lines(tshark(t, kit, file, append(slices.Clip(options), "-O", "pwqpack", "-Y", "pwqpack")...)) {
		text := strings.TrimSuffix(strings.TrimLeft(l, " "), "\n")
		if strings.HasPrefix(text, "Field line: ") {
			flush()
		}
		for i, label := range labels {
			if value, ok := strings.CutPrefix(text, label); ok {
				part[i] = value
			}
		}
		if i := strings.LastIndex(part[0], "("); i >= 0 {
			part[0] = strings.TrimSuffix(part[0][i+1:], ")")
		}
		part[4] = strings.NewReplacer("True", "1", "False", "0").Replace(part[4])
	}
	flush()
	return lines
}

// What is none, or needs the dynamic table, is said to be so.
func TestWhatIsNoFieldSection(t *testing.T) {
	p, server, client, save := tap(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	there, err := quic.NewEndpoint(p, &quic.Config{TLSConfig: server, MaxBidiRemoteStreams: 1000})
	if err != nil {
		t.Fatal(err)
	}
	here, err := quic.Listen("udp", "127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := here.Dial(ctx, "udp", p.LocalAddr().String(), &quic.Config{TLSConfig: client})
	if err != nil {
		t.Fatal(err)
	}
	heard, err := there.Accept(ctx)
	if err != nil {
		t.Fatal(err)
	}
	send := func(section ...byte) {
		st, err := conn.NewStream(ctx)
		if err == nil {
			_, err = st.Write(append([]byte{1, 0x40, byte(len(section))}, section...))
			st.CloseWrite()
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := heard.AcceptStream(ctx)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, got)
		got.Close()
	}
	send(0, 0, 0xD1, 0x80)      // a dynamic entry behind a static one
	send(3, 0, 0x10)            // behind the Base
	send(0, 0, 0xFF, 0x24)      // entry 99
	send(0, 0, 0x51, 0x81, 0)   // Huffman's code, filled up with zeros
	send(0, 0, 0x51, 0x05, 'a') // cut off
	send(0)                     // no Base
	rnd := random.New(random.NewPCG(1, 2))
	for range 200 {
		b := make([]byte, 3+rnd.IntN(50))
		for i := range b[2:] {
			b[2+i] = byte(rnd.IntN(256))
		}
		send(b...)
	}
	conn.Abort(nil)
	here.Close(ctx)
	there.Close(ctx)
	file, options := save()
	kit, _ := read(t, Config{Ports: usual})
	needsLua(t, kit, file)
	out := tshark(t, kit, file, append(options, "-Y", "pwqpack && quic.stream.stream_id < 24 && udp.dstport == "+
		fmt.Sprint(p.port(p.LocalAddr())), "-T", "fields", "-e", "pwqpack.line", "-e", "pwqpack.dynamic", "-e",
		"pwqpack.bad")...)
	rows := strings.Split(strings.NewReplacer("True", "1").Replace(out), "\n")
	want := []string{":method: GET\t1\t", "\t1\t", "\t\t1", "\t\t1", "\t\t1", "\t\t1", ""}
	if !slices.Equal(rows, want) {
		t.Errorf("%q\nwant %q", rows, want)
	}
	if out = tshark(t, kit, file, append(options, "-Y", "_ws.lua.error")...); out != "" {
		t.Errorf("%.1000s", out)
	}
	if n := strings.Count(tshark(t, kit, file, append(options, "-Y", "pwqpack.bad || "+
		"pwqpack.dynamic")...), "\n"); n < 100 {
		t.Errorf("%d of 200 random sections are told to be none", n)
	}
}
