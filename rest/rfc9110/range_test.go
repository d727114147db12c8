package rfc9110

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestNormalizeRange(t *testing.T) {
	get, many := "GET", "bytes=0-0"+strings.Repeat(",0-0", 60)
	for _, tt := range []struct {
		name, method string
		sent         []string
		want         []string // nil: it is ignored
	}{
		{"no Range", get, nil, nil},
		{"14.1.2 the first 500 bytes", get, []string{"bytes=0-499"}, []string{"bytes=0-499"}},
		{"14.1.2 the final 500 bytes", get, []string{"bytes=-500"}, []string{"bytes=-500"}},
		{"14.1.2 from 9500 on", get, []string{"bytes=9500-"}, []string{"bytes=9500-"}},
		{"14.1.2 the first and the last", get, []string{"bytes=0-0,-1"}, []string{"bytes=0-0,-1"}},
		{"14.1.2 first, middle and last, with spaces", get, []string{"bytes= 0-999, 4500-5499, -1000"},
			[]string{"bytes= 0-999, 4500-5499, -1000"}},
		{"14.1 units are the same in any case", get, []string{"Bytes=0-4"}, []string{"bytes=0-4"}},
		{"14.1.1 empty items are passed over", get, []string{"bytes=,0-4,,"}, []string{"bytes=,0-4,,"}},
		{"one that lies outside is for ServeContent", get, []string{"bytes=99999-"}, []string{"bytes=99999-"}},
		{"14.2 an unknown unit", get, []string{"pages=1-2"}, nil},
		{"14.2 an unknown unit that begins like bytes", get, []string{"bytes2=1-2"}, nil},
		{"14.2 another method", "HEAD", []string{"bytes=0-4"}, nil},
		{"14.2 a method that stores", "PUT", []string{"bytes=0-4"}, nil},
		{"14.1.1 the last before the first", get, []string{"bytes=5-2"}, nil},
		{"14.1.1 one good, one bad", get, []string{"bytes=0-1,5-2"}, nil},
		{"the last zero bytes", get, []string{"bytes=-0"}, nil},
		{"a position beyond all files", get, []string{"bytes=0-99999999999999999999"}, nil},
		{"a sign", get, []string{"bytes=+1-2"}, nil},
		{"two signs", get, []string{"bytes=--1"}, nil},
		{"no numbers", get, []string{"bytes=-"}, nil},
		{"letters", get, []string{"bytes=a-b"}, nil},
		{"no dash", get, []string{"bytes=5"}, nil},
		{"nothing behind =", get, []string{"bytes="}, nil},
		{"no =", get, []string{"bytes"}, nil},
		{"empty", get, []string{""}, nil},
		{"two lines, though it is no list", get, []string{"bytes=0-1", "bytes=2-3"}, nil},
		{"17.15 very many ranges", get, []string{many}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := &http.Request{Method: tt.method, Header: http.Header{}}
			if tt.sent != nil {
				r.Header["Range"] = tt.sent
			}
			NormalizeRange(r, 100)
			if got := r.Header["Range"]; !slices.Equal(got, tt.want) {
				t.Errorf("Range %q became %q, want %q", tt.sent, got, tt.want)
			}
		})
	}
}

// What passes is understood by http.ServeContent: a part, or a 416 that tells the length.
func FuzzNormalizeRange(f *testing.F) {
	for _, s := range []string{"bytes=0-4", "BYTES=-3,1-", "bytes=-0", "pages=1-2", "bytes=9-3", "bytes=00-01, 99-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header["Range"] = []string{sent}
		NormalizeRange(r, 100)
		w := httptest.NewRecorder()
		http.ServeContent(w, r, "x.txt", time.Time{}, strings.NewReader("0123456789"))
		tells := w.Header().Get("Content-Range")
		if w.Code == http.StatusPartialContent && w.Body.Len() == 0 || w.Code == http.StatusRequestedRangeNotSatisfiable &&
			tells != "bytes */10" {
			t.Errorf("Range %q = %d, Content-Range %q, %d bytes", sent, w.Code, tells, w.Body.Len())
		}
	})
}
