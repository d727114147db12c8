package middleware

import (
	"bytes"
	"io"
	"log/slog"
	"math/rand/v2"
	"testing"
	"time"
)

// slogs is the line as slog writes it.
func (a *answered) slogs(t testing.TB) string {
	var out bytes.Buffer
	if err := slog.NewTextHandler(&out, nil).Handle(t.Context(), a.record()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestALineIsAsSlogWritesIt(t *testing.T) {
	zones := []*time.Location{time.UTC, time.FixedZone("KST", 9*3600), time.FixedZone("", -(4*3600 + 30*60))}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 5000 {
		a := &answered{at: time.Unix(0, 1.7e18+r.Int64N(1e17)).In(zones[i%len(zones)]), method: "GET", path: "/api/polls/7",
			status: 200 + r.IntN(400), bytes: r.Int64N(1 << r.IntN(40)), ms: float64(r.IntN(1<<r.IntN(30))) / 1000,
			client: "[fe80::1%eth0]:51234", proto: "HTTP/1.1"}
		switch i % 5 {
		case 0:
			a.tlsVersion = "TLS 1.3"
		case 1:
			a.at = a.at.Truncate(time.Second) // zeros in the place of the milliseconds
		case 2:
			a.at = a.at.Truncate(time.Millisecond)
		}
		if got, want := string(a.appendText(nil)), a.slogs(t); !a.plain() || got != want {
			t.Fatalf("plain: %v\n%s%s", a.plain(), got, want)
		}
	}
}

func TestWhatSlogWouldQuoteIsLeftToIt(t *testing.T) {
	for c := range rune(0x250) {
		a := &answered{at: time.Unix(1, 0), method: "GET", path: "/a" + string(c), client: "c", proto: "HTTP/1.1"}
		if got, want := string(a.appendText(nil)), a.slogs(t); a.plain() && got != want {
			t.Errorf("%q:\n%s%s", a.path, got, want)
		}
	}
	if plain("") || plain("/\xff") || !plain("/api/memos?/~user,(1)") {
		t.Error("the empty text and half a character need quotes, a path does not")
	}
}

func BenchmarkLine(b *testing.B) {
	a := &answered{at: time.Now(), method: "GET", path: "/api/polls/7", status: 200, bytes: 640, ms: 0.412,
		client: "127.0.0.1:51234", proto: "HTTP/1.1"}
	out := newLines(io.Discard)
	b.Run("slog", func(b *testing.B) {
		h := slog.NewTextHandler(out, nil)
		for b.Loop() {
			h.Handle(b.Context(), a.record())
		}
	})
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			var room [256]byte
			out.Write(a.appendText(room[:0]))
		}
	})
}
