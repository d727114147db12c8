package teacherkey

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"
)

// lookEvery is the time between two looks at the file. Nothing but the file tells that another program has made a new
// key, and asking for its time is cheap.
const lookEvery = time.Second

// Watch looks at the file until ctx ends, if the key is in one. known is the key that is good so far; changed is told
// of another one.
// Of a file that can't be read or has too short a key failed is told, once, and the old key stays good: a file that is
// half gone must not lock the teacher out, nor let anybody in. One that is deleted changes nothing either.
func (s Source) Watch(ctx context.Context, known string, changed func(key string), failed func(error)) {
	if s.Own != "" {
		return
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var seen fs.FileInfo
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		info, err := os.Stat(s.path())
		if errors.Is(err, fs.ErrNotExist) || err == nil && same(seen, info) {
			continue
		}
		key, err := s.read()
		if err != nil {
			failed(err)
		} else if key != known {
			known = key
			changed(key)
		}
		seen = info
	}
}

// same tells whether nothing has happened to a file. A new key is another file, which may have the time of the old one.
func same(a, b fs.FileInfo) bool {
	return a != nil && b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}
