// Package sheet writes and reads tables as spreadsheets do: CSV (RFC 4180) in UTF-8.
//
// Written, a table begins with a byte order mark (U+FEFF): without it Excel takes UTF-8 for the old encoding of the
// system and shows no Korean. Lines end in CR LF.
//
// A cell that begins with = + - or @ is a formula to a spreadsheet, which runs it for whoever opens the table, and so
// is what follows a tab or a line end: such a cell gets an apostrophe before it, which shows that it is text
// (https://owasp.org/www-community/attacks/CSV_Injection). A negative number gets one too.
//
// Read are tables as they come out of spreadsheets: with commas, or, as systems with a decimal comma write,
// semicolons; or tabs, as it comes out of the clipboard.
package sheet

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const mark = "\ufeff"

// running are characters with which a formula can begin, or behind which one could; East Asian systems take the wide
// ones for the others.
const running = "=+-@\t\r\n＝＋－＠"

// Cell is a text as it stands in a table.
func Cell(text string) string {
	if first, _ := utf8.DecodeRuneInString(text); text != "" && strings.ContainsRune(running, first) {
		return "'" + text
	}
	return text
}

// Write writes a table.
func Write(w io.Writer, rows [][]string) error {
	buffered := bufio.NewWriter(w)
	buffered.WriteString(mark) // an error comes back with Flush
	out := csv.NewWriter(buffered)
	out.UseCRLF = true
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, text := range row {
			cells[i] = Cell(text)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return errors.Join(out.Error(), buffered.Flush())
}

// Row is one of a table that was read.
type Row struct {
	Line  int // where it begins
	Cells []string
}

// Line names a line of a table, where something is wrong with it.
func Line(n int) string { return fmt.Sprint("line ", n) }

// ErrNotUTF8 says that a table is in the old encoding of some system. Excel calls the other one "CSV UTF-8".
var ErrNotUTF8 = errors.New("the table is not in UTF-8")

// Read reads a table. Rows may differ in length; white space around a cell goes, and so does an apostrophe that Cell
// has put there. Empty rows are left out.
func Read(text string) ([]Row, error) {
	if !utf8.ValidString(text) {
		return nil, ErrNotUTF8
	}
	text = strings.TrimPrefix(text, mark)
	in := csv.NewReader(strings.NewReader(text))
	in.Comma, in.FieldsPerRecord, in.LazyQuotes = separator(text), -1, true
	var rows []Row
	for {
		cells, err := in.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		line, _ := in.FieldPos(0)
		for i, c := range cells {
			c = strings.TrimSpace(c)
			if plain := strings.TrimPrefix(c, "'"); Cell(plain) == c {
				c = plain
			}
			cells[i] = c
		}
		if strings.Join(cells, "") != "" {
			rows = append(rows, Row{line, cells})
		}
	}
}

// separator is what stands most often in the first line that has any.
func separator(text string) rune {
	for line := range strings.Lines(text) {
		best, most := ',', 0
		for _, c := range ",;\t" {
			if n := strings.Count(line, string(c)); n > most {
				best, most = c, n
			}
		}
		if most > 0 {
			return best
		}
	}
	return ','
}
