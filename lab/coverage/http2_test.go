package coverage

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"pollwire/lab/apps"
	"pollwire/lab/pcap"
)

// The capture is that of the exercise http2: two connections with two and three requests, the third one broken off.
func TestHTTP2(t *testing.T) {
	packed, err := os.ReadFile("../exercise/testdata/http2.pcapng.gz")
	if err != nil {
		t.Fatal(err)
	}
	file, err := pcap.Load(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	c := of(t, file)
	for id, want := range map[string]int{"http2.preface": 2, "http2.method.GET": 5, "http2.status.2xx": 5,
		"http2.settings": 8, "http2.settings_ack": 4, "http2.headers": 10, "http2.streams": 2, "http2.overtaken": 1,
		"http2.rst_stream": 1, "http2.code.CANCEL": 1, "http2.ping": 2, "http2.continuation": 0, "http2.padding": 0} {
		if got := c.Has(id); got != want {
			t.Errorf("%s: %d times, want %d", id, got, want)
		}
	}
	told := c.In("en").Found
	if !slices.ContainsFunc(told, func(f Found) bool { return f.What == "HTTP/2 error code: CANCEL" && f.Layer == 7 }) {
		t.Errorf("%+v", told)
	}
}

func TestFramesOfHTTP2(t *testing.T) {
	header := func(name, value string) []apps.Field { return []apps.Field{{Name: name, Value: value}} }
	for _, tt := range []struct {
		frame apps.Frame2
		want  []string
	}{
		{apps.Frame2{Type: apps.FrameDATA, Flags: apps.FlagPadded}, []string{"http2.data", "http2.padding"}},
		{apps.Frame2{Type: apps.FrameCONTINUATION, Flags: apps.FlagPadded}, []string{"http2.continuation"}},
		{apps.Frame2{Type: apps.FramePRIORITY}, []string{"http2.priority"}},
		{apps.Frame2{Type: apps.FramePUSHPROMISE, Header: header(":method", "HEAD")},
			[]string{"http2.push_promise", "http2.method.HEAD"}},
		{apps.Frame2{Type: apps.FrameHEADERS, Header: header(":method", "made.up")}, []string{"http2.headers"}},
		{apps.Frame2{Type: apps.FrameHEADERS, Header: header(":status", "103")},
			[]string{"http2.headers", "http2.status.1xx"}},
		{apps.Frame2{Type: apps.FrameHEADERS, Header: header(":status", "1000")}, []string{"http2.headers"}},
		{apps.Frame2{Type: apps.FrameGOAWAY, Payload: make([]byte, 8)}, []string{"http2.goaway", "http2.code.NO_ERROR"}},
		{apps.Frame2{Type: apps.FrameRSTSTREAM, Payload: []byte{0, 0, 1, 0}},
			[]string{"http2.rst_stream", "http2.code.256"}},
		{apps.Frame2{Type: 99}, nil},
	} {
		c := &Coverage{seen: map[string]*sight{}}
		c.frame2(&tt.frame)
		var got []string
		for id := range c.seen {
			got = append(got, id)
		}
		slices.Sort(got)
		slices.Sort(tt.want)
		if !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %q, want %q", tt.frame, got, tt.want)
		}
	}
}
