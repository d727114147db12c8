package exercise

import (
	"fmt"
	"strings"
)

// Mark is what became of a hand-in. It is kept in both languages; View is what somebody sees of it.
type Mark struct {
	Score   int         `json:"score"`
	Of      int         `json:"of"`
	Yours   bool        `json:"yours"`   // the capture has what is the run's own, and is not doubted
	Doubted bool        `json:"doubted"` // it does not agree with what the server has seen
	Missing []string    `json:"missing"` // tasks that it does not show
	Fields  []FieldMark `json:"fields"`
}

// FieldMark is what became of one answer.
type FieldMark struct {
	ID       string `json:"id"`
	OK       bool   `json:"ok"`
	Feedback Text   `json:"feedback"`
	Right    Text   `json:"right"` // empty where the capture has no answer
}

// Mark compares answers, by the ids of fields, with what a capture says. A capture that is not the run's own gets no
// points, and nothing is said about the answers: or one could learn them from a neighbour's. Nor does one of which
// there are doubts.
func (e *Exercise) Mark(run *Run, c *Capture, answers map[string]string, doubts ...Text) Mark {
	sheet := e.Sheet(run)
	m := Mark{Of: len(sheet.Fields), Missing: []string{}, Doubted: len(doubts) > 0}
	m.Yours = sheet.Find(c) && !m.Doubted
	why := notYours
	if m.Doubted {
		why = Text{notTrue.With(doubts[0][EN])[EN], notTrue.With(doubts[0][KO])[KO]}
	}
	done := map[string]bool{"": true}
	for _, t := range sheet.Tasks {
		if done[t.ID] = m.Yours && t.Done(); !done[t.ID] {
			m.Missing = append(m.Missing, t.ID)
		}
	}
	for i := range sheet.Fields {
		f := &sheet.Fields[i]
		is := FieldMark{ID: f.ID}
		switch {
		case !m.Yours:
			is.Feedback = why
		case !done[f.Needs]:
			is.Feedback = notDone.With(f.Needs)
		default:
			is.OK, is.Feedback, is.Right = f.compare(answers[f.ID])
			if is.Feedback == isWrong && f.Type == Port && c.hasClient(answers[f.ID]) {
				is.Feedback = otherTalk
			}
		}
		if is.OK {
			m.Score++
		}
		m.Fields = append(m.Fields, is)
	}
	return m
}

// compare tells whether an answer is right and, if it is not, as much of why as can be known.
func (f *Field) compare(answer string) (ok bool, feedback, shown Text) {
	right := f.Right()
	if !right.is {
		return false, notShown, shown
	}
	shown = Text{EN: f.String(right, "en"), KO: f.String(right, "ko")}
	switch {
	case strings.TrimSpace(answer) == "":
		return false, noAnswer, shown
	case f.Equal(answer, right):
		return true, isRight, shown
	case !f.Takes(answer):
		return false, unreadable[f.Type], shown
	}
	for _, m := range f.Mistakes {
		if v := m.Is(); f.Equal(answer, v) {
			return false, m.Say, shown
		}
	}
	return false, f.usual(answer, right), shown
}

// usual is what is said of mistakes that can be made in any field.
func (f *Field) usual(answer string, right Value) Text {
	n, isNumber := readNumber(answer, f.Unit)
	switch {
	case f.Type == Hex && isNumber && fmt.Sprintf("%x", uint64(n)) == strings.TrimLeft(right.text, "0"):
		return inDecimal
	case f.Type == Num && isNumber && f.Within > 0 && n > right.number-5*f.Within && n < right.number+5*f.Within:
		return tooFar
	case f.Type == Num && (f.Unit == "s") && (n*1000 == right.number || n == right.number*1000):
		return otherUnit
	case f.Type == Packets:
		return f.packetsOff(answer, right)
	}
	return isWrong
}

// packetsOff tells what of a list is right.
func (f *Field) packetsOff(answer string, right Value) Text {
	given, _ := readPackets(answer)
	found := 0
	for _, n := range given {
		for _, want := range right.list {
			if n == want {
				found++
				break
			}
		}
	}
	return someRight.With(found, len(given), len(right.list))
}

// What is said, where an exercise has nothing of its own to say.
var (
	isRight  = Text{"Right.", "맞습니다."}
	isWrong  = Text{"Wrong.", "틀렸습니다."}
	noAnswer = Text{"There is no answer.", "답이 없습니다."}
	notYours = Text{"This capture is not yours: nothing in it is of this run.",
		"이 캡처는 당신의 것이 아닙니다. 이 실행에 속하는 것이 없습니다."}
	notTrue = Text{"This capture does not agree with what the server has seen: %s.",
		"이 캡처는 서버가 본 것과 다릅니다: %s."}
	otherTalk = Text{"A connection of your file has this port, but not the one that is meant: follow what it carries.",
		"파일에 있는 다른 연결의 포트입니다. 그 연결에 무엇이 오갔는지 보세요."}
	notDone = Text{"The capture does not show task %s, on which this depends.",
		"이 질문에 필요한 과제 %s가 캡처에 없습니다."}
	notShown = Text{"The capture does not show it.", "캡처에 그것이 없습니다."}
	tooFar   = Text{"Nearly, but further off than allowed: take more digits.",
		"가깝지만 허용 오차를 벗어납니다. 더 많은 자릿수를 쓰세요."}
	inDecimal = Text{"That is decimal; it is asked in hex.", "10진수입니다. 16진수로 물었습니다."}
	otherUnit = Text{"The digits are right, the unit is not.", "숫자는 맞지만 단위가 다릅니다."}
	someRight = Text{"%d of the %d packets that you name are right; there are %d.",
		"적은 패킷 가운데 맞는 수: %d(적은 수 %d, 있는 수 %d)."}
)

// unreadable says how an answer is to be written.
var unreadable = map[Type]Text{
	Num: {"Not a number: write 31, 0x1f, 1,500 or 0.023.",
		"숫자가 아닙니다. 31, 0x1f, 1,500, 0.023처럼 쓰세요."},
	Port: {"Not a port: write a number.", "포트가 아닙니다. 숫자를 쓰세요."},
	Hex:  {"Not hex: write 0a1f, 0x0a1f or 0a:1f.", "16진수가 아닙니다. 0a1f, 0x0a1f, 0a:1f처럼 쓰세요."},
	IP: {"Not an address: write 192.0.2.1 or 2001:db8::1.",
		"주소가 아닙니다. 192.0.2.1이나 2001:db8::1처럼 쓰세요."},
	Packets: {"Not packet numbers: write 4, 9, 12.", "패킷 번호가 아닙니다. 4, 9, 12처럼 쓰세요."},
}

// Reveal says who is told what is right.
type Reveal string

// When right answers are shown beside wrong ones.
const (
	Never    Reveal = "never"
	Right    Reveal = "right"     // with the mark
	AfterDue Reveal = "after_due" // when the exercise is past due
)

// View is a Mark as somebody sees it in his language.
type View struct {
	Score    int         `json:"score"`
	Of       int         `json:"of"`
	Yours    bool        `json:"yours"`
	Doubted  bool        `json:"doubted"`
	Missing  []string    `json:"missing"`
	Fields   []FieldView `json:"fields"`
	Coverage any         `json:"coverage"`
}

// FieldView is a FieldMark, with the right answer where it is revealed.
type FieldView struct {
	ID       string `json:"id"`
	OK       bool   `json:"ok"`
	Feedback string `json:"feedback"`
	Right    string `json:"right,omitempty"`
}

// View shows a mark.
func (m *Mark) View(lang string, reveal bool) View {
	v := View{Score: m.Score, Of: m.Of, Yours: m.Yours, Doubted: m.Doubted, Missing: m.Missing,
		Fields: []FieldView{}}
	for _, f := range m.Fields {
		shown := FieldView{ID: f.ID, OK: f.OK, Feedback: f.Feedback.In(lang)}
		if reveal && !f.OK {
			shown.Right = f.Right.In(lang)
		}
		v.Fields = append(v.Fields, shown)
	}
	return v
}
