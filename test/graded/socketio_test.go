package graded

import (
	"bytes"
	stdhex "encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func init() { solvers["socketio"] = solveSocketIO }

var noted = regexp.MustCompile(`\["lab:note","[^"]+"\]`)

// bytesOf are those that tshark writes in hex.
func bytesOf(t testing.TB, hex string) []byte {
	t.Helper()
	b, err := stdhex.DecodeString(strings.ReplaceAll(hex, ":", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// bodyIn is what a segment with a whole message of HTTP has behind the header section.
func bodyIn(t testing.TB, payload string) []byte {
	t.Helper()
	_, body, _ := bytes.Cut(bytesOf(t, payload), []byte("\r\n\r\n"))
	return body
}

// asHex writes bytes as a display filter takes them, each apart.
func asHex(text string) string {
	var pairs []string
	for _, b := range []byte(text) {
		pairs = append(pairs, fmt.Sprintf("%02x", b))
	}
	return strings.Join(pairs, ":")
}

func solveSocketIO(t testing.TB, s sheet, file string) map[string]string {
	run := regexp.MustCompile(`run=\w+`).FindString(s.text("open"))
	polls := fmt.Sprintf(`http.request.uri contains "%s" && http.request.uri contains "transport=polling"`, run)
	stream := "tcp.stream == " + one(t, file, polls, "tcp.stream")
	opened := string(bodyIn(t, one(t, file, stream+` && http.response && http.file_data contains "0{"`,
		"tcp.payload")))
	packets := 0
	for _, row := range tshark(t, file, stream+" && http.response.code == 200", "tcp.payload") {
		if body := bodyIn(t, row[0]); string(body) != "ok" {
			packets += 1 + bytes.Count(body, []byte{0x1e})
		}
	}
	batch := polls + ` && http.request.method == "POST" && tcp.payload contains `
	together := bodyIn(t, one(t, file, batch+asHex(noted.FindString(s.text("batch"))), "tcp.payload"))
	text := noted.FindString(s.text("alone"))
	alone := one(t, file, batch+asHex(text), "tcp.len")
	ws := "tcp.stream == " + one(t, file, fmt.Sprintf(
		`http.request.uri contains "%s" && http.request.uri contains "transport=websocket"`, run), "tcp.stream")
	answers := map[string]string{
		"sid":         regexp.MustCompile(`"sid":"([^"]+)"`).FindStringSubmatch(opened)[1],
		"separator":   fmt.Sprint(bytes.IndexByte(together, 0x1e)),
		"packets":     fmt.Sprint(packets),
		"client_port": one(t, file, ws, "tcp.srcport"),
		"requests":    fmt.Sprint(len(tshark(t, file, polls, "frame.number"))),
	}
	for _, row := range tshark(t, file, ws+" && websocket.mask == 1", "frame.number", "websocket.payload.text",
		"websocket.masking_key", "websocket.payload_length") {
		switch {
		case row[1] == "5":
			answers["switch"] = row[0]
		case strings.HasSuffix(row[1], text):
			answers["ack"] = strings.TrimPrefix(strings.TrimSuffix(row[1], text), "42")
			answers["masked"] = xored(t, row[2], '4')
			answers["length"] = row[3]
			answers["saved"] = fmt.Sprint(asNumber(alone) - asNumber(row[3]) - 6)
		}
	}
	return answers
}
