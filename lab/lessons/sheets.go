package lessons

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"pollwire/ops/blanks"
)

// Sheets for handing out are made of what the lessons tell, so they can't say anything else than the lessons do. What
// is the same on all of them stands in the texts of this folder.
//
//go:embed sheets/*.md
var sheetFiles embed.FS

// suffixes end the names of files in a language.
var suffixes = map[string]string{"en": ".md", "ko": ".ko.md"}

func fillSheet(name, lang string, values map[string]string) (string, error) {
	text, err := sheetFiles.ReadFile("sheets/" + name + suffixes[lang])
	if err != nil {
		return "", err
	}
	filled, err := blanks.Fill(string(text), values)
	return strings.TrimRight(filled, "\n") + "\n", err
}

// Sheets writes a sheet for each lesson, the answers for who teaches, and an index into a folder, in two languages.
// Every lesson is played twice: what differs then is a matter of the run, a port or a key, and becomes a mark. A file
// that says the same already, with the values of another run, is left as it is. log hears of each file that is written.
func Sheets(ctx context.Context, newServer Start, folder string, log io.Writer) error {
	first, second, err := playTwice(ctx, newServer)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	for _, lang := range []string{"en", "ko"} {
		w := &sheetWriter{folder, lang, log}
		for i, one := range first {
			err = errors.Join(
				err, w.write(lessonSheet, one.Name, placeholders(one.ports(), second[i].ports()), first[i:i+1], second[i:i+1]))
		}
		err = errors.Join(err, w.write(answers, "answers", exampleMarks, first, second),
			w.write(index, "README", exampleMarks, first, second))
	}
	return err
}

// played is a lesson and what it told in one play.
type played struct {
	Lesson
	stage  *Stage
	events []Event
}

// playTwice plays all lessons on two servers at the same time.
func playTwice(ctx context.Context, newServer Start) (first, second []*played, err error) {
	var stages [2]*Stage // made one after the other, or both might find the same ports free
	for i := range stages {
		st, stop, err := (&options{own: true}).stage(ctx, All(), newServer)
		if err != nil {
			return nil, nil, err
		}
		defer stop() // it was here for this alone: whether it stops well is of no interest
		stages[i] = st
	}
	var errs [2]error
	var playing sync.WaitGroup
	playing.Go(func() { first, errs[0] = playForSheets(ctx, stages[0], false) })
	playing.Go(func() { second, errs[1] = playForSheets(ctx, stages[1], true) })
	playing.Wait()
	return first, second, errors.Join(errs[:]...)
}

// playForSheets plays all lessons. other makes all other that can be: the server has another name and another
// certificate, pauses are longer, and ids are higher, as what makes some has been played before. So what hangs on the
// time, or on the length of a request, shows when both are compared.
func playForSheets(ctx context.Context, st *Stage, other bool) ([]*played, error) {
	dir, err := os.MkdirTemp("", "pollwire-sheets-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	st.KeyLog, st.Seed = filepath.Join(dir, DefaultKeyLog), 1
	if other {
		st.Seed = 2
		st.Name = "lab." + st.Name
		// The others have their own peers.
		ofServer := slices.DeleteFunc(OnLoopback(), func(l Lesson) bool { return l.Spare > 0 })
		if _, err := playAtOnce(ctx, st, ofServer); err != nil {
			return nil, err
		}
		st.slower = 150 * time.Millisecond
	}
	return playAtOnce(ctx, st, All())
}

// playAtOnce plays lessons at the same time. A sheet has everything in it, so the system must be able to.
func playAtOnce(ctx context.Context, st *Stage, wanted []Lesson) (all []*played, err error) {
	if err := st.Reserve(wanted); err != nil {
		return nil, err
	}
	errs := make([]error, len(wanted))
	var playing sync.WaitGroup
	for i, l := range wanted {
		p := &played{Lesson: l, stage: st}
		all = append(all, p)
		playing.Go(func() {
			err := Play(ctx, l, st, 0, func(e Event) { p.events = append(p.events, e) })
			unable := slices.IndexFunc(p.events, func(e Event) bool { return e.Type == Unable })
			if err == nil && unable >= 0 {
				err = fmt.Errorf("not all of it can be played here: %s", p.events[unable].Text[EN])
			}
			if err != nil {
				errs[i] = fmt.Errorf("%s: %w", l.Name, err)
			}
		})
	}
	playing.Wait()
	return all, errors.Join(errs...)
}

// ports are those of a play that are no services of the server, in the order in which it told of them. A network of its
// own has a server of its own, or none.
func (p *played) ports() (found []string) {
	for _, e := range p.events {
		for _, addr := range []string{e.Client, e.Server} {
			_, port, err := net.SplitHostPort(addr)
			if err == nil && e.Type == Connection && !slices.Contains(found, port) && (p.Box || !p.stage.serves(port)) {
				found = append(found, port)
			}
		}
	}
	return found
}

func (st *Stage) serves(port string) bool {
	return slices.Contains(slices.Collect(maps.Values(st.Ports)), port)
}

// sheetWriter writes the files of one language.
type sheetWriter struct {
	folder, lang string
	log          io.Writer
}

// lessonSheet is the sheet of the one lesson.
func lessonSheet(all []*played, lang string) (string, error) {
	name := "lesson"
	if all[0].Box {
		name = "boxed"
	}
	return sheet{played: all[0], lang: lang}.fill(name, "{{n}}. {{text}}\n\n   {{blank}}\n\n   {{blank}}")
}

// answers are those of all lessons.
func answers(all []*played, lang string) (string, error) {
	var parts []string
	for _, p := range all {
		text, err := sheet{played: p, lang: lang}.fill("answered", "{{n}}. {{text}}\n\n   **{{answer}}**")
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	return fillSheet("answers", lang, map[string]string{"lessons": strings.Join(parts, "\n")})
}

// index names all lessons.
func index(all []*played, lang string) (string, error) {
	var rows strings.Builder
	before := ""
	for _, p := range all {
		title, topic := taughtIn(p.Name)
		if title.In(lang) != before {
			before = title.In(lang)
			fmt.Fprintf(&rows, "\n### %s\n\n%s\n| --- | --- | --- | --- |\n", before, Text{
				"| lesson | sheet | shows | in textbooks |", "| 실습 | 실습지 | 내용 | 교과서에서 |"}.In(lang))
		}
		links := Text{"[English](%[1]s.md), [한국어](%[1]s.ko.md), [ready](captures/%[1]s/%[1]s.md)",
			"[한국어](%[1]s.ko.md), [English](%[1]s.md), [녹화](captures/%[1]s/%[1]s.ko.md)"}.With(p.Name)
		fmt.Fprintf(&rows, "| %s | %s | %s | %s |\n", p.Name, links.In(lang), p.Title.In(lang), topic.In(lang))
	}
	return fillSheet("index", lang, map[string]string{"rows": strings.TrimSpace(rows.String())})
}

// write writes a file from two plays of the same lessons, unless it says just that already. compose is the text of one.
func (w *sheetWriter) write(compose func([]*played, string) (string, error), name string, m marking,
	plays ...[]*played) error {
	var texts []string
	for i, play := range plays {
		if i > 0 {
			play = otherwise(play)
		}
		text, err := compose(play, w.lang)
		if err != nil {
			return err
		}
		texts = append(texts, play[0].stage.usual(text))
	}
	path := filepath.Join(w.folder, name+suffixes[w.lang])
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) || err == nil && m.fits(string(old), texts[0]) &&
		m.fits(string(old), texts[1]) {
		return err
	}
	text, err := m.merge(texts[0], texts[1])
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Fprintln(w.log, path)
	return os.WriteFile(path, []byte(text), 0o666)
}

// word is what of a value gets a mark of its own: a list of numbers is several.
var word = regexp.MustCompile(`[0-9]+|\pL+`)

// otherwise are plays with other values where they told that another system or moment would have some.
func otherwise(plays []*played) (others []*played) {
	for _, p := range plays {
		other := *p
		other.events = slices.Clone(p.events)
		for i := range other.events {
			e := &other.events[i]
			e.Lines = otherCells(e.Lines, e.Varying)
			for _, value := range e.Varying {
				whole := regexp.MustCompile(`\b` + regexp.QuoteMeta(value) + `\b`)
				for _, text := range []*string{&e.Text[EN], &e.Text[KO], &e.Answer[EN], &e.Answer[KO]} {
					*text = whole.ReplaceAllLiteralString(*text, word.ReplaceAllString(value, "other$0"))
				}
			}
		}
		others = append(others, &other)
	}
	return others
}

// otherCells are the rows of a table with other values. The first cell of each is no value.
func otherCells(rows, varying []string) (others []string) {
	for _, row := range rows {
		cells := strings.Split(row, "\t")
		for i, cell := range cells {
			if i > 0 && slices.Contains(varying, cell) {
				cells[i] = "other" + cell
			}
		}
		others = append(others, strings.Join(cells, "\t"))
	}
	return others
}

// usual puts what is where by default, ports of services and the key log, in the place of where it is here.
func (st *Stage) usual(text string) string {
	text = strings.ReplaceAll(text, markdown(st.KeyLog), DefaultKeyLog)
	for service, port := range st.Ports {
		if port != "" {
			text = regexp.MustCompile(`\b`+port+`\b`).ReplaceAllLiteralString(text, cmp.Or(defaults[service], port))
		}
	}
	return text
}
