// Package built says from which commit a program was made, and by which Go.
//
//	commit 54c37dbf9999 of 2026-11-28, go1.26.8, linux/amd64
//
// Go writes the commit into a program where it builds in a git repository (-buildvcs). Elsewhere it is left out.
package built

import (
	"runtime"
	"runtime/debug"
	"strings"
)

// Info is the line above, of this program.
func Info() string {
	set := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			set[s.Key] = s.Value
		}
	}
	return strings.Join(append(commit(set), runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH), ", ")
}

// commit is what the settings of a build tell of it, if they do.
func commit(set map[string]string) []string {
	name := set["vcs.revision"]
	if name == "" {
		return nil
	}
	text := "commit " + name[:min(12, len(name))] // enough for git to know it
	if set["vcs.modified"] == "true" {
		text += " with changes"
	}
	if day, _, _ := strings.Cut(set["vcs.time"], "T"); day != "" {
		text += " of " + day
	}
	return []string{text}
}
