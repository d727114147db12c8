package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"pollwire/lab/pcap"
	"pollwire/lab/trace"
)

// recorded are the connections of a ready capture.
func recorded(t *testing.T, lesson, host string) []*trace.Stream {
	t.Helper()
	f, err := os.Open(filepath.Join("../../docs/lab/captures", lesson, host+".pcapng.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := pcap.Load(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := trace.Read(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	return all.Streams
}

// The lesson on losses sends 30 segments of 1,448 bytes over 20 ms each way, and loses two of them once.
func TestWhatIsSentAgain(t *testing.T) {
	s := Of(recorded(t, "loss", "a")[0])
	again := 0
	for _, g := range s.Segments {
		if g.Again {
			again++
		}
	}
	if again != 2 || len(s.Segments) != 32 || s.Bytes != 30*1448 || len(s.Selective) == 0 {
		t.Errorf("%d segments, %d of them again, %v bytes, %d blocks of SACK", len(s.Segments), again, s.Bytes,
			len(s.Selective))
	}
	for _, p := range s.RTT {
		if p.Value < 40 || p.Value > 60 {
			t.Errorf("a round trip of %v ms, want 40 or a little more", p.Value)
		}
	}
	if last := s.Flight[len(s.Flight)-1]; last.Value != 0 || highest(s.Flight) != 20*1448 {
		t.Errorf("in flight at most %v, at the end %v", highest(s.Flight), last.Value)
	}
}

// Most of what the lesson on congestion sends goes over 1 Mbit/s; headers take 5 % of it.
func TestWhatArrives(t *testing.T) {
	s := &Series{}
	for _, stream := range recorded(t, "congestion", "a") {
		if one := Of(stream); one.Bytes > s.Bytes {
			s = one
		}
	}
	sum := 0.0
	for _, p := range s.Throughput {
		sum += p.Value
	}
	if mean := sum / pieces; math.Abs(mean-s.Bytes*8/1e6/s.Seconds) > 0.01 || highest(s.Throughput) > 2 {
		t.Errorf("the mean of the throughput is %v Mbit/s, the highest %v", mean, highest(s.Throughput))
	}
}

func TestPicturesAreWhole(t *testing.T) {
	for _, lesson := range []string{"loss", "congestion"} {
		for _, stream := range recorded(t, lesson, "a") {
			for _, lang := range []string{"en", "ko"} {
				var svg, small bytes.Buffer
				s := Of(stream)
				if err := errors.Join(s.SVG(&svg, lang), s.Braille(&small, lang, 60)); err != nil {
					t.Fatal(err)
				}
				if strings.Contains(svg.String(), "NaN") || strings.Contains(svg.String(), "Inf") {
					t.Errorf("%s: a place that is no number", s.Name)
				}
				for d := xml.NewDecoder(&svg); ; {
					if _, err := d.Token(); err == io.EOF {
						break
					} else if err != nil {
						t.Fatalf("%s: %v", s.Name, err)
					}
				}
				lines := strings.Split(strings.TrimSuffix(small.String(), "\n"), "\n")
				if len(lines) != rows+2 {
					t.Errorf("%d lines", len(lines))
				}
				for _, line := range lines[1 : rows+1] {
					if n := utf8.RuneCountInString(line); n != 9+60 {
						t.Errorf("a line of %d characters: %q", n, line)
					}
				}
			}
		}
	}
}

// A connection that carries nothing, or of which all comes at one moment, is drawn too.
func TestNothingToDraw(t *testing.T) {
	for _, s := range []*Series{{}, {Seconds: 1}, {Bytes: 5, Segments: []Segment{{To: 5}}, Acked: []Point{{0, 5}}}} {
		var out bytes.Buffer
		if err := errors.Join(s.SVG(&out, "en"), s.Braille(&out, "en", 10)); err != nil ||
			strings.Contains(out.String(), "NaN") {
			t.Errorf("%+v: %v, %s", s, err, out.String())
		}
	}
}

func TestTicks(t *testing.T) {
	for v := 0.0001; v < 1e9; v *= 1.37 {
		top := nice(v)
		if n := len(ticks(top)); top < v || top > 2.1*v || n < 2 || n > 9 {
			t.Errorf("up to %v: nice %v, %d ticks", v, top, n)
		}
	}
}
