package graded

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fields are those that solvers look up.
var fields = strings.Fields(`
	frame.number frame.time_epoch frame.len frame.comment eth.src eth.dst
	arp.src.hw_mac arp.src.proto_ipv4
	ip.src ip.dst ip.id ip.len ip.ttl ip.checksum ip.frag_offset
	ipv6.src ipv6.plen ipv6.flow ipv6.fraghdr.ident
	icmp.ident icmp.checksum icmp.mtu
	udp.srcport udp.dstport udp.length udp.checksum udp.payload udp.time_delta
	tcp.stream tcp.srcport tcp.dstport tcp.len tcp.seq tcp.seq_raw tcp.ack_raw tcp.payload tcp.time_delta
	tcp.options.mss_val tcp.options.sack_le tcp.segment.count
	http.request_in http.response.line http.content_length http.chunk_size http.file_data
	http.sec_websocket_key http.sec_websocket_accept
	websocket.mask websocket.masking_key websocket.payload_length websocket.payload.text
	websocket.payload.close.status_code
	dns.id dns.flags dns.a dns.resp.ttl dns.soa.minimum_ttl
	tls.record.version tls.record.opaque_type tls.handshake.type tls.handshake.length tls.handshake.random
	tls.handshake.cipher_suites_length tls.handshake.ciphersuite
	tls.handshake.extensions_alpn_str tls.alert_message.desc
	http2.streamid http2.type http2.length http2.settings.initial_window_size
	http2.window_update.window_size_increment http2.rst_stream.error http2.ping`)

// decodeAs is what a student has told Wireshark by Decode As, by the file.
var decodeAs = map[string][]string{}

// tshark returns the lines of fields of the packets that a display filter finds, as a student would look them up.
func tshark(t testing.TB, file, filter string, wanted ...string) (rows [][]string) {
	t.Helper()
	s := sharkOf(t, file)
	for _, number := range s.find(t, filter) {
		var row []string
		for _, f := range wanted {
			column := slices.Index(fields, f)
			if column < 0 {
				t.Fatalf("%s is not in the list of fields", f)
			}
			row = append(row, s.rows[number-1][column])
		}
		rows = append(rows, row)
	}
	return rows
}

// one is the field of the first packet.
func one(t testing.TB, file, filter, field string) string {
	t.Helper()
	rows := tshark(t, file, filter, field)
	if len(rows) == 0 {
		t.Fatalf("no packet by %s", filter)
	}
	return rows[0][0]
}

// shark is a capture that is open: its fields, which tshark has written once, and Wireshark's daemon, which tells what
// packets a display filter finds. A tshark for each question would take half a second each time.
type shark struct {
	decoded int // how many entries of decodeAs it knows
	rows    [][]string
	daemon  *exec.Cmd
	ask     io.WriteCloser
	answers *bufio.Reader
}

var sharks = map[string]*shark{}

func sharkOf(t testing.TB, file string) *shark {
	t.Helper()
	s := sharks[file]
	if s == nil || s.decoded != len(decodeAs[file]) {
		if s != nil {
			s.close()
		}
		s = &shark{decoded: len(decodeAs[file]), rows: dissected(t, file)}
		s.open(t, file)
		sharks[file] = s
		t.Cleanup(func() {
			s.close()
			if sharks[file] == s {
				delete(sharks, file)
			}
		})
	}
	return s
}

// dissected are the fields of all packets.
func dissected(t testing.TB, file string) (rows [][]string) {
	t.Helper()
	const between = "\x1f"
	args := []string{"-r", file, "-T", "fields", "-o", "tcp.try_heuristic_first:TRUE", "-o",
		"udp.try_heuristic_first:TRUE", "-E", "separator=" + between}
	for _, d := range decodeAs[file] {
		args = append(args, "-d", d)
	}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	var problems bytes.Buffer
	cmd := exec.Command("tshark", args...)
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("tshark %q: %v, %s", args, err, &problems)
	}
	for line := range strings.Lines(string(out)) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), between))
	}
	return rows
}

// open starts the daemon with the settings that tshark has, and shows it the file.
func (s *shark) open(t testing.TB, file string) {
	t.Helper()
	settings := "tcp.try_heuristic_first: TRUE\nudp.try_heuristic_first: TRUE\n"
	var entries string
	for _, d := range decodeAs[file] {
		port, protocol, _ := strings.Cut(d, ",")
		table, number, _ := strings.Cut(port, "==")
		entries += fmt.Sprintf("decode_as_entry: %s,%s,(none),%s\n", table, number, strings.ToUpper(protocol))
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"preferences": settings, "decode_as_entries": entries} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.daemon = exec.Command("sharkd", "-") // comes with tshark
	s.daemon.Env = append(os.Environ(), "WIRESHARK_CONFIG_DIR="+dir)
	ask, err := s.daemon.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	answers, err := s.daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.daemon.Start(); err != nil {
		t.Fatal(err)
	}
	s.ask, s.answers = ask, bufio.NewReader(answers)
	s.call(t, "load", map[string]string{"file": file}, nil)
}

func (s *shark) close() {
	s.ask.Close()
	s.daemon.Wait()
}

// find returns the numbers of the packets that a filter finds.
func (s *shark) find(t testing.TB, filter string) (numbers []int) {
	t.Helper()
	var found []struct{ Num int }
	s.call(t, "frames", map[string]string{"filter": filter, "column0": "frame.number:0"}, &found)
	for _, f := range found {
		numbers = append(numbers, f.Num)
	}
	return numbers
}

// call is a call of JSON-RPC, a line there and a line back.
func (s *shark) call(t testing.TB, method string, params map[string]string, result any) {
	t.Helper()
	question, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.ask.Write(append(question, '\n')); err != nil {
		t.Fatal(err)
	}
	line, err := s.answers.ReadBytes('\n')
	var answer struct {
		Result json.RawMessage
		Error  json.RawMessage
	}
	if err == nil {
		err = json.Unmarshal(line, &answer)
	}
	if err == nil && result != nil && answer.Error == nil {
		err = json.Unmarshal(answer.Result, result)
	}
	if err != nil || answer.Error != nil {
		t.Fatalf("sharkd %s: %v, %s", question, err, line)
	}
}
