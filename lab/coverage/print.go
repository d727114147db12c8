package coverage

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Words around the table, in English and Korean.
var words = map[bool][3]string{
	false: {"%s packets, %s bytes, %.3f s, %s\n", "layer %d", "not in this capture, and the lesson that makes it"},
	true: {"패킷 %s개, %s바이트, %.3f초, %s\n", "%d계층",
		"이 캡처에 없는 것과 그것을 만드는 실습"},
}

// Print writes it for a person, in the language that it is in.
func (a Answer) Print(w io.Writer, lang string) {
	say := words[lang == "ko"]
	fmt.Fprintf(w, say[0], thousands(int64(a.Packets)), thousands(a.Bytes), a.Seconds, strings.Join(a.Links, ", "))
	layer := 0
	for _, f := range a.Found {
		if f.Layer != layer {
			layer = f.Layer
			fmt.Fprintf(w, "\n"+say[1]+"\n", layer)
		}
		fmt.Fprintf(w, "  %s %6s  %s\n", fill(f.What, 46), thousands(int64(f.Count)), numbers(f))
	}
	if len(a.Missing) > 0 {
		fmt.Fprintf(w, "\n%s\n", say[2])
	}
	for _, m := range a.Missing {
		fmt.Fprintf(w, "  %s pollwire lab %s\n", fill(m.What, 46), m.Lesson)
	}
}

// numbers are the first packets of an item, as many as fit into a line.
func numbers(f Found) string {
	var b strings.Builder
	for i, n := range f.Packets[:min(len(f.Packets), 8)] {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprint(&b, n)
	}
	if f.Count > min(len(f.Packets), 8) {
		b.WriteString(" ...")
	}
	return b.String()
}

// fill makes a text as wide as a column. A Korean letter is as wide as two others.
func fill(text string, width int) string {
	is := 0
	for _, r := range text {
		if is++; utf8.RuneLen(r) == 3 {
			is++
		}
	}
	return text + strings.Repeat(" ", max(0, width-is))
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
