package graded

import (
	"bytes"
	"compress/gzip"
	"flag"
	"net"
	"os"
	"path/filepath"
	"testing"

	"pollwire/lab/exercise"
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
		wire := capture(t, r.Rig)
		at := exercise.Place{Say: func(exercise.Text) {}, Addr: func(service string) string {
			return net.JoinHostPort("127.0.0.1", r.Port(service))
		}}
		if err := e.Sheet(exercise.NewRun(exercise.TestCode, [32]byte{})).Play(t.Context(), at); err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
		data, err := os.ReadFile(wire.stop())
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
}
