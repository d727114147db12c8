package graded

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"flag"
	"net"
	"os"
	"path/filepath"
	"testing"

	"pollwire/lab/exercise"
	"pollwire/lab/netbox"
	"pollwire/test/rig"
)

var record = flag.Bool("record", false, "write captures for the tests of lab/exercise")

// TestRecord plays each exercise with the code and the seed that the tests of lab/exercise have, and keeps the capture.
//
//	go test ./test/graded -run TestRecord -record
func TestRecord(t *testing.T) {
	if !*record {
		t.Skip("it writes into lab/exercise/testdata: -record")
	}
	r := rig.Spawn(t, t.TempDir(), "-limits=false")
	for _, e := range exercise.All() {
		if e.Box {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			wire := capture(t, r.Rig)
			at := exercise.Place{Say: func(exercise.Text) {}, Addr: func(service string) string {
				return net.JoinHostPort("127.0.0.1", r.Port(service))
			}}
			if err := e.Sheet(exercise.NewRun(exercise.TestCode, [32]byte{})).Play(t.Context(), at); err != nil {
				t.Fatal(err)
			}
			keep(t, e, wire.stop())
		})
	}
}

// TestRecordBoxed is the same for exercises in a network of their own, which the test program has to enter. What host a
// saw is kept.
func TestRecordBoxed(t *testing.T) {
	if !*record {
		t.Skip("it writes into lab/exercise/testdata: -record")
	}
	if !netbox.Inside() {
		wanted := flag.Lookup("test.run").Value.String()
		if status, err := netbox.Enter(t.Context(), []string{"-record", "-test.v", "-test.run=" + wanted}); err != nil ||
			status != 0 {
			t.Fatal(status, err)
		}
		return
	}
	for _, e := range exercise.All() {
		if !e.Box {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			n, err := netbox.New(1, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			at := exercise.Place{Say: func(exercise.Text) {}, Network: func() (*netbox.Net, error) { return n, nil }}
			err = e.Sheet(exercise.NewRun(exercise.TestCode, [32]byte{})).Play(t.Context(), at)
			if err = cmp.Or(err, n.Close()); err != nil {
				t.Fatal(err)
			}
			keep(t, e, n.Capture("a"))
		})
	}
}

// keep packs a capture into the folder of the tests.
func keep(t *testing.T, e *exercise.Exercise, capture string) {
	t.Helper()
	data, err := os.ReadFile(capture)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(data)
	z.Close()
	file := filepath.Join(rig.Root, "lab/exercise/testdata", e.Name+".pcapng.gz")
	if err := os.WriteFile(file, packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
