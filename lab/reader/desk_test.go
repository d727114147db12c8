package reader

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pollwire/lab/pcap"
	"pollwire/rest/problem"
	"pollwire/test/rig"
)

// newDesk is a desk that has nothing to warn of.
func newDesk(t *testing.T) *Desk { return deskThat(t, func(err error) { t.Error(err) }) }

// deskThat is a desk whose folder has a name that not every system takes for granted. In the end no file is left there.
func deskThat(t *testing.T, warns func(error)) *Desk {
	t.Helper()
	path := filepath.Join(t.TempDir(), "받은 캡처 1")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	folder, err := os.OpenRoot(path)
	if err != nil {
		t.Fatal(err)
	}
	d := NewDesk(folder, warns)
	t.Cleanup(func() {
		d.Close()
		folder.Close()
		if left, _ := os.ReadDir(path); len(left) > 0 {
			t.Errorf("left in the folder: %v", left)
		}
	})
	return d
}

// received is a file that has arrived.
func received(t *testing.T, d *Desk, data []byte) *File {
	t.Helper()
	f, err := d.Receive("test", bytes.NewReader(data), false)
	t.Cleanup(f.Drop)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// serve is a server of one desk.
func serve(t *testing.T, d *Desk) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := d.Serve(w, r); err != nil {
			problem.Write(w, err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func post(t *testing.T, url string, body io.Reader, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest("POST", url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp, string(text)
}

func TestTheCall(t *testing.T) {
	d := newDesk(t)
	d.limit = time.Minute // with the race detector 300,000 packets take longer than they may
	url := serve(t, d)
	many := rig.SYNs(pcap.MaxPackets + 1)
	for _, tt := range []struct {
		name   string
		body   []byte
		header []string
		status int
		says   []string
	}{
		{"English", rig.ARP(0), nil, 200, []string{`"ARP request"`}},
		{"Korean", rig.ARP(0), []string{"Accept-Language", "en;q=0.5, ko-KR"}, 200, []string{`"ARP 요청"`}},
		{"nothing", nil, nil, 422, []string{`"capture_unknown"`}},
		{"a picture", []byte("GIF89a, and more"), nil, 422, []string{`"capture_unknown"`}},
		{"cut off", rig.ARP(1), nil, 422, []string{`"capture_cut"`, `"packet":3`, "packet 3: "}},
		{"broken", append(rig.ARP(0), make([]byte, 12)...), nil, 422, []string{`"capture_broken"`, `"packet":4`}},
		{"too many packets", many, nil, 422, []string{`"capture_packets"`, "300000"}},
		{"too large", make([]byte, pcap.MaxBytes+1), nil, 413, []string{`"file_too_large"`}},
		{"compressed on the way", rig.ARP(0), []string{"Content-Encoding", "gzip"}, 415, nil},
		{"a part", rig.ARP(0), []string{"Content-Range", "bytes 0-1/9"}, 400, nil},
	} {
		resp, text := post(t, url, bytes.NewReader(tt.body), tt.header...)
		if resp.StatusCode != tt.status {
			t.Errorf("%s: %d %.300s, want %d", tt.name, resp.StatusCode, text, tt.status)
		}
		for _, s := range tt.says {
			if !strings.Contains(text, s) {
				t.Errorf("%s: %.300s, want %s", tt.name, text, s)
			}
		}
	}
	// Without a length, the limit holds while it comes.
	resp, text := post(t, url, io.LimitReader(zeros{}, pcap.MaxBytes+1))
	if resp.StatusCode != 413 {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// They are few: who comes then waits, and is sent away in the end.
func TestThePlacesAreFew(t *testing.T) {
	d := newDesk(t)
	d.patience = 50 * time.Millisecond
	url := serve(t, d)
	var taken []func()
	for range readingPlaces() {
		leave, err := d.enter(t.Context(), d.reading, 1)
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, leave)
	}
	resp, text := post(t, url, bytes.NewReader(rig.ARP(0)))
	if resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "5" || !strings.Contains(text, "captures_busy") {
		t.Errorf("%d %s %v", resp.StatusCode, text, resp.Header)
	}
	for _, leave := range taken {
		leave()
	}
	if resp, text := post(t, url, bytes.NewReader(rig.ARP(0))); resp.StatusCode != 200 {
		t.Errorf("when they have left: %d %s", resp.StatusCode, text)
	}
}

// What has been announced has its room, before it comes and until it has been read; what nobody knows the size of gets
// the most.
func TestTheRoomForBodiesIsLimited(t *testing.T) {
	d := newDesk(t)
	d.patience = time.Hour
	var all []func()
	for len(d.room)+33 <= roomMiB {
		leave, err := d.Room(t.Context(), -1)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, leave)
	}
	if len(all) != roomMiB/33 {
		t.Errorf("%d bodies of unknown size have room, want %d", len(all), roomMiB/33)
	}
	waiting, stop := context.WithCancel(t.Context())
	refused := make(chan error)
	go func() { _, err := d.Room(waiting, pcap.MaxBytes); refused <- err }()
	for len(d.room) < roomMiB {
		time.Sleep(time.Millisecond) // it takes what is left, and waits for more
	}
	stop()
	if err := <-refused; !errors.Is(err, context.Canceled) || len(d.room) != len(all)*33 {
		t.Errorf("who stops waiting gets %v and leaves %d MiB taken, want %d", err, len(d.room), len(all)*33)
	}
	d.patience = 50 * time.Millisecond
	url := serve(t, d)
	resp, text := post(t, url, io.LimitReader(zeros{}, 100)) // without a length
	if resp.StatusCode != 503 || !strings.Contains(text, "captures_busy") {
		t.Errorf("without room: %d %s", resp.StatusCode, text)
	}
	if resp, text := post(t, url, bytes.NewReader(rig.ARP(0))); resp.StatusCode != 200 {
		t.Errorf("a small one finds room: %d %s", resp.StatusCode, text)
	}
	for _, leave := range all {
		leave()
	}
	if len(d.room) != 0 {
		t.Errorf("%d MiB are still taken", len(d.room))
	}
}

func TestWhatTakesTooLong(t *testing.T) {
	d := newDesk(t)
	d.limit = time.Nanosecond
	resp, text := post(t, serve(t, d), bytes.NewReader(rig.SYNs(5000)))
	if resp.StatusCode != 422 || !strings.Contains(text, "capture_slow") {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}
