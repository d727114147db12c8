package graded

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"strings"

	"pollwire/rest/output"
)

// keep writes the capture and then the row. Where the row is refused the file goes again.
func (e *Exercises) keep(ctx context.Context, of run, h *handIn, capture []byte, teaches bool) error {
	e.keeping.RLock()
	defer e.keeping.RUnlock()
	h.file = of.code + "-" + strings.ToLower(rand.Text()[:10])
	if err := e.write(h.file, capture); err != nil {
		return err
	}
	err := e.addHandIn(ctx, of, h, teaches)
	if err != nil {
		e.folder.Remove(h.file)
	}
	return err
}

// write returns when the file is on disk.
func (e *Exercises) write(name string, data []byte) error {
	f, err := e.folder.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		e.folder.Remove(name)
	}
	return err
}

// serve sends a capture as a file to be opened in Wireshark.
func (e *Exercises) serve(w http.ResponseWriter, r *http.Request, of run, h handIn) error {
	data, err := e.folder.ReadFile(h.file)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+of.exercise+"-"+of.code+`.pcapng"`) // RFC 6266
	return output.ShowBytes(w, r, "application/vnd.tcpdump.pcap", data)
}

// Sweep removes captures that belong to no hand-in any more: those of people who went with their class, and what a
// crash has left. It looks, too, whether exercises are open: a new class has closed them.
func (e *Exercises) Sweep(ctx context.Context) error {
	if err := e.tellOpened(ctx, e.DB.Readers()); err != nil {
		return err
	}
	e.keeping.Lock()
	defer e.keeping.Unlock()
	kept, err := e.files(ctx)
	if err != nil {
		return err
	}
	return fs.WalkDir(e.folder.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || kept[path] {
			return err
		}
		return e.folder.Remove(path)
	})
}
