package socketio

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pollwire/wire/wsframe"
)

// Socket.IO protocol, "Packet encoding", all examples. Those that only a server sends are written, not read.
func TestPacketExamples(t *testing.T) {
	baz := `["baz",{"_placeholder":true,"num":0}]`
	two := `["baz",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`
	for _, tt := range []struct {
		name, text string
		want       packet
		sent       bool // by servers only
	}{
		{"CONNECT with the main namespace", "0", packet{'0', 0, "/", noID, nil}, false},
		{"CONNECT with a custom namespace", `0/admin,{"sid":"oSO0OpakMV_3jnilAAAA"}`,
			packet{'0', 0, "/admin", noID, []byte(`{"sid":"oSO0OpakMV_3jnilAAAA"}`)}, false},
		{"CONNECT_ERROR", `4{"message":"Not authorized"}`, packet{'4', 0, "/", noID, []byte(`{"message":"Not authorized"}`)},
			true},
		{"EVENT with the main namespace", `2["foo"]`, packet{'2', 0, "/", noID, []byte(`["foo"]`)}, false},
		{"EVENT with a custom namespace", `2/admin,["bar"]`, packet{'2', 0, "/admin", noID, []byte(`["bar"]`)}, false},
		{"EVENT with binary data", "51-" + baz, packet{'5', 1, "/", noID, []byte(baz)}, false},
		{"EVENT with multiple attachments", "52-/admin," + two, packet{'5', 2, "/admin", noID, []byte(two)}, false},
		{"EVENT to be acknowledged", `212["foo"]`, packet{'2', 0, "/", 12, []byte(`["foo"]`)}, false},
		{"ACK with a custom namespace", `3/admin,13["bar"]`, packet{'3', 0, "/admin", 13, []byte(`["bar"]`)}, false},
		{"ACK with binary data", `61-15["bar",{"_placeholder":true,"num":0}]`,
			packet{'6', 1, "/", 15, []byte(`["bar",{"_placeholder":true,"num":0}]`)}, false},
		{"DISCONNECT", "1", packet{'1', 0, "/", noID, nil}, false},
		{"DISCONNECT with a custom namespace", "1/admin,", packet{'1', 0, "/admin", noID, nil}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, want := tt.want.chunk(nil), textFrame("4"+tt.text); !bytes.Equal(got, want) {
				t.Errorf("written: %q, want %q", got, want)
			}
			if tt.sent {
				return
			}
			p, err := parsePacket([]byte(tt.text))
			if err != nil || p.kind != tt.want.kind || p.attachments != tt.want.attachments ||
				p.namespace != tt.want.namespace ||
				p.id != tt.want.id || !bytes.Equal(p.data, tt.want.data) {
				t.Errorf("parsePacket(%q) = %+v, %v, want %+v", tt.text, p, err, tt.want)
			}
		})
	}
}

func TestMalformedPackets(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                            "",
		"an unknown type":                    "7",
		"no type":                            "abc",
		"CONNECT with an array":              "0[]",
		"CONNECT with an id":                 "01{}",
		"CONNECT with half an object":        `0{"token":`,
		"CONNECT_ERROR from a client":        "4{}",
		"DISCONNECT with a payload":          "1{}",
		"EVENT without a payload":            "2",
		"EVENT with an object":               "2{}",
		"EVENT with text behind it":          `2["a"]x`,
		"EVENT with an id of letters":        `2abc["a"]`,
		"EVENT with a negative id":           `2-1["a"]`,
		"EVENT with an id beyond all":        `299999999999999999999["a"]`,
		"EVENT with an id of too many":       `29007199254740992["a"]`,
		"EVENT with a namespace and no more": "2/admin",
		"ACK without an id":                  `3["a"]`,
		"ACK without a payload":              "312",
		"BINARY_EVENT without a number":      `5["a"]`,
		"BINARY_EVENT with none":             `50-["a"]`,
		"BINARY_EVENT with a sign":           `5+1-["a"]`,
		"BINARY_EVENT with too many":         `511-["a"]`,
		"BINARY_EVENT without a dash":        `51["a"]`,
	} {
		t.Run(name, func(t *testing.T) {
			if p, err := parsePacket([]byte(text)); err == nil {
				t.Errorf("parsePacket(%q) = %+v, want an error", text, p)
			}
		})
	}
}

func TestEventNames(t *testing.T) {
	for item, want := range map[string]string{`"foo"`: "foo", `"\u00e9"`: "é", `""`: "", "1": "1"} {
		if got, err := eventName(json.RawMessage(item)); got != want || err != nil {
			t.Errorf("eventName(%s) = %q, %v, want %q", item, got, err, want)
		}
	}
	for _, item := range []string{"null", "true", "{}", "[]", `"connect"`, `"disconnect"`, `"disconnecting"`,
		`"\u0063onnect_error"`} {
		if got, err := eventName(json.RawMessage(item)); err == nil {
			t.Errorf("eventName(%s) = %q, want an error", item, got)
		}
	}
}

func TestArgs(t *testing.T) {
	a, err := MakeArgs("a<b", Binary{1, 2}, map[string]int{"n": 1}, nil, Binary{3})
	if err != nil {
		t.Fatal(err)
	}
	got := a.chunk(packet{kind: typeAck, namespace: "/x", id: 7}, nil)
	want := textFrame(`462-/x,7["a<b",{"_placeholder":true,"num":0},{"n":1},null,{"_placeholder":true,"num":1}]`)
	want = wsframe.AppendFrame(want, wsframe.OpBinary, []byte{1, 2})
	want = wsframe.AppendFrame(want, wsframe.OpBinary, []byte{3})
	if !bytes.Equal(got, want) {
		t.Errorf("chunk = %q, want %q", got, want)
	}
	if again, _ := MakeArgs(a); len(again.JSON) != 5 || len(again.Attachments) != 2 {
		t.Errorf("Args given as they are became %+v", again)
	}
	if _, err := MakeArgs(func() {}); err == nil {
		t.Error("a func was encoded")
	}
	for _, data := range []string{
		`[{"_placeholder":true,"num":1}]`, `[{"_placeholder":true,"num":-1}]`, `[{"_placeholder":true,"num":0.5}]`,
		`[{"_placeholder":true}]`, `[{"_placeholder":true,"num":"0"}]`, `[{"deep":[{"_placeholder":true,"num":1}]}]`,
		`[{"_placeholder":true,"num":1e300}]`,
	} {
		if _, err := parseArgs([]byte(data), [][]byte{{1}}); err == nil {
			t.Errorf("parseArgs(%s) took a placeholder for no attachment", data)
		}
	}
	if _, err := parseArgs([]byte(`[{"deep":[{"_placeholder":true,"num":0}]},{"_placeholder":false,"num":9}]`),
		[][]byte{{1}}); err != nil {
		t.Errorf("parseArgs refused placeholders that are right: %v", err)
	}
}

func FuzzPacket(f *testing.F) {
	for _, text := range []string{
		"0", `0/admin,{"sid":"x"}`, `2["foo"]`, `2/admin,["bar"]`, `51-["baz",{"_placeholder":true,"num":0}]`, `212["foo"]`,
		`3/admin,13["bar"]`, `61-15["bar",{"_placeholder":true,"num":0}]`, "1/admin,", `2/a,b,1["x"]`, `20["x"]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := parsePacket(text)
		if err != nil {
			return
		}
		if strings.ContainsRune(p.namespace, ',') || !strings.HasPrefix(p.namespace, "/") {
			t.Errorf("%q has the namespace %q", text, p.namespace)
		}
		written := append(p.head(), p.data...)
		again, err := parsePacket(written[1:])
		if err != nil || again.kind != p.kind || again.attachments != p.attachments || again.namespace != p.namespace ||
			again.id != p.id || !bytes.Equal(again.data, p.data) {
			t.Errorf("%q was read as %+v, written as %q, and read again as %+v, %v", text, p, written, again, err)
		}
		if p.kind != typeConnect && p.kind != typeDisconnect {
			if args, err := parseArgs(p.data, make([][]byte, p.attachments)); err == nil && len(args.JSON) > 0 {
				eventName(args.JSON[0])
			}
		} else if p.kind == typeConnect {
			parseAuth(p.data)
		}
	})
}
