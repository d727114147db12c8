package apps

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2/hpack"
	"pollwire/lab/trace"
)

// frame2 is a frame as it travels.
func frame2(kind, flags byte, stream uint32, payload string) string {
	b := []byte{byte(len(payload) >> 16), byte(len(payload) >> 8), byte(len(payload)), kind, flags}
	return string(binary.BigEndian.AppendUint32(b, stream)) + payload
}

// begun is how a client begins: with SETTINGS of two parameters.
var begun = preface + frame2(FrameSETTINGS, 0, 0, unhex("0002 00000000 0004 00001388"))

// headers are the header lists of a side, a line each; - is one that could not be read.
func headers(frames []*Frame2) (lines []string) {
	for _, f := range frames {
		if f.Type != FrameHEADERS && f.Type != FramePUSHPROMISE {
			continue
		}
		var fields []string
		for _, h := range f.Header {
			fields = append(fields, h.Name+" "+h.Value)
		}
		if f.Header == nil {
			fields = []string{"-"}
		}
		lines = append(lines, strings.Join(fields, ", "))
	}
	return lines
}

// The three requests of RFC 7541 §C.4, with Huffman codes: the second and the third refer to the table.
var requests = []string{unhex("828684418cf1e3c2e5f23a6ba0ab90f4ff"), unhex("828684be5886a8eb10649cbf"),
	unhex("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")}

const (
	first  = ":method GET, :scheme http, :path /, :authority www.example.com"
	second = first + ", cache-control no-cache"
	third  = ":method GET, :scheme https, :path /index.html, :authority www.example.com, custom-key custom-value"
)

func TestHeaderBlocks(t *testing.T) {
	all := byte(FlagEndStream | FlagEndHeaders)
	one, two, three := frame2(1, all, 1, requests[0]), frame2(1, all, 3, requests[1]), frame2(1, all, 5, requests[2])
	for name, tt := range map[string]struct {
		from trace.Side
		list []say
		want []string
	}{
		"one after the other": {c, []say{{c, begun}, {c, one + two}, {c, three}}, []string{first, second, third}},
		"padded, and with a priority": {c, []say{{c, begun}, {c, frame2(1, all|FlagPadded|FlagPriority, 1,
			"\x03\x00\x00\x00\x00\x10"+requests[0]+"\x00\x00\x00")}, {c, two}}, []string{first, second}},
		"in pieces": {c, []say{{c, begun}, {c, frame2(1, FlagEndStream, 1, requests[0][:5])},
			{c, frame2(9, 0, 1, requests[0][5:6])}, {c, frame2(9, FlagEndHeaders, 1, requests[0][6:])}, {c, two}},
			[]string{first, second}},
		"a frame of another stream between": {c, []say{{c, begun}, {c, frame2(1, FlagEndStream, 1, requests[0][:5])},
			{c, frame2(8, 0, 0, "\x00\x00\x00\x01")}, {c, frame2(9, FlagEndHeaders, 1, requests[0][5:])}, {c, two}},
			[]string{"-", "-"}},
		"a continuation of nothing": {c, []say{{c, begun}, {c, frame2(9, 4, 1, requests[0]) + two}}, []string{"-"}},
		"more padding than payload": {c, []say{{c, begun}, {c, frame2(1, all|FlagPadded, 1, "\x09\x82") + one}},
			[]string{"-", "-"}},
		"behind what is broken": {c, []say{{c, begun}, {c, frame2(1, all, 1, "\xff\xff") + one}},
			[]string{"-", "-"}},
		"before the block has ended": {c, []say{{c, begun}, {c, frame2(1, FlagEndStream, 1, requests[0])}},
			[]string{"-"}},
		"a larger table": {c, []say{{c, begun}, {c, frame2(1, all, 1, "\x3f\xe1\xff\x03"+requests[0]) + two}},
			[]string{first, second}},
		"what the server pushes": {s, []say{{c, begun}, {s, frame2(4, 0, 0, "")},
			{s, frame2(5, 4, 1, "\x00\x00\x00\x02"+requests[0]) + two}}, []string{first, second}},
		"from the middle of a server": {s, []say{{c, begun}, {s, one + two}}, []string{"-", "-"}},
		"a server that begins by ACK": {s, []say{{c, begun}, {s, frame2(4, FlagAck, 0, "") + one}}, []string{"-"}},
		"without a block in HEADERS":  {c, []say{{c, begun}, {c, frame2(1, all, 1, "") + one}}, []string{"", first}},
		"from the middle of a client": {c, []say{{c, one}, {c, two}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := headers(talk(t, tt.list...).HTTP2[tt.from]); !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// What frames say, and which of them are of one exchange.
func TestExchanges(t *testing.T) {
	var block bytes.Buffer
	code := func(status string) string {
		block.Reset()
		hpack.NewEncoder(&block).WriteField(hpack.HeaderField{Name: ":status", Value: status})
		return block.String()
	}
	talk := talk(t, say{c, begun + frame2(1, 5, 1, requests[0]) + frame2(1, 4, 3, requests[1])},
		say{c, frame2(0, 1, 3, "asked")},
		say{s, frame2(4, 0, 0, unhex("0004 00000001 0004 00000007")) + frame2(4, 1, 0, "") + frame2(1, 4, 3, code("103"))},
		say{s, frame2(1, 4, 3, code("200")) + frame2(0, 9, 3, "\x02body\x00\x00")},
		say{s, frame2(1, 4, 1, code("404")) + frame2(0, 0, 1, "some")},
		say{c, frame2(8, 0, 0, unhex("80000064")) + frame2(3, 0, 1, unhex("00000008"))},
		say{c, frame2(7, 0, 0, unhex("00000003 0000000b")) + "aa"})
	var got []string
	for _, e := range talk.Exchanges {
		line := fmt.Sprintf("%d %s %s, %d %d %d", e.Stream, e.Request().Get(":path"), e.Answer().Get(":status"),
			e.Request().Packet, e.Answer().Packet, len(e.Data(s)))
		for _, f := range e.Data(s) {
			line += fmt.Sprintf(" %q", f.Body())
		}
		if f := e.Reset(c); f != nil {
			code, _ := f.ErrorCode()
			line += fmt.Sprintf(" reset %d", code)
		}
		got = append(got, fmt.Sprintf("%s, ends: %v %v", line, e.End(c) != nil, e.End(s) != nil))
	}
	want := []string{`1 / 404, 1 5 1 "some" reset 8, ends: true false`, `3 / 200, 1 4 1 "body", ends: true true`}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	mine, theirs := talk.HTTP2[c], talk.HTTP2[s]
	window, _ := mine[0].Setting(SettingInitialWindow)
	last, _ := theirs[0].Setting(SettingInitialWindow)
	if _, ok := mine[0].Setting(SettingTableSize); window != 5000 || last != 7 || ok {
		t.Errorf("windows %d and %d; a size of the table: %v", window, last, ok)
	}
	if f := mine[len(mine)-1]; f.Type != FrameGOAWAY {
		t.Errorf("the last frame: %+v", f)
	} else if code, ok := f.ErrorCode(); code != 11 || !ok {
		t.Errorf("GOAWAY: %d %v", code, ok)
	}
	if n := mine[4].Increment(); n != 100 {
		t.Errorf("WINDOW_UPDATE gives %d", n)
	}
}

func FuzzHTTP2(f *testing.F) {
	f.Add([]byte(begun[len(preface):]+frame2(1, 4, 1, requests[0])+frame2(1, 13, 3, "\x00"+requests[1])),
		[]byte(frame2(4, 0, 0, "")+frame2(1, 0, 1, "\x88")+frame2(9, 4, 1, "\xbe")+frame2(0, 9, 1, "\x01ab")))
	f.Add([]byte(frame2(4, 0, 0, "")+frame2(3, 0, 1, "\x00\x00\x00\x08")),
		[]byte(frame2(5, 4, 1, "\x00\x00\x00\x02\x82")))
	f.Fuzz(func(t *testing.T, client, server []byte) {
		list := []say{{c, preface + string(client[:min(len(client), 50_000)])}}
		if len(server) > 0 {
			list = append(list, say{s, string(server[:min(len(server), 50_000)])})
		}
		talk, n := talk(t, list...), 0
		for side, frames := range talk.HTTP2 {
			for _, f := range frames {
				if len(f.Payload) != f.Length || len(f.Body()) > f.Length || f.To-f.From != int64(frameHead2+f.Length) ||
					int64(len(list[side].data)) < f.To {
					t.Errorf("%+v", f)
				}
				if f.Header != nil && f.Type != FrameHEADERS && f.Type != FramePUSHPROMISE {
					t.Errorf("a header in %+v", f)
				}
				f.Setting(SettingTableSize)
				f.Increment()
				f.ErrorCode()
			}
		}
		for _, e := range talk.Exchanges {
			e.Request()
			e.Answer()
			e.End(c)
			e.Reset(s)
			n += len(e.Data(c)) + len(e.Data(s))
		}
		if talk.items > maxItems || n > talk.items {
			t.Errorf("%d items, %d frames of data", talk.items, n)
		}
	})
}
