package socketio

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pollwire/wire/wsconn"
	"pollwire/wire/wsframe"
)

func describe(packets []enginePacket) string {
	var b strings.Builder
	for _, p := range packets {
		fmt.Fprintf(&b, "%c %q %t; ", p.kind, p.data, p.binary)
	}
	return b.String()
}

// Engine.IO protocol, "Packet encoding".
func TestPayload(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"HTTP long-polling: the first example", "4hello\x1e2\x1e4world", `4 "hello" false; 2 "" false; 4 "world" false; `},
		{"HTTP long-polling: the example with binary", "4hello\x1ebAQIDBA==", `4 "hello" false; 4 "\x01\x02\x03\x04" true; `},
		{"WebSocket: the example", "4hello", `4 "hello" false; `},
		{"a binary packet without any bytes", "b", `4 "" true; `},
		{"text beyond ASCII", "4안녕", `4 "안녕" false; `},
	} {
		t.Run(tt.name, func(t *testing.T) {
			packets, err := parsePayload([]byte(tt.body))
			if got := describe(packets); err != nil || got != tt.want {
				t.Errorf("parsePayload(%q) = %s, %v, want %s", tt.body, got, err, tt.want)
			}
		})
	}
	for _, body := range []string{
		"", "abc", "7", "4a\x1e", "\x1e4a", "4a\x1e\x1e4b", "4\xff", "bAQIDBA", "bAQIDBB==", "bAQ\nID", "b*", " 4", "4a\x1ex",
		strings.Repeat("6\x1e", maxPackets) + "6",
	} {
		if packets, err := parsePayload([]byte(body)); err == nil {
			t.Errorf("parsePayload(%.40q) = %.80s, want an error", body, describe(packets))
		}
	}
}

// What is queued as frames leaves through a GET as a payload.
func TestFramesBecomeAPayload(t *testing.T) {
	long := "4" + strings.Repeat("x", 70_000)
	medium := "4" + strings.Repeat("y", 300)
	var chunk []byte
	for _, text := range []string{"4hello", long, medium} {
		chunk = append(chunk, textFrame(text)...)
	}
	chunk = wsframe.AppendFrame(chunk, wsframe.OpPong, []byte("of one connection only"))
	chunk = wsframe.AppendFrame(chunk, wsframe.OpBinary, []byte{1, 2, 3, 4})
	pieces := appendPayload(appendPayload(nil, chunk), wsconn.ByeFrame)
	want := "4hello\x1e" + long + "\x1e" + medium + "\x1ebAQIDBA==\x1e1"
	if got := string(bytes.Join(pieces, nil)); got != want {
		t.Errorf("payload = %.60q (%d bytes), want %.60q (%d bytes)", got, len(got), want, len(want))
	}
}

func FuzzPayload(f *testing.F) {
	for _, body := range []string{"4hello\x1e2\x1e4world", "4hello\x1ebAQIDBA==", "b", "3", "1", "4안녕\x1e6"} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		packets, err := parsePayload(body)
		if err != nil {
			return
		}
		var chunk []byte
		for _, p := range packets {
			if p.binary {
				chunk = wsframe.AppendFrame(chunk, wsframe.OpBinary, p.data)
			} else {
				chunk = wsframe.AppendFrame(chunk, wsframe.OpText, append([]byte{p.kind}, p.data...))
			}
		}
		if got := bytes.Join(appendPayload(nil, chunk), nil); !bytes.Equal(got, body) {
			t.Errorf("%q was written back as %q", body, got)
		}
	})
}
