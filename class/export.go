package class

// What is taken home.
//
//	GET /api/class/export  teacher  ->  200 application/zip
//
// All tables are read at one moment, and before the first byte leaves: who gets a file gets all of it.

import (
	"archive/zip"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"pollwire/class/sheet"
	"pollwire/data/groupcommit"
)

//go:embed export.txt
var readme string

func (c *Class) handleExport(w http.ResponseWriter, r *http.Request, _ User) error {
	at := time.Now()
	var all *export
	err := c.DB.Snapshot(r.Context(), func(q *groupcommit.Reader) (err error) {
		all, err = readExport(r.Context(), q, millis(at.UnixMilli()))
		if err == nil {
			all.exercises, err = c.Exercises(r.Context(), q)
		}
		return err
	})
	if err != nil {
		return err
	}
	body, err := all.zip(at)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="`+at.Format("pollwire-20060102T150405.zip")+`"`) // RFC 6266
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store") // it has everybody's answers
	w.Write(body)                      // fails where the client has gone, which is no error of ours
	return nil
}

// export is what is in the file: a table each, and the plan.
type export struct {
	polls, ballots, scores, people, chat, exercises [][]string
	plan                                            planFile
}

// zip puts it all together.
func (e *export) zip(at time.Time) ([]byte, error) {
	var body bytes.Buffer
	z := zip.NewWriter(&body)
	add := func(name string, write func(*bytes.Buffer) error) error {
		var text bytes.Buffer
		if err := write(&text); err != nil {
			return err
		}
		f, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: at})
		if err == nil {
			_, err = f.Write(text.Bytes())
		}
		return err
	}
	for _, t := range []struct {
		name string
		rows [][]string
	}{{"polls", e.polls}, {"ballots", e.ballots}, {"scores", e.scores}, {"people", e.people}, {"chat", e.chat},
		{"exercises", e.exercises}} {
		if err := add(t.name+".csv", func(b *bytes.Buffer) error { return sheet.Write(b, t.rows) }); err != nil {
			return nil, err
		}
	}
	err := add("plan.json", func(b *bytes.Buffer) error {
		out := json.NewEncoder(b)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		return out.Encode(e.plan)
	})
	if err == nil { // Notepad shows Korean by the same mark as Excel
		err = add("README.txt", func(b *bytes.Buffer) error {
			_, err := b.WriteString("\ufeff" + readme)
			return err
		})
	}
	if err == nil {
		err = z.Close()
	}
	return body.Bytes(), err
}

// readExport reads all of it.
func readExport(ctx context.Context, q groupcommit.Querier, at millis) (*export, error) {
	polls, err := readTaken(ctx, q)
	if err != nil {
		return nil, err
	}
	e := &export{polls: pollTable(polls, at), plan: planOf(polls)}
	for _, read := range []func() error{
		func() (err error) { e.ballots, err = ballotTable(ctx, q, polls); return err },
		func() (err error) { e.scores, err = scoreTable(ctx, q, at); return err },
		func() (err error) { e.people, err = peopleTable(ctx, q); return err },
		func() (err error) { e.chat, err = chatTable(ctx, q); return err },
	} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// ---- cells

func number(n int64) string { return strconv.FormatInt(n, 10) }

func yes(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// moment is in the time of this machine, in a form that spreadsheets take for a time.
func moment(m millis) string {
	if m == 0 {
		return ""
	}
	return time.UnixMilli(int64(m)).Format("2006-01-02 15:04:05")
}
