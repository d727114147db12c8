// Package gift reads questions in GIFT, the text format of Moodle:
//
//	https://docs.moodle.org/en/GIFT_format
//
//	// a comment, alone on its line
//	::Handshake:: Which segment opens a connection? {
//	    =SYN      #It asks for a number to begin with.
//	    ~ACK
//	    ~%-50%FIN
//	    ####See RFC 9293 §3.5.
//	}
//
//	A port number has 16 bits. {TRUE}
//
//	How many bytes has an IPv4 header without options? {#20}
//
// A blank line ends a question. Understood are choices with one right answer (=) or several (= more than once, or
// weights above zero), true and false, numbers with a tolerance (5:0.1) or a range (1..5), short answers, a gap in the
// middle of a sentence, titles, comments, feedback (# and ####, which become the explanation), the formats [plain],
// [moodle], [markdown] and [html] (of which the text remains), and \ before ~ = # { } : \ and n.
//
// What this server has no form for is refused by its line: matching, essays, and texts without a question. Half marks
// are not kept: right is what gets a point, in weights of one right answer 100%. A choice in which nothing is right is
// taken as a question of opinion, which Moodle refuses. $CATEGORY lines are passed over.
package gift

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"pollwire/rest/input"
)

// Kinds of questions.
const (
	Choice = "choice"
	Number = "number"
	Text   = "text"
)

// Question is one of a file.
type Question struct {
	Line        int    // where it begins
	Title       string // between :: and ::, "" where it has none
	Text        string
	Kind        string
	Multiple    bool // a choice of several
	Options     []Option
	Value       float64 // the right number, and how far away from it is right as well
	Tolerance   float64
	Texts       []string // each is right
	Explanation string
}

// Option is an answer to choose.
type Option struct {
	Text    string
	Correct bool
}

// Limits are what a question may hold, in characters, and how many of them.
type Limits struct {
	Questions              int
	Title, Text            int
	MinOptions, MaxOptions int
	Option                 int
	Texts                  int
	Explanation            int
}

// maxErrors is how many are told: what is no GIFT at all has something wrong in each line.
const maxErrors = 50

// Parse reads all questions of a text. What is wrong is noted in v, under "line 7"; then nothing is to be made of what
// it returns.
func Parse(v *input.Values, text string, limits Limits) []Question {
	p := parser{v: v, limits: limits}
	if !utf8.ValidString(text) {
		v.Add("line 1", "the text is not UTF-8").Coded("gift_utf8")
		return nil
	}
	for _, b := range blocks(text) {
		if p.errors >= maxErrors {
			break
		}
		if len(p.questions) == limits.Questions {
			p.wrong(b[0].line, "more than %d questions", limits.Questions).Coded("gift_too_many", "most")
			break
		}
		p.questions = append(p.questions, p.question(b))
	}
	if len(p.questions) == 0 && p.errors == 0 {
		p.wrong(1, "there is no question in it").Coded("gift_none")
	}
	return p.questions
}

// Heading divides the text into a title of at most most characters and a description. A short text is the title. A
// longer one is the description, below its own title or, where it has none, its first words.
func (q Question) Heading(most int) (title, description string) {
	if utf8.RuneCountInString(q.Text) <= most && !strings.Contains(q.Text, "\n") {
		return q.Text, ""
	}
	if q.Title != "" {
		return q.Title, q.Text
	}
	return shortened(strings.Join(strings.Fields(q.Text), " "), most), q.Text
}

// shortened cuts a text behind a word, or in the middle of one that is very long.
func shortened(text string, most int) string {
	runes := []rune(text)
	if len(runes) <= most {
		return text
	}
	cut := string(runes[:most-1])
	if i := strings.LastIndexByte(cut, ' '); i > len(cut)/2 {
		cut = cut[:i]
	}
	return strings.TrimSpace(cut) + "…"
}

// ---- lines

// char is a character and where it stands. One that had a \ before it means nothing but itself.
type char struct {
	r       rune
	line    int
	literal bool
}

type chars []char

// blocks returns what stands between blank lines, without comments.
func blocks(text string) (list []chars) {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	var b chars
	end := func() {
		if len(b) > 0 {
			list = append(list, b)
		}
		b = nil
	}
	for i, line := range strings.Split(text, "\n") {
		switch line = strings.TrimSpace(line); {
		case line == "", strings.HasPrefix(line, "$CATEGORY:"):
			end()
		case strings.HasPrefix(line, "//"):
		default:
			b = appendLine(b, line, i+1)
		}
	}
	end()
	return list
}

// appendLine resolves escapes. Another \ is one: formulas are full of them.
func appendLine(b chars, line string, n int) chars {
	if len(b) > 0 {
		b = append(b, char{'\n', n - 1, false})
	}
	escaped := false
	for _, r := range line {
		switch {
		case escaped && r == 'n':
			b[len(b)-1] = char{'\n', n, true}
		case escaped && strings.ContainsRune(`~=#{}:\`, r):
			b[len(b)-1] = char{r, n, true}
		default:
			b = append(b, char{r, n, false})
			escaped = r == '\\'
			continue
		}
		escaped = false
	}
	return b
}

// ---- pieces of a block

// index returns where one of the marks stands first, -1 if none does.
func (c chars) index(marks string) int {
	for i, ch := range c {
		if !ch.literal && strings.ContainsRune(marks, ch.r) {
			return i
		}
	}
	return -1
}

// find is index for several characters in a row.
func (c chars) find(sign string) int {
	for i := range c {
		if c[i:].begins(sign) {
			return i
		}
	}
	return -1
}

func (c chars) begins(sign string) bool {
	i := 0
	for _, r := range sign {
		if i >= len(c) || c[i].literal || c[i].r != r {
			return false
		}
		i++
	}
	return true
}

// cut divides at a sign, which may be missing: then all of it is before.
func (c chars) cut(sign string) (before, after chars, found bool) {
	i := c.find(sign)
	if i < 0 {
		return c, nil, false
	}
	return c[:i], c[i+len(sign):], true
}

func (c chars) trim() chars {
	blank := func(ch char) bool { return strings.ContainsRune(" \t\n\u00a0\u3000", ch.r) }
	for len(c) > 0 && blank(c[0]) {
		c = c[1:]
	}
	for len(c) > 0 && blank(c[len(c)-1]) {
		c = c[:len(c)-1]
	}
	return c
}

func (c chars) String() string {
	var b strings.Builder
	for _, ch := range c {
		b.WriteRune(ch.r)
	}
	return b.String()
}

// line is where a piece begins, or the line of what it was taken from.
func (c chars) line(otherwise int) int {
	if c = c.trim(); len(c) == 0 {
		return otherwise
	}
	return c[0].line
}

func field(line int) string { return fmt.Sprint("line ", line) }
