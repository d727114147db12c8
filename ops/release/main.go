// Release makes what a teacher takes to machines without Go: a zip for each system, and SHA256SUMS.
//
//	$ go run ./ops/release                             all systems, into the folder release
//	$ go run ./ops/release -targets linux/arm64 -o /tmp/out
//
// In a zip are the program, the READMEs, the licence, the changes, the sheets and recorded captures of the lessons, the
// kit for Wireshark, and a script to start by a double click.
//
// The same commit and the same version of Go give the same bytes, on every machine and in every folder:
//
//   - What is built is a fetched copy of the commit, without what else lies in the folder, and without tags: Go writes
//     commit and version into the program (-buildvcs), and those would differ.
//   - -trimpath leaves out the names of folders. Settings of Go that change the code are set here.
//   - A zip (APPNOTE.TXT 6.3.10) has its names in order, and each file the time of the commit.
package main

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const allTargets = "linux/amd64,linux/arm64,linux/arm,windows/amd64,windows/arm64,darwin/amd64,darwin/arm64"

func main() {
	folder := flag.String("o", "release", "`folder` to write to")
	targets := flag.String("targets", allTargets, "`list` of systems, with commas")
	flag.Parse()
	if err := release(*folder, strings.Split(*targets, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// release makes the zips of all targets, and the sums of all zips in the folder.
func release(folder string, targets []string) error {
	source, err := os.MkdirTemp("", "release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(source)
	at, err := fetch(source)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	common, err := papers(source)
	if err != nil {
		return err
	}
	failed := make([]error, len(targets))
	atOnce := make(chan struct{}, 2) // most of the time goes to SQLite: one package, so one processor compiles it
	var all sync.WaitGroup
	for i, target := range targets {
		all.Go(func() {
			atOnce <- struct{}{}
			defer func() { <-atOnce }()
			if err := makeOne(folder, source, target, common, at); err != nil {
				failed[i] = fmt.Errorf("%s: %w", target, err)
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	return sums(folder)
}

// fetch takes the commit of the current folder to another one, and returns its time.
func fetch(source string) (time.Time, error) {
	changed, err := run(".", "git", "status", "--porcelain", "--untracked-files=no")
	if err == nil && changed != "" {
		err = errors.New("there are changes that are not in a commit:\n" + changed)
	}
	here := ""
	if err == nil {
		here, err = run(".", "git", "rev-parse", "--show-toplevel")
	}
	for _, args := range [][]string{
		{"init", "-q"},
		{"config", "core.autocrlf", "false"}, // or Windows would build from other files
		{"fetch", "-q", "--depth", "1", "--no-tags", here, "HEAD"},
		{"checkout", "-q", "FETCH_HEAD"},
	} {
		if err == nil {
			_, err = run(source, "git", args...)
		}
	}
	stamp := ""
	if err == nil {
		stamp, err = run(source, "git", "log", "-1", "--format=%cI")
	}
	if err != nil {
		return time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339, stamp)
	return at.UTC(), err
}

// makeOne makes the zip of one target.
func makeOne(folder, source, target string, common []file, at time.Time) error {
	system, processor, ok := strings.Cut(target, "/")
	if !ok {
		return errors.New("must be SYSTEM/PROCESSOR")
	}
	program, err := build(source, system, processor)
	if err != nil {
		return err
	}
	start, err := startOf(source, system)
	if err != nil {
		return err
	}
	name := "pollwire-" + system + "-" + processor
	files := slices.Concat(common, []file{program, start})
	if system == "windows" {
		forWindows(files)
	}
	path := filepath.Join(folder, name+".zip")
	if err := write(path, name, files, at); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err == nil {
		fmt.Printf("%s %d bytes\n", path, info.Size())
	}
	return err
}

// cold are packages that run once, or for one person at a time: lessons, exercises, what a teacher does, certificates,
// texts. Their functions are not copied into each other (inlined), which makes the program 6 % smaller. Elsewhere that
// would be paid for: an answer would cost a quarter more, and a vote, with SQLite, four times as much.
var cold = []string{
	"pollwire/class/...", "pollwire/data/eventlog", "pollwire/data/files", "pollwire/lab/...", "pollwire/live/alarm",
	"pollwire/ops/...", "pollwire/rest/monitor", "pollwire/rest/password", "pollwire/web/...",
	"archive/...", "compress/...", "crypto/ecdsa", "crypto/ed25519", "crypto/elliptic", "crypto/hpke",
	"crypto/internal/fips140/bigmod", "crypto/internal/fips140/check", "crypto/internal/fips140/drbg",
	"crypto/internal/fips140/ecdsa", "crypto/internal/fips140/ed25519", "crypto/internal/fips140/edwards25519/...",
	"crypto/internal/fips140/nistec/...", "crypto/internal/fips140/rsa", "crypto/rsa",
	"crypto/tls", "crypto/x509/...", "encoding/asn1", "encoding/csv", "encoding/pem", "fmt",
	"golang.org/x/sys/...", "html",
	"internal/syscall/...", "log/...", "math/big", "mime/...", "net", "os/...", "path/...", "regexp/...", "syscall",
	"text/...", "vendor/golang.org/x/net/dns/...", "vendor/golang.org/x/net/http/...", "vendor/golang.org/x/net/idna",
	"vendor/golang.org/x/text/...",
}

// warm are those within cold where a student waits for a mark, or all for their votes.
var warm = []string{"pollwire/class/pollrows", "pollwire/lab/dissect", "pollwire/lab/pcap", "pollwire/lab/trace"}

// small are the settings of the compiler for that. The last one that names a package counts.
func small() (args []string) {
	for _, name := range cold {
		args = append(args, "-gcflags="+name+"=-l")
	}
	for _, name := range warm {
		args = append(args, "-gcflags="+name+"=")
	}
	return args
}

// closely is the setting of the linker that lets functions begin where the one before ends, as the processor allows it,
// and not where a line of its cache begins: 1 % of the program would be gaps.
func closely(processor string) string {
	if processor == "amd64" {
		return "-funcalign=1"
	}
	return "-funcalign=4"
}

// build makes the program of one system. The processors are the oldest that Go serves, but for 32-bit arm: ARMv6 with
// floating point is the first Raspberry Pi.
func build(source, system, processor string) (file, error) {
	name := "pollwire"
	if system == "windows" {
		name += ".exe"
	}
	out := filepath.Join(source, ".git", system+"-"+processor) // where it is no change of the commit
	args := slices.Concat([]string{"build", "-buildvcs=true", "-trimpath", "-ldflags=-s -w " + closely(processor)},
		small(), []string{"-o", out, "."})
	cmd := exec.Command("go", args...)
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+processor, "GOAMD64=v1", "GOARM64=v8.0",
		"GOARM=6", "GOFLAGS=-mod=readonly", "GOWORK=off", "GOEXPERIMENT=", "GOFIPS140=off")
	if said, err := cmd.CombinedOutput(); err != nil {
		return file{}, fmt.Errorf("%w: %s", err, said)
	}
	text, err := os.ReadFile(out)
	return file{name: name, mode: 0o755, text: text}, err
}

// sums writes the SHA-256 of all zips, as `sha256sum -c` reads it.
func sums(folder string) error {
	zips, err := filepath.Glob(filepath.Join(folder, "*.zip"))
	if err != nil {
		return err
	}
	slices.Sort(zips)
	list := ""
	for _, path := range zips {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		list += fmt.Sprintf("%x  %s\n", sha256.Sum256(text), filepath.Base(path))
	}
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), []byte(list), 0o644)
}

// run returns what a command prints.
func run(dir, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if failed := new(exec.ExitError); errors.As(err, &failed) {
		err = fmt.Errorf("%s %s: %s", name, args[0], cmp.Or(strings.TrimSpace(string(failed.Stderr)), err.Error()))
	}
	return strings.TrimSpace(string(out)), err
}
