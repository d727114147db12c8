package reader

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"testing"
	"testing/iotest"

	"pollwire/lab/pcap"
	"pollwire/rest/problem"
	"pollwire/test/rig"
)

// What arrives is in the file as it was sent, and there as long as it is used or kept.
func TestAFileArrives(t *testing.T) {
	d := newDesk(t)
	sent := rig.SYNs(20_000) // more than one piece
	f, err := d.Receive("run", iotest.HalfReader(bytes.NewReader(sent)), true)
	if err != nil || f.Size != int64(len(sent)) || !d.Arriving(f.Name) {
		t.Fatalf("%+v, %v", f, err)
	}
	if err := f.Store(); err != nil {
		t.Fatal(err)
	}
	f.Keep()
	f.Drop()
	got, err := d.folder.ReadFile(f.Name)
	if err != nil || !bytes.Equal(got, sent) || d.Arriving(f.Name) {
		t.Errorf("%d bytes are kept, want %d: %v", len(got), len(sent), err)
	}
	d.folder.Remove(f.Name)
	if info, err := os.ReadDir(d.folder.Name()); len(info) != 0 {
		t.Errorf("%v, %v", info, err)
	}
}

// What breaks off, or has too much, is no capture, and goes.
func TestAFileThatDoesNotArrive(t *testing.T) {
	d := newDesk(t)
	broken := errors.New("broken off")
	for _, from := range []io.Reader{
		io.MultiReader(bytes.NewReader(make([]byte, 2*piece)), iotest.ErrReader(broken)),
		io.LimitReader(zeros{}, pcap.MaxBytes+1),
	} {
		f, err := d.Receive("run", from, true)
		if large := (*pcap.Error)(nil); !errors.Is(err, broken) && (!errors.As(err, &large) || large.Code != pcap.TooLarge) {
			t.Errorf("%v", err)
		}
		f.Drop()
		if _, err := d.folder.Stat(f.Name); !errors.Is(err, fs.ErrNotExist) || d.Arriving(f.Name) {
			t.Errorf("it is still there: %v", err)
		}
	}
	f, err := d.Receive("run", io.LimitReader(zeros{}, pcap.MaxBytes), true)
	if f.Drop(); err != nil {
		t.Errorf("the largest: %v", err)
	}
}

// A disk that can't be written is told when all has been sent: to who runs the server, what it is.
func TestADiskThatCannotBeWritten(t *testing.T) {
	var warned error
	d := deskThat(t, func(err error) { warned = err })
	full := received(t, d, rig.ARP(0))
	full.file.Close()
	full.file, _ = d.folder.Open(full.Name) // to read
	for range 2 {
		if n, err := (toDisk{full}).Write(make([]byte, 100)); n != 100 || err != nil {
			t.Errorf("%d, %v: who sends is to go on", n, err)
		}
	}
	files := []*File{full}
	if runtime.GOOS != "windows" { // where no folder that is open can be removed
		files = append(files, inFolderThatIsGone(t, d, rig.SYNs(20_000)))
	}
	for _, f := range files {
		for what, do := range map[string]func() error{
			"read":  func() error { _, err := d.Read(t.Context(), Job{}, f); return err },
			"store": f.Store,
		} {
			warned = nil
			p, _ := problem.Of(do())
			disk := (*fs.PathError)(nil)
			if p.Status != 503 || p.Code != "disk" || !errors.As(warned, &disk) {
				t.Errorf("%s = %+v, and warned of %v", what, p, warned)
			}
		}
	}
}

// inFolderThatIsGone receives a file, and wants all of it to be read.
func inFolderThatIsGone(t *testing.T, d *Desk, data []byte) *File {
	t.Helper()
	gone := deskThat(t, d.warn)
	os.RemoveAll(gone.folder.Name())
	from := bytes.NewReader(data)
	f, err := gone.Receive("run", from, true)
	t.Cleanup(f.Drop)
	if err != nil || from.Len() > 0 {
		t.Errorf("%v, and %d bytes are left", err, from.Len())
	}
	return f
}
