package ballast

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
)

// goal is how large the heap gets before the next collection.
func goal() uint64 {
	runtime.GC()
	s := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func TestTheNextCollectionIsFurtherAway(t *testing.T) {
	without, with := goal(), uint64(0)
	err := Around(func() error {
		with = goal()
		return os.ErrExist
	})
	if err != os.ErrExist {
		t.Errorf("Around = %v, want the error of what it did", err)
	}
	if with < without+size {
		t.Errorf("collected at %d bytes without, at %d with", without, with)
	}
	if after := goal(); after >= without+size {
		t.Errorf("collected at %d bytes when it is over", after)
	}
}

// In a program that has just begun: later Go has memory to use again, which it has to fill with zeros.
func TestItTakesNoMemory(t *testing.T) {
	const alone = "BALLAST_TEST_ALONE"
	if os.Getenv(alone) == "" {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		c.Env = append(os.Environ(), alone+"=1")
		out, err := c.CombinedOutput()
		if strings.Contains(string(out), "--- SKIP") {
			t.Skipf("%s", out)
		}
		if err != nil {
			t.Errorf("%v: %s", err, out)
		}
		return
	}
	before := resident(t)
	Around(func() error {
		runtime.GC()
		if grown := resident(t) - before; grown > size/4 {
			t.Errorf("%d bytes more are resident", grown)
		}
		return nil
	})
}

func resident(t *testing.T) int {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("there is no /proc here: ", err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(statm))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
