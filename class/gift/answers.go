package gift

import (
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pollwire/rest/input"
	"pollwire/rest/visible"
)

// answerReader fills a question with what its braces hold.
type answerReader struct {
	p    *parser
	q    *Question
	said feedback
	line int
}

// answer is one that begins with = or ~.
type answer struct {
	line   int
	mark   rune    // '=' or '~'; 0 for the only one, without a mark
	weight float64 // percent
	body   chars   // without weight and feedback
	said   chars   // feedback
}

// split divides the answers at their marks. "~=" is one mark, "=".
func (a *answerReader) split(all chars) (list []answer) {
	mark := rune(0)
	for {
		i := all.index("=~")
		body := all
		if i >= 0 {
			body = all[:i]
		}
		if body = body.trim(); len(body) > 0 {
			list = append(list, a.answer(mark, body))
		} else if mark != 0 && !(mark == '~' && i >= 0 && all[i].r == '=') {
			line := a.line
			if i >= 0 {
				line = all[i].line
			}
			a.p.wrong(line, "an answer is empty").Coded("gift_empty")
		}
		if i < 0 {
			return list
		}
		mark, all = all[i].r, all[i+1:]
	}
}

// answer takes the weight and the feedback off an answer.
func (a *answerReader) answer(mark rune, body chars) answer {
	it := answer{line: body.line(a.line), mark: mark}
	if mark == '=' || mark == 0 {
		it.weight = 100
	}
	if body.begins("%") {
		percent, rest, closed := body[1:].cut("%")
		n, err := strconv.ParseFloat(percent.String(), 64)
		if !closed || err != nil || !(math.Abs(n) <= 100) {
			a.p.wrong(it.line, "a weight must be like %%50%%, from -100 to 100").Coded("gift_weight")
		}
		if it.weight = n; closed {
			body = rest
		}
	}
	it.body, it.said, _ = body.cut("#")
	return it
}

// choice reads answers of which at least one is wrong.
func (a *answerReader) choice(all chars) {
	list := a.split(all)
	marked := slices.ContainsFunc(list, func(it answer) bool { return it.mark == '=' })
	right := 0
	for _, it := range list[:min(len(list), a.p.limits.MaxOptions)] { // each is compared with each
		correct := it.weight > 0
		if marked { // then a lower weight is half a mark
			correct = it.weight == 100
		}
		if correct {
			right++
		}
		a.option(it, correct)
	}
	a.q.Kind, a.q.Multiple = Choice, right > 1 || right == 1 && !marked
	if n := len(list); n < a.p.limits.MinOptions || n > a.p.limits.MaxOptions {
		a.p.wrong(a.line, "a question has %d to %d answers, not %d", a.p.limits.MinOptions, a.p.limits.MaxOptions, n).
			Coded("gift_options", "least", "most", "is")
	}
}

func (a *answerReader) option(it answer, correct bool) {
	text := a.p.text(it.line, plain(it.body, a.said.format), 1, a.p.limits.Option, input.OneLine)
	if slices.ContainsFunc(a.q.Options, func(o Option) bool { return visible.Same(o.Text, text) }) {
		a.p.wrong(it.line, "is there twice").Coded("twice")
	}
	a.q.Options = append(a.q.Options, Option{text, correct})
	a.said.add(text, it.said)
}

// trueFalse reads T, TRUE, F or FALSE. The first feedback is for who is wrong, the second for who is right.
func (a *answerReader) trueFalse(right bool, all chars) {
	a.q.Kind, a.q.Options = Choice, []Option{{"True", right}, {"False", !right}}
	_, rest, _ := all.cut("#")
	wrongSaid, rightSaid, _ := rest.cut("#")
	for _, o := range a.q.Options {
		if o.Correct {
			a.said.add(o.Text, rightSaid)
		} else {
			a.said.add(o.Text, wrongSaid)
		}
	}
}

// short reads words, each of which is right.
func (a *answerReader) short(all chars) {
	a.q.Kind = Text
	for _, it := range a.split(all) {
		text := a.p.text(it.line, plain(it.body, a.said.format), 1, a.p.limits.Option, input.OneLine)
		a.said.add(text, it.said)
		if it.weight == 100 {
			a.q.Texts = append(a.q.Texts, text)
		}
	}
	switch n := len(a.q.Texts); {
	case n == 0:
		a.p.wrong(a.line, "no answer is right").Coded("gift_no_right")
	case n > a.p.limits.Texts:
		a.p.wrong(a.line, "%d answers are the most, not %d", a.p.limits.Texts, n).Coded("gift_texts", "most", "is")
	}
}

// number reads numbers with their tolerance. Those that give half a mark are passed over.
func (a *answerReader) number(all chars) {
	a.q.Kind = Number
	if i := all.index("~"); i >= 0 { // feedback for who is wrong
		_, said, _ := all[i:].cut("#")
		a.said.add("", said)
		all = all[:i]
	}
	found := false
	for _, it := range a.split(all) {
		a.said.add("", it.said)
		value, tolerance, ok := numberOf(strings.TrimSpace(it.body.String()))
		switch {
		case !ok:
			a.p.wrong(it.line, "must be a number like 5, 5:0.1 or 1..5").Coded("gift_number")
		case it.weight != 100:
		case found && (value != a.q.Value || tolerance != a.q.Tolerance):
			a.p.wrong(it.line, "only one number can be right").Coded("gift_numbers")
		default:
			a.q.Value, a.q.Tolerance = value, tolerance
		}
		found = found || it.weight == 100
	}
	if !found {
		a.p.wrong(a.line, "no answer is right").Coded("gift_no_right")
	}
}

var decimal = regexp.MustCompile(`^[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?$`)

// numberOf reads 5, 5:0.1 and 1..5. The middle of a range is reckoned exactly: of 3.141..3.142 both ends are right.
func numberOf(text string) (value, tolerance float64, ok bool) {
	if low, high, isRange := strings.Cut(text, ".."); isRange {
		l, okLow := rational(low)
		h, okHigh := rational(high)
		if !okLow || !okHigh || l.Cmp(h) > 0 {
			return 0, 0, false
		}
		half := big.NewRat(1, 2)
		value, _ = new(big.Rat).Mul(new(big.Rat).Add(l, h), half).Float64()
		tolerance, _ = new(big.Rat).Mul(new(big.Rat).Sub(h, l), half).Float64()
		return value, tolerance, true
	}
	v, t, _ := strings.Cut(text, ":")
	if !strings.Contains(text, ":") {
		t = "0"
	}
	val, okVal := rational(v)
	tol, okTol := rational(t)
	if !okVal || !okTol || tol.Sign() < 0 {
		return 0, 0, false
	}
	value, _ = val.Float64()
	tolerance, _ = tol.Float64()
	return value, tolerance, true
}

func rational(text string) (*big.Rat, bool) {
	if text = strings.TrimSpace(text); !decimal.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}
