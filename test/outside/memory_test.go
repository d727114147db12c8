package outside

import (
	"regexp"
	"strconv"
	"testing"

	"pollwire/test/rig"
)

// What a small server keeps is small, and to look through it for each 3 MB of garbage would cost more than they do.
func TestGarbageIsCollectedSeldom(t *testing.T) {
	t.Setenv("GODEBUG", "gctrace=1")
	p := rig.Spawn(t, t.TempDir())
	c := rig.DialRaw(t, p.API[len("http://"):])
	for range 5000 { // each leaves 3 KB behind
		if status, err := c.RoundTrip(rig.Request("GET", "/api/polls", "", nil)); status != 200 || err != nil {
			t.Fatalf("GET = %d, %v", status, err)
		}
	}
	p.Kill()
	lines := regexp.MustCompile(`(?m), (\d+) MB goal`).FindAllStringSubmatch(p.Stderr.String(), -1)
	if len(lines) == 0 {
		t.Fatal("nothing was collected: there is nothing to look at")
	}
	if goal, _ := strconv.Atoi(lines[len(lines)-1][1]); goal < 16 {
		t.Errorf("the last of %d collections came at %d MB, want 16 at least", len(lines), goal)
	}
}
