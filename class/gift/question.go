package gift

import (
	"strings"
	"unicode"

	"pollwire/rest/input"
	"pollwire/rest/problem"
)

type parser struct {
	v         *input.Values
	limits    Limits
	questions []Question
	errors    int
}

// wrong notes an error of a line.
func (p *parser) wrong(line int, format string, args ...any) *problem.Field {
	if p.errors++; p.errors > maxErrors {
		return new(problem.NewField("", format, args...)) // which nobody sees
	}
	return p.v.Add(field(line), format, args...)
}

// text checks a piece of text as any other that a client sends.
func (p *parser) text(line int, s string, least, most int, lines bool) string {
	var own input.Values
	s = own.Text(field(line), &s, least, most, lines)
	if own.Err() != nil && p.errors < maxErrors {
		p.errors++
		p.v.Text(field(line), &s, least, most, lines)
	}
	return s
}

// question reads a block: ::title:: text {answers} more text.
func (p *parser) question(b chars) (q Question) {
	q.Line = b[0].line
	rest := b.trim()
	if rest.begins("::") {
		title, after, closed := rest[2:].cut("::")
		if !closed {
			p.wrong(q.Line, "the title has no end: a second :: is missing").Coded("gift_title")
			return q
		}
		q.Title, rest = p.text(q.Line, plain(title, ""), 0, p.limits.Title, input.OneLine), after.trim()
	}
	before, answers, after, ok := p.braces(rest, q.Line)
	if !ok {
		return q
	}
	format, asked := formatOf(before.trim(), "")
	text := lines(asked, format)
	if gap := lines(after.trim(), format); gap != "" {
		text = strings.TrimSpace(text + blankAt(before, len(before)-1) + "_____" + blankAt(after, 0) + gap)
	}
	q.Text = p.text(rest.line(q.Line), text, 1, p.limits.Text, input.Lines)
	p.answers(&q, answers, format, asked.line(q.Line))
	return q
}

// blankAt tells whether a piece of text begins, or ends, with white space, which a gap keeps around itself: a full stop
// has none before it, nor has a particle in Korean.
func blankAt(c chars, end int) string {
	if len(c) > 0 && unicode.IsSpace(c[end].r) {
		return " "
	}
	return ""
}

// braces finds the answers. What stands behind them belongs to the text, in which they are a gap.
func (p *parser) braces(b chars, line int) (before, answers, after chars, ok bool) {
	open, shut := b.index("{"), b.index("}")
	switch {
	case open < 0 && shut < 0:
		p.wrong(line, "answers in braces are missing; a text without a question is not taken").Coded("gift_description")
	case open < 0 || shut >= 0 && shut < open:
		p.wrong(b[shut].line, `a } without a {: write \} for the character itself`).Coded("gift_brace")
	case shut < 0:
		p.wrong(b[open].line, "the { has no } before the next blank line").Coded("gift_unclosed")
	default:
		before, answers, after = b[:open], b[open+1:shut], b[shut+1:]
		if i := after.index("{}"); i >= 0 {
			p.wrong(after[i].line, `a second brace: leave a blank line between questions, or write \{ and \}`).
				Coded("gift_second")
			return nil, nil, nil, false
		}
		return before, answers, after, true
	}
	return nil, nil, nil, false
}

// answers reads what stands in the braces, of which the first characters tell the kind.
func (p *parser) answers(q *Question, all chars, format string, line int) {
	all, general, _ := all.cut("####")
	all = all.trim()
	line = all.line(line)
	a := answerReader{p, q, feedback{format: format}, line}
	a.said.add("", general)
	word, _, _ := all.cut("#")
	right, logical := truths[strings.ToUpper(word.trim().String())]
	switch {
	case len(all) == 0:
		p.wrong(line, "an essay is not taken: the braces are empty").Coded("gift_essay")
	case all.begins("#"):
		a.number(all[1:])
	case all.index("~") >= 0:
		a.choice(all)
	case all.find("->") >= 0:
		p.wrong(line, "matching (->) is not taken").Coded("gift_matching")
	case logical:
		a.trueFalse(right, all)
	default:
		a.short(all)
	}
	q.Explanation = p.text(line, a.said.String(), 0, p.limits.Explanation, input.Lines)
}

var truths = map[string]bool{"T": true, "TRUE": true, "F": false, "FALSE": false}
