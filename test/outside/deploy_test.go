package outside

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pollwire/test/rig"
)

// The papers about containers and services name flags and ports that this program has.
func TestDeploymentNamesWhatTheProgramHas(t *testing.T) {
	dockerfile, unit := textOf(t, "../../docs/deploy/Dockerfile"), textOf(t, "../../docs/deploy/pollwire.service")

	ports := []string{"3001/udp"} // the ping; else as -h tells
	for _, p := range regexp.MustCompile(`\(default :(\d+)\)`).FindAllStringSubmatch(printed(t, "-h"), -1) {
		ports = append(ports, p[1]+"/tcp")
	}
	slices.Sort(ports)
	exposed := strings.Fields(only(t, dockerfile, `(?m)^EXPOSE (.*)$`))
	if slices.Sort(exposed); !slices.Equal(exposed, ports) {
		t.Errorf("the Dockerfile exposes %q, the program listens on %q", exposed, ports)
	}
	want := only(t, textOf(t, "../../go.mod"), `(?m)^go (\d+\.\d+)`)
	if got := only(t, dockerfile, `(?m)^FROM golang:(\S+)`); got != want {
		t.Errorf("the Dockerfile builds with Go %s, go.mod wants %s", got, want)
	}

	knows := func(where, args string) {
		t.Helper()
		cmd := rig.Program(t, t.TempDir(), append(strings.Fields(args), "-version")...)
		if said, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %q: %v, %s", where, args, err, said)
		}
	}
	knows("the unit", only(t, unit, `(?m)^ExecStart=\S+/pollwire(.*)$`))
	for _, name := range []string{"../../docs/deploy/README.md", "../../docs/deploy/README.ko.md"} {
		text := strings.ReplaceAll(textOf(t, name), "\\\n", " ")
		for _, run := range regexp.MustCompile(`(?m)^ +docker run .* pollwire( -.*)?$`).FindAllStringSubmatch(text, -1) {
			knows(name, run[1])
		}
		knows(name, only(t, text, `(?m)^ +ExecStart=\S+/pollwire(.*)$`))
		var published []string
		for _, p := range regexp.MustCompile(` -p (\d+):(\d+)(/udp)?`).FindAllStringSubmatch(text, -1) {
			if published = append(published, p[2]+max(p[3], "/tcp")); p[1] != p[2] {
				t.Errorf("%s: port %s under the number %s, to which the page can't call", name, p[2], p[1])
			}
		}
		if slices.Sort(published); !slices.Equal(published, ports) {
			t.Errorf("%s publishes %q, the program listens on %q", name, published, ports)
		}
	}
}

func textOf(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// only is the first group of the only match.
func only(t *testing.T, text, expression string) string {
	t.Helper()
	found := regexp.MustCompile(expression).FindAllStringSubmatch(text, -1)
	if len(found) != 1 {
		t.Fatalf("%s is there %d times", expression, len(found))
	}
	return found[0][1]
}
