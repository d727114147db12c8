package graded

import (
	"context"
	"errors"
	"io/fs"
	"net/http"

	"pollwire/lab/reader"
	"pollwire/rest/output"
	"pollwire/rest/problem"
)

// keep waits until the capture is on disk, and then writes the row. Where that is refused the file is not kept.
func (e *Exercises) keep(ctx context.Context, of run, h *handIn, capture *reader.File, teaches bool) error {
	if err := capture.Store(); err != nil {
		return err
	}
	h.file, h.size = capture.Name, capture.Size
	e.keeping.RLock()
	defer e.keeping.RUnlock()
	if err := e.addHandIn(ctx, of, h, teaches); err != nil {
		return err
	}
	capture.Keep()
	return nil
}

// serve sends a capture as a file to be opened in Wireshark.
func (e *Exercises) serve(w http.ResponseWriter, r *http.Request, of run, h handIn) error {
	file, err := e.folder.Open(h.file)
	if errors.Is(err, fs.ErrNotExist) { // the database is a backup, and the file went with the class it is of
		return problem.Refuse(problem.NotFound, "the file of this hand-in is not here any more").Coded("no_file")
	}
	if err != nil {
		return err
	}
	defer file.Close()
	w.Header().Set("Content-Disposition", `attachment; filename="`+of.exercise+"-"+of.code+`.pcapng"`) // RFC 6266
	// A file gets its name by chance and is never written again.
	output.ShowFile(w, r, "application/vnd.tcpdump.pcap", `"`+h.file+`"`, file, h.size)
	return nil
}

// Sweep removes captures that belong to no hand-in any more: those of people who went with their class, and what a
// crash has left. Those that are arriving stay. It looks, too, whether exercises are open: a new class has closed them.
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
		if err != nil || d.IsDir() || kept[path] || e.desk.Arriving(path) {
			return err
		}
		if err := e.folder.Remove(path); !errors.Is(err, fs.ErrNotExist) { // by now whoever sent it has removed it
			return err
		}
		return nil
	})
}
