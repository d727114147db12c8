package socketio

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The JavaScript client against this server, the current version and an old one. It needs node, and what npm ci puts
// into test/e2e/.
func TestJavaScriptClient(t *testing.T) {
	clients, err := filepath.Glob("../../test/e2e/node_modules/socket.io-client*")
	if _, missing := exec.LookPath("node"); missing != nil || err != nil || len(clients) < 2 {
		if os.Getenv("POLLWIRE_E2E") == "required" {
			t.Fatal("node or test/e2e/node_modules is missing")
		}
		t.Skip("needs node, and npm ci in test/e2e/")
	}
	for _, client := range clients {
		old := !strings.Contains(readFile(t, filepath.Join(client, "build", "cjs", "socket.js")), "recovered")
		for _, transports := range []string{"polling", "websocket", "polling websocket"} {
			t.Run(filepath.Base(client)+" "+transports, func(t *testing.T) {
				w := serve(t, Config{})
				got := w.play(client, strings.Fields(transports))
				last := transports[strings.LastIndex(transports, " ")+1:]
				want := []string{
					`refused: Not authorized {"status":401}`, "unknown: Invalid namespace", `auth: {"token":"123"}`, "transport: " +
						last, "ticks: true",
					`message-back: [1,"2",{"3":[true]}]`, "binary: 010203 04", `ack: {"a":"안녕"}`, "binary ack: 0908",
					`custom: {"token":"abc"} 5`, "news in order: true", "recovered: true true", "missed in order: true", "missed: 30",
					"disconnect: io server disconnect",
				}
				if old { // this version knows nothing of recovery
					want = slices.Concat(want[:11], []string{"recovered: undefined false", "missed: 0"}, want[14:])
				}
				slices.Sort(got[:min(2, len(got))])
				if !slices.Equal(got, want) {
					t.Errorf("the client saw\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
				w.noted(`answer ["answer 1"] [] <nil>`)
			})
		}
	}
}

func absolute(t *testing.T, path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t *testing.T, name string) string {
	text, err := os.ReadFile(name)
	if err != nil {
		return "" // other versions have other folders
	}
	return string(text)
}

// play runs the script, publishes while it is disconnected, and returns what it says.
func (w *world) play(client string, transports []string) (lines []string) {
	cmd := exec.CommandContext(w.Context(), "node",
		append([]string{"testdata/client.js", absolute(w.T, client), strings.TrimSuffix(w.url, "/socket.io/?EIO=4")},
			transports...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		w.Fatal("node: ", err)
	}
	var ticking sync.WaitGroup
	ticking.Go(func() { // all the while the clients connect and change their transport
		w.noted("connect /")
		for i := range 200 {
			w.hub.Publish("tick", 0, fmt.Append(nil, i+1))
			time.Sleep(time.Millisecond)
		}
	})
	defer ticking.Wait()
	in := bufio.NewScanner(out)
	for in.Scan() {
		if in.Text() == "lost" {
			w.noted("disconnect / transport close")
			w.publish(101, 130)
			continue
		}
		lines = append(lines, in.Text())
	}
	cmd.Wait()
	return lines
}
