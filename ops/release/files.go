package main

import (
	"archive/zip"
	"bytes"
	"cmp"
	"compress/flate"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pollwire/lab/wireshark"
)

// file is one of a zip.
type file struct {
	name string
	mode fs.FileMode
	text []byte
}

// taken are the papers, as they lie in the source code, so that what refers to another finds it.
var taken = []string{"README.md", "LICENSE", ".env.example", "docs/README.ko.md", "docs/CHANGELOG.md",
	"docs/CHANGELOG.ko.md", "docs/graded.md", "docs/graded.ko.md", "docs/lab", "docs/deploy"}

// ports are those of a server that nobody has told others.
var ports = map[string]string{"http": "8000", "ws": "8001", "files": "8080", "health": "3001"}

// papers are the files that are the same for all systems.
func papers(source string) ([]file, error) {
	kit := filepath.Join(source, ".git", "kit")
	if err := wireshark.Write(kit, wireshark.Config{Ports: ports}); err != nil {
		return nil, err
	}
	files, err := below(kit, ".", "wireshark")
	for i := range files { // the kit comes out of this program, which git may have given the line ends of Windows
		files[i].text = bytes.ReplaceAll(files[i].text, []byte("\r\n"), []byte("\n"))
	}
	for _, name := range taken {
		if err == nil {
			var more []file
			more, err = below(source, name, name)
			files = append(files, more...)
		}
	}
	return files, err
}

// told is what a recorded lesson said, from which sheets are made. Who has the sheets needs it no more.
const told = "told.json.gz"

// below reads a file, or all files below a folder but for those named told, and gives them names that begin with as.
func below(root, name, as string) (files []file, err error) {
	err = filepath.WalkDir(filepath.Join(root, name), func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == told {
			return err
		}
		inside, err := filepath.Rel(filepath.Join(root, name), at)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(at)
		files = append(files, file{path.Join(as, filepath.ToSlash(inside)), 0o644, text})
		return err
	})
	return files, err
}

// startOf is what one double clicks. A Mac runs a .command, and the same script on Linux is a .sh.
func startOf(source, system string) (file, error) {
	from, name := "start.sh", map[string]string{"windows": "start.cmd", "darwin": "start.command"}[system]
	if system == "windows" {
		from = name
	}
	text, err := os.ReadFile(filepath.Join(source, "ops", "release", "start", from))
	return file{cmp.Or(name, from), 0o755, text}, err
}

// forWindows gives those texts the line ends of Windows that its own programs read: cmd, and an old Notepad.
func forWindows(files []file) {
	for i, f := range files {
		if strings.HasSuffix(f.name, ".cmd") || strings.HasSuffix(f.name, ".txt") {
			files[i].text = bytes.ReplaceAll(f.text, []byte("\n"), []byte("\r\n"))
		}
		if f.name == "LICENSE" {
			files[i] = file{"LICENSE.txt", f.mode, bytes.ReplaceAll(f.text, []byte("\n"), []byte("\r\n"))}
		}
	}
}

// write makes a zip whose bytes depend on nothing but what is in it.
func write(path, folder string, files []file, at time.Time) error {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	defer out.Close()
	if err := writeTo(out, folder, files, at); err != nil {
		return err
	}
	return out.Close()
}

func writeTo(w io.Writer, folder string, files []file, at time.Time) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	files = slices.SortedFunc(slices.Values(files), func(a, b file) int { return strings.Compare(a.name, b.name) })
	for _, f := range files {
		h := &zip.FileHeader{Name: folder + "/" + f.name, Method: zip.Deflate, Modified: at}
		if strings.HasSuffix(f.name, ".gz") {
			h.Method = zip.Store
		}
		h.SetMode(f.mode)
		to, err := z.CreateHeader(h)
		if err == nil {
			_, err = to.Write(f.text)
		}
		if err != nil {
			return err
		}
	}
	return z.Close()
}
