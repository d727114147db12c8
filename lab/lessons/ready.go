package lessons

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"pollwire/lab/netbox"
	"pollwire/wire/pcapng"
)

// Ready captures are recorded runs, for who can't play a lesson: all that it told, and what passed meanwhile. With them
// a sheet can be done with Wireshark alone. They are made by `pollwire lab record FOLDER`. They lie beside the program
// and not in it, which would be too large:
//
//	NAME/HOST.pcapng.gz   Wireshark opens it as it is, decrypted
//	NAME/told.json.gz     the events, of which sheets are made
//	NAME/NAME.md          the sheet with the values of that run; NAME.ko.md
//
// A new lesson needs nothing but to be recorded.

// readySeed is the one with which lessons are recorded.
const readySeed = 1

// readyFolder is where they are in the source code.
const readyFolder = "docs/lab/captures"

const toldFile, captureEnd = "told.json.gz", ".pcapng.gz"

// recording is one run of a lesson.
type recording struct {
	*played
	captures map[string][]byte // by host, as pcapng.gz
}

// recordAll is `pollwire lab record FOLDER [NAME...]`.
func recordAll(ctx context.Context, folder string, names []string, newServer Start, log io.Writer) error {
	wanted, err := All(), netbox.Check()
	if len(names) > 0 && err == nil {
		wanted, err = choose(names)
	}
	if err != nil {
		return err
	}
	return each(ctx, wanted, func(l Lesson) error {
		r, err := record(ctx, l, newServer)
		if err != nil {
			return err
		}
		if old, err := readRecording(os.DirFS(folder), l); err == nil && old.saysTheSame(r) {
			r = old
		}
		return r.write(filepath.Join(folder, l.Name), log)
	})
}

// record plays a lesson across a network and keeps all of it.
func record(ctx context.Context, l Lesson, newServer Start) (*recording, error) {
	dir, err := os.MkdirTemp("", "pollwire-record-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	st, stop, err := stageInBox(l, readySeed, dir, newServer)
	if err != nil {
		return nil, err
	}
	st.KeyLog = filepath.Join(dir, DefaultKeyLog)
	r := &recording{&played{Lesson: l, stage: recordedStage()}, map[string][]byte{}}
	var unable error
	err = Play(ctx, l, st, 0, func(e Event) {
		if e.Type == Unable {
			unable = fmt.Errorf("not all of it can be played here: %s", e.Text[EN])
		}
		if !ofKeyLog(e) {
			r.events = append(r.events, e)
		}
	})
	if err = errors.Join(err, unable, stop()); err != nil {
		return nil, err
	}
	return r, r.take(filepath.Join(dir, l.Name), st.KeyLog)
}

// ofKeyLog: it is about the file with the secrets of TLS, which are in a ready capture.
func ofKeyLog(e Event) bool {
	return e.Type == Setting && len(e.Tshark) > 1 && strings.HasPrefix(e.Tshark[1], "tls.keylog_file:")
}

// take reads the captures. Of a lesson between a client and a server one is enough: both saw the same.
func (r *recording) take(folder, keyLog string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.pcapng"))
	if err != nil {
		return err
	}
	secrets, err := os.ReadFile(keyLog)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, file := range files {
		host := strings.TrimSuffix(filepath.Base(file), ".pcapng")
		if !r.Box && host != "client" {
			continue
		}
		whole, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		r.captures[host] = compressed(withSecrets(whole, secrets))
	}
	return nil
}

// withSecrets is a capture that decrypts itself: the keys stand behind the head of its section, before all packets.
func withSecrets(capture, lines []byte) []byte {
	if len(lines) == 0 || len(capture) < 8 {
		return capture
	}
	head := int(capture[4]) | int(capture[5])<<8
	return slices.Concat(capture[:head], pcapng.AppendSecrets(nil, lines), capture[head:])
}

func compressed(text []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // an error is that of another level
	z.Write(text)
	z.Close()
	return b.Bytes()
}

// write writes the files of a recording in the place of older ones. Those that are so already stay.
func (r *recording) write(folder string, log io.Writer) error {
	files, err := r.files("en", "ko")
	if err != nil {
		return err
	}
	told, err := json.Marshal(r.events)
	if err != nil {
		return err
	}
	files[toldFile] = compressed(told)
	old, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range old {
		path := filepath.Join(folder, f.Name())
		now, stays := files[f.Name()]
		if text, err := os.ReadFile(path); err == nil && stays && bytes.Equal(text, now) {
			delete(files, f.Name())
		} else if err := os.Remove(path); err != nil {
			return err
		}
	}
	return writeFiles(folder, files, log)
}

// files are the captures, and sheets in these languages, by their names.
func (r *recording) files(langs ...string) (map[string][]byte, error) {
	files := map[string][]byte{}
	for host, capture := range r.captures {
		files[host+captureEnd] = capture
	}
	for _, lang := range langs {
		text, err := r.sheet(lang)
		if err != nil {
			return nil, err
		}
		files[r.Name+suffixes[lang]] = []byte(text)
	}
	return files, nil
}

func writeFiles(folder string, files map[string][]byte, log io.Writer) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	for _, name := range sorted(files) {
		if err := os.WriteFile(filepath.Join(folder, name), files[name], 0o666); err != nil {
			return err
		}
		fmt.Fprintln(log, filepath.Join(folder, name))
	}
	return nil
}

// sheet is that of the lesson with the values of the run.
func (r *recording) sheet(lang string) (string, error) {
	return sheet{r.played, lang, true}.fill("ready", "{{n}}. {{text}}\n\n   {{blank}}\n\n   {{blank}}")
}

// errNotReady: nobody has recorded it.
var errNotReady = errors.New("there is no ready capture of it")

// recordedStage is what is known of where a recording was made.
func recordedStage() *Stage { return &Stage{Ports: defaults} }

// readRecording reads the one of a lesson.
func readRecording(all fs.FS, l Lesson) (*recording, error) {
	raw, err := fs.ReadFile(all, path.Join(l.Name, toldFile))
	if err != nil {
		return nil, errNotReady
	}
	r := &recording{&played{Lesson: l, stage: recordedStage()}, map[string][]byte{}}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err == nil {
		err = json.NewDecoder(z).Decode(&r.events)
	}
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(all, l.Name+"/*"+captureEnd)
	for _, file := range files {
		host := strings.TrimSuffix(path.Base(file), captureEnd)
		r.captures[host], err = fs.ReadFile(all, file)
		if err != nil {
			return nil, err
		}
	}
	return r, err
}

// offer is `pollwire lab NAME -ready`: it writes the ready captures of lessons and their sheets, and tells what they
// told.
func (o *options) offer(ctx context.Context, wanted []Lesson, w io.Writer) error {
	return each(ctx, wanted, func(l Lesson) error {
		r, err := o.recordingOf(l)
		if err != nil {
			return err
		}
		tell := o.teller(w, false)
		folder := filepath.Join(o.captures, l.Name)
		for _, e := range r.events {
			if e.Type == Begin {
				e.Captures = folder
			}
			if e.Type != End || o.json { // nothing has taken any time
				tell(e)
			}
		}
		log := w
		if o.json {
			log = io.Discard
		} else {
			fmt.Fprintln(w, "\n"+Text{"These were recorded. Open them in Wireshark, and do the sheet:",
				"녹화된 실행입니다. Wireshark로 열고 실습지를 풀어 보세요:"}.In(o.lang))
		}
		files, err := r.files(o.lang)
		if err != nil {
			return err
		}
		return writeFiles(folder, files, log)
	})
}

// recordingOf looks for the recorded run of a lesson.
func (o *options) recordingOf(l Lesson) (r *recording, err error) {
	folders := []string{o.from}
	if o.from == "" {
		folders = []string{filepath.FromSlash(readyFolder)}
		if exe, err := os.Executable(); err == nil {
			folders = append(folders, filepath.Join(filepath.Dir(exe), "captures"))
		}
	}
	for _, folder := range folders {
		if r, err = readRecording(os.DirFS(folder), l); err == nil {
			return r, nil
		}
	}
	return nil, fmt.Errorf("%w in %s: it is %s/%s of the source code", err, strings.Join(folders, ", "), readyFolder,
		l.Name)
}

// orReady adds to why lessons can't be played what there is instead.
func orReady(err error, wanted []Lesson) error {
	if err == nil || errors.Is(err, errTold) {
		return err
	}
	return fmt.Errorf("%w; or the ready capture: pollwire lab %s -ready", err, wanted[0].Name)
}
