package http3

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"reflect"
	"testing"
)

// FuzzMessage reads a request and its body. Whatever comes, there is an end, and an error that says whose.
func FuzzMessage(f *testing.F) {
	f.Add(join(headers(get()...), appendFrame(nil, frameData, []byte("x")), headers()))
	f.Add([]byte{0x01, 0x05, 0x00})
	f.Fuzz(func(t *testing.T, text []byte) {
		st := bytes.NewReader(text)
		fields, err := readHead(st, true, 1000)
		if err != nil {
			checkError(t, err)
			return
		}
		r, err := checkRequest(fields)
		if err != nil {
			checkError(t, err)
			return
		}
		b := &body{st: st, server: true, most: 1000, length: r.ContentLength, trailer: func(http.Header) {},
			failed: func(err error) error { checkError(t, err); return err }}
		n, err := io.Copy(io.Discard, onlyReader{b})
		if err == nil && r.ContentLength >= 0 && n != r.ContentLength {
			t.Errorf("%d bytes, Content-Length is %d", n, r.ContentLength)
		}
	})
}

func checkError(t *testing.T, err error) {
	var conn *connError
	var stream *streamError
	if !errors.As(err, &conn) && !errors.As(err, &stream) {
		t.Errorf("%v has no code", err)
	}
}

// FuzzFields decodes a field section. What comes out of it is written and read as the same.
func FuzzFields(f *testing.F) {
	f.Add([]byte("\x00\x00\x51\x0b/index.html"))
	f.Add(appendFields(nil, get(field{"x", "ÿ"}, field{"cookie", "a"})))
	f.Fuzz(func(t *testing.T, section []byte) {
		fields, err := parseFields(section, 10_000)
		if err != nil {
			checkError(t, err)
			return
		}
		again, err := parseFields(appendFields(nil, fields), 10_000)
		if err != nil || !reflect.DeepEqual(again, fields) {
			t.Errorf("%q becomes %q, %v", fields, again, err)
		}
	})
}

// FuzzControl reads a control stream with its SETTINGS.
func FuzzControl(f *testing.F) {
	f.Add(join(appendSettings(nil, 5), []byte{0x0D, 0x01, 0x05, 0x21, 0x01, 'x', 0x07, 0x01, 0x00}))
	f.Fuzz(func(t *testing.T, text []byte) {
		c := &conn{server: true, streams: map[uint64]bool{}, goAway: func(uint64) error { return nil }}
		if err := c.readControl(bytes.NewReader(text)); err == nil {
			t.Error("a control stream has no good end")
		} else if !isEOF(err) {
			checkError(t, err)
		}
		for _, read := range []func(io.ByteReader) error{readEncoder, readDecoder} {
			if err := read(bytes.NewReader(text)); err == nil {
				t.Error("a stream of QPACK has no good end")
			}
		}
	})
}
