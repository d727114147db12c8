package built

import (
	"runtime"
	"strings"
	"testing"
)

func TestCommit(t *testing.T) {
	for _, c := range []struct{ revision, modified, time, due string }{
		{"54c37dbf9999215105b2bbeac1f55b4a818725d1", "false", "2026-11-28T17:59:12Z", "commit 54c37dbf9999 of 2026-11-28"},
		{"54c37dbf9999215105b2bbeac1f55b4a818725d1", "true", "2026-11-28T17:59:12Z",
			"commit 54c37dbf9999 with changes of 2026-11-28"},
		{"54c37d", "false", "", "commit 54c37d"},
		{"", "", "", ""},
	} {
		set := map[string]string{"vcs.revision": c.revision, "vcs.modified": c.modified, "vcs.time": c.time}
		if got := strings.Join(commit(set), "|"); got != c.due {
			t.Errorf("commit(%v) = %q, want %q", set, got, c.due)
		}
	}
	if got := Info(); !strings.HasSuffix(got, runtime.Version()+", "+runtime.GOOS+"/"+runtime.GOARCH) {
		t.Errorf("Info = %q, want it to end with Go and the system", got)
	}
}
