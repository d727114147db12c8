package lab

// The capture that the server makes of itself, as a class gets it: one file, opened with no key log, and with no
// preference but the one that the README names.

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/websocket"

	"pollwire/test/rig"
)

// own reads the server's own capture, from now on. The func that it returns stops the server and returns the file.
func own(r *rig.Process) func() string {
	r.Helper()
	resp, err := http.Get("http://localhost:" + r.Port("health") + "/capture")
	if err != nil {
		r.Fatal(err)
	}
	if resp.StatusCode != 200 {
		r.Fatalf("GET /capture = %s", resp.Status)
	}
	text := make(chan []byte, 1)
	go func() {
		all, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			r.Errorf("the capture ends with %v", err)
		}
		text <- all
	}()
	return func() string {
		r.Helper()
		r.End(os.Interrupt)
		file := filepath.Join(r.TempDir(), "own.pcapng")
		if err := os.WriteFile(file, <-text, 0o600); err != nil {
			r.Fatal(err)
		}
		return file
	}
}

// secureSocket opens a WebSocket in TLS and returns the client's address.
func secureSocket(r *rig.Process, query string) net.Addr {
	r.Helper()
	conn, err := tls.Dial("tcp", net.JoinHostPort("127.0.0.1", r.Port("ws")), rig.Trusting)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { conn.Close() })
	config, err := websocket.NewConfig("wss://localhost/ws"+query, "http://localhost")
	if err != nil {
		r.Fatal(err)
	}
	if _, err := websocket.NewClient(config, conn); err != nil {
		r.Fatal(err)
	}
	return conn.LocalAddr()
}

// tshark reads a file, with all checksums checked. h2c is a port with HTTP/2 in the clear.
func tshark(t testing.TB, file, h2c string, args ...string) string {
	t.Helper()
	needs(t, "tshark", "it takes the capture apart")
	all := []string{"-r", file, "-o", "tcp.try_heuristic_first:TRUE", "-o", "ip.check_checksum:TRUE", "-o",
		"tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"}
	if h2c != "" {
		all = append(all, "-d", "tcp.port=="+h2c+",http2")
	}
	cmd := exec.Command("tshark", append(all, args...)...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	// As root it warns of itself, and of nothing else.
	if told := regexp.MustCompile(`(?m)^Running as user "root".*\n?`).ReplaceAllString(problems.String(),
		""); err != nil || told != "" {
		t.Errorf("tshark %q: %v, %s", args, err, told)
	}
	return string(out)
}

// counts returns how many packets each filter finds, all in one go.
func counts(t testing.TB, file, h2c string, filters ...string) (n []int) {
	t.Helper()
	out := tshark(t, file, h2c, "-q", "-z", "io,stat,0,"+strings.Join(filters, ","))
	row := regexp.MustCompile(`(?m)^\|.*<>[^|]*\|(.*)$`).FindStringSubmatch(out)
	if row == nil {
		t.Fatalf("no statistics for %q: %s", filters, out)
	}
	for i, cell := range strings.Split(row[1], "|") {
		if i%2 == 0 && i/2 < len(filters) {
			frames, _ := strconv.Atoi(strings.TrimSpace(cell))
			n = append(n, frames)
		}
	}
	return n
}

// faultless checks what holds for every capture.
func faultless(t testing.TB, file, h2c string) {
	t.Helper()
	faults := []string{
		"tcp.analysis.flags", "tcp.checksum.status == 0", "ip.checksum.status == 0", "udp.checksum.status == 0",
		"_ws.malformed", "tls.alert_message.level == 2", `http.request.uri contains "/capture"`,
		`http2.headers.path contains "/capture"`,
		// What is left when the rebuilt packets are hidden was seen, and what is hidden was not.
		`frame.interface_name != "rebuilt" && tcp.len == 0 && tcp.flags.fin == 0 && tcp.flags.reset == 0`,
		`frame.interface_name == "rebuilt" && (udp || tcp.len > 0 || tcp.flags.reset == 1)`,
		`frame.interface_name == "rebuilt" && tcp.flags.fin == 1 && !(frame.comment contains "Assumed")`,
	}
	for i, n := range counts(t, file, h2c, faults...) {
		if n > 0 {
			t.Errorf("%d packets by %s, want none: %s", n, faults[i], tshark(t, file, h2c, "-Y", faults[i]))
		}
	}
	if n := counts(t, file, h2c, `frame.interface_name == "rebuilt" && tcp.flags.syn == 1`); n[0] == 0 {
		t.Error("no handshake is on the interface of what is rebuilt")
	}
	if _, err := exec.LookPath("capinfos"); err != nil {
		return
	}
	out, err := exec.Command("capinfos", file).CombinedOutput()
	for _, line := range []string{`Strict time order: +True`, `Capture application: pollwire \d+\.\d+\.\d+`,
		`Capture comment: .*rebuilt`, `Name = pollwire`, `Name = rebuilt`, `Encapsulation = Raw IP`} {
		if err != nil || !regexp.MustCompile(line).Match(out) {
			t.Errorf("capinfos does not say %s, %v: %s", line, err, out)
		}
	}
}

func TestTheOwnCaptureShowsEveryProtocol(t *testing.T) {
	t.Parallel()
	needs(t, "tshark", "it takes the capture apart")
	r := rig.Spawn(t, t.TempDir(), append(rig.Everywhere, "-capture")...)
	open := secureSocket(r, "") // before anybody captures
	end := own(r)
	filters, clearH2 := everyProtocol(r.Rig)
	for _, host := range []string{"127.0.0.1", "::1"} {
		udp, err := net.Dial("udp", net.JoinHostPort(host, r.Port("health")))
		if err != nil {
			t.Fatal(err)
		}
		udp.SetDeadline(time.Now().Add(rig.Patience))
		fmt.Fprint(udp, "ping hello")
		if _, err := udp.Read(make([]byte, 10)); err != nil {
			t.Error(err)
		}
		udp.Close()
	}
	_, port, _ := net.SplitHostPort(open.String())
	filters = append(filters,
		seen{"a ping over IPv4", `ip && udp && frame contains "ping hello"`, 1},
		seen{"its answer over IPv6", `ipv6 && udp && frame contains "pong hello"`, 1},
		seen{"a handshake of before", "http.response.code == 101 && tls && tcp.port == " + port, 1},
		seen{"the goodbye of a server that stops", "websocket.payload.close.status_code == 1001 && tcp.port == " + port, 1},
		seen{"TLS 1.2, decrypted",
			`tls.handshake.type == 20 && tls.record.version == 0x0303 && !tls.handshake.ciphersuite && tls.change_cipher_spec`,
			0},
		seen{"a certificate", "tls.handshake.certificate", 0},
	)
	var list []string
	for _, f := range filters {
		list = append(list, f.filter)
	}
	file := end()
	for i, n := range counts(t, file, clearH2, list...) {
		if filters[i].filter == "http.response.code == 101" {
			filters[i].most++ // that of before
		}
		if f := filters[i]; n == 0 || f.most > 0 && n > f.most {
			t.Errorf("%s: %d packets by %s, want at least 1 and at most %d (0: any)", f.what, n, f.filter, f.most)
		}
	}
	faultless(t, file, clearH2)
	if out := tshark(t, file, clearH2, "-q", "-z", "follow,http,ascii,1"); !strings.Contains(out, "GET ") &&
		!strings.Contains(out, "HTTP/1.1 ") && !strings.Contains(out, "Node 0") {
		t.Errorf("following a stream shows %s", out)
	}
}

// As the README says it: curl ... | wireshark -k -i -
func TestTheCaptureIsSeenLive(t *testing.T) {
	t.Parallel()
	needs(t, "tshark", "it takes the capture apart")
	r := rig.Spawn(t, t.TempDir(), "-capture")
	live, err := http.Get(r.Health + "/capture")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("tshark", "-i", "-", "-l", "-o", "tcp.try_heuristic_first:TRUE", "-Y",
		`http.response && tls && frame.interface_name == "pollwire"`)
	cmd.Stdin = live.Body
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Kill()
		live.Body.Close() // or Wait would wait for more to come
		cmd.Wait()
	}()
	defer time.AfterFunc(2*rig.Patience, func() { cmd.Process.Kill() }).Stop()
	client := rig.ClientFor(t, rig.Ways[2].Protocols)
	resp, err := client.Get(strings.Replace(r.API, "http:", "https:", 1) + "/lab/status/418")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	line, err := bufio.NewReader(out).ReadString('\n') // while the capture runs
	if err != nil {
		lacks(t, "tshark reads no pipe here: "+problems.String())
	}
	if !strings.Contains(line, "HTTP/1.1 418") {
		t.Errorf("tshark shows %s", line)
	}
}

func TestADownloadComesOutOfTheCaptureAsItWas(t *testing.T) {
	t.Parallel()
	needs(t, "tshark", "it takes the capture apart")
	const n = 10_000_000
	r := rig.Spawn(t, t.TempDir(), "-capture")
	end := own(r)
	var sent [2][]byte
	for i, base := range []string{r.API, strings.Replace(r.API, "http:", "https:", 1)} {
		client := rig.ClientFor(t, rig.Ways[2*i].Protocols)
		resp, err := client.Get(fmt.Sprintf("%s/lab/bytes/%d", base, n-i))
		if err != nil {
			t.Fatal(err)
		}
		if sent[i], err = io.ReadAll(resp.Body); err != nil || len(sent[i]) != n-i {
			t.Fatalf("%d bytes, %v", len(sent[i]), err)
		}
		resp.Body.Close()
		client.CloseIdleConnections()
	}
	file := end()
	faultless(t, file, "")
	dir := t.TempDir()
	tshark(t, file, "", "-q", "--export-objects", "http,"+dir)
	for i, name := range []string{"10000000", "9999999"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, sent[i]) {
			t.Errorf("%s: %d bytes, %v, want the %d of the download", name, len(got), err, len(sent[i]))
		}
	}
}

func TestCommentsSayWhoDidWhat(t *testing.T) {
	t.Parallel()
	needs(t, "tshark", "it takes the capture apart")
	r := rig.Spawn(t, t.TempDir(), "-capture")
	end := own(r)
	kim, lee := r.Guest("Kim"), r.Guest("Lee")
	p := r.NewPoll(kim.AccessToken, rig.Object{"named": true})
	unnamed := r.NewPoll(kim.AccessToken)
	r.Vote(unnamed, kim.AccessToken, 0)
	vote := rig.Object{"poll_id": p.ID, "option_id": p.Options[1].ID}

	secureSocket(r, "?token="+lee.AccessToken)
	plain := r.Dial("?token=" + lee.AccessToken)
	polling := r.Connect("polling", fmt.Sprintf(`{"token":%q}`, kim.AccessToken))

	rig.Want[rig.Poll](r, 200, "POST", fmt.Sprintf("/api/polls/%d/vote", p.ID), kim.AccessToken,
		rig.Object{"option_id": p.Options[0].ID})
	plain.Until("vote:result")
	plain.Send("vote:cast", vote, 7)
	plain.Until("vote:result")
	polling.Send(fmt.Sprintf(`420["vote:cast",{"poll_id":%d,"option_id":%d}]`, p.ID, p.Options[1].ID))
	plain.Until("vote:result")
	polling.Until("vote:result")
	polling.Cut()
	rig.Want[any](r, 201, "POST", "/api/chat/messages", kim.AccessToken, rig.Object{"message": "hello"})
	plain.Send("chat:message", rig.Object{"message": "hello"}, 8)
	plain.Until("chat:message_received")
	last := plain.Until("chat:message_received").Seq
	r.Do("GET", "/api/events?since=0&count=3", "", nil, "Accept", "text/event-stream")
	r.Do("GET", "/api/events?since=0", "", nil)

	file := end()
	faultless(t, file, "")
	by := func(who string, id int64, option int) string {
		return fmt.Sprintf("%s (user %d) votes in poll %d: options [%d]", who, id, p.ID, p.Options[option].ID)
	}
	filters := [][2]string{
		{"who made the poll", fmt.Sprintf(`frame.comment == "Kim (user %d): POST /api/polls" && http.response.code == 201`,
			kim.User.ID)},
		{"a vote over HTTP, on its answer", fmt.Sprintf(`frame.comment == "%s" && http.response.code == 200`,
			by("Kim", kim.User.ID, 0))},
		{"a vote in a poll that isn't named", fmt.Sprintf(`frame.comment == "Kim (user %d) votes in poll %d"`, kim.User.ID,
			unnamed.ID)},
		{"a vote over a socket, on its ack", fmt.Sprintf(`frame.comment == "%s" && websocket && frame contains "ack"`,
			by("Lee", lee.User.ID, 1))},
		{"a vote over Socket.IO, on its ok",
			fmt.Sprintf(`frame.comment == "%s" && http.response.code == 200 && frame contains "\r\n\r\nok"`,
				by("Kim", kim.User.ID, 1))},
		{"a message over HTTP", fmt.Sprintf(`frame.comment contains "Kim (user %d) says" && http.response.code == 201`,
			kim.User.ID)},
		{"a message over a socket", fmt.Sprintf(`frame.comment contains "Lee (user %d) says" && websocket`, lee.User.ID)},
		{"an event on a WebSocket",
			fmt.Sprintf(`frame.comment == "event chat:message_received (seq %d)" && websocket && !tls`, last)},
		{"an event on a WebSocket in TLS",
			fmt.Sprintf(`frame.comment == "event chat:message_received (seq %d)" && websocket && tls`, last)},
		{"an event in an answer of polling", `frame.comment contains "event vote:result" && http && frame contains "42["`},
		{"an event in a stream", `frame.comment contains "event poll:created" && tcp.payload contains "event: poll:created"`},
		{"an event in a list",
			`frame.comment contains "event poll:created" && frame contains "Content-Type: application/json"`},
		{"nobody's comment on what is silent", `frame.comment && !(frame.comment contains "Assumed") && tcp.len == 0`},
	}
	var list []string
	for _, f := range filters {
		list = append(list, f[1])
	}
	for i, n := range counts(t, file, "", list...) {
		if what, filter := filters[i][0], filters[i][1]; (n == 0) != strings.HasPrefix(what, "nobody") {
			t.Errorf("%s: %d packets by %s; all comments:\n%s", what, n, filter, tshark(t, file, "", "-Y", "frame.comment", "-T",
				"fields", "-e", "frame.number", "-e", "frame.comment"))
		}
	}
}
