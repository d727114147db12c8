package graded

import (
	stdhex "encoding/hex"
	"fmt"
	"regexp"
	"testing"
)

func init() { solvers["websocket"] = solveWebSocket }

// xored is n bytes with a mask, or without one where it is empty.
func xored(t testing.TB, mask string, b ...byte) string {
	key, err := stdhex.DecodeString(mask)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		if len(key) > 0 {
			b[i] ^= key[i%4]
		}
	}
	return stdhex.EncodeToString(b)
}

func solveWebSocket(t testing.TB, s sheet, file string) map[string]string {
	request := `http.request.uri == "` + regexp.MustCompile(`/ws\?run=\w+`).FindString(s.text("open")) + `"`
	stream := "tcp.stream == " + one(t, file, request, "tcp.stream") + " && "
	client := stream + "websocket.mask == 1 && websocket.opcode == "
	hello := one(t, file, client+"1 && websocket.payload_length < 126 && websocket.fin == 1", "websocket.masking_key")
	ended := tshark(t, file, stream+"websocket.opcode == 8", "websocket.mask", "websocket.masking_key",
		"websocket.payload.close.status_code", "frame.number")[0]
	answers := map[string]string{
		"client_port":  one(t, file, request, "tcp.srcport"),
		"key":          one(t, file, request, "http.sec_websocket_key"),
		"accept":       one(t, file, stream+"http.response.code == 101", "http.sec_websocket_accept"),
		"mask":         hello,
		"fourth":       xored(t, hello, []byte(`{"ev`)...)[6:],
		"header":       "8",
		"pong":         one(t, file, stream+"websocket.opcode == 10", "frame.number"),
		"continuation": one(t, file, client+"0", "websocket.masking_key"),
		"first_close":  ended[3],
		"close_bytes":  xored(t, ended[1], byte(number(ended[2])>>8), byte(number(ended[2]))),
	}
	if len(tshark(t, file, client+"1 && websocket.payload_length == 127", "frame.number")) > 0 {
		answers["header"] = fmt.Sprint(2 + 8 + 4)
	}
	return answers
}
