package gift

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pollwire/rest/input"
	"pollwire/rest/problem"
)

var limits = Limits{Questions: 200, Title: 100, Text: 500, MinOptions: 2, MaxOptions: 8, Option: 100, Texts: 20,
	Explanation: 1000}

// wrong lists what v has noted: "line 3 gift_essay".
func wrong(v *input.Values) (list []string) {
	p, _ := problem.Of(v.Err())
	for _, f := range p.Errors {
		list = append(list, f.Field+" "+f.Code)
	}
	return list
}

func options(wrong int, texts ...string) (list []Option) {
	for i, text := range texts {
		list = append(list, Option{text, i < wrong})
	}
	return list
}

func TestQuestions(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     Question
	}{
		{"a choice of one", "Who's buried in Grant's tomb?{=Grant ~no one ~Napoleon ~Mother Teresa}",
			Question{Text: "Who's buried in Grant's tomb?", Kind: Choice,
				Options: options(1, "Grant", "no one", "Napoleon", "Mother Teresa")}},
		{"on several lines, with a title and comments between them", strings.Join([]string{
			"// question: 1 name: Grant", "::Grant's tomb:: Who is buried", "in it? {", "  =Grant", "// one more", "~=nobody",
			"}"}, "\n"), Question{Line: 2, Title: "Grant's tomb", Text: "Who is buried\nin it?", Kind: Choice, Multiple: true,
			Options: options(2, "Grant", "nobody")}},
		{"a gap", "The colours of the {=sky ~sea} are many.",
			Question{Text: "The colours of the _____ are many.", Kind: Choice, Options: options(1, "sky", "sea")}},
		{"a gap before a particle", "웹은{=TCP ~UDP}를 쓴다.",
			Question{Text: "웹은_____를 쓴다.", Kind: Choice, Options: options(1, "TCP", "UDP")}},
		{"feedback becomes the explanation, first that of all", "Q? {=yes#right! ~no #wrong, it's yes ####Read it again.}",
			Question{Text: "Q?", Kind: Choice, Options: options(1, "yes", "no"),
				Explanation: "Read it again.\nyes: right!\nno: wrong, it's yes"}},
		{"several with weights", "Which two are in it? {~%50%Grant ~%50%his wife ~%-100%no one ~his son}",
			Question{Text: "Which two are in it?", Kind: Choice, Multiple: true,
				Options: options(2, "Grant", "his wife", "no one", "his son")}},
		{"half a mark beside a right one is not right", "Q? {~=a ~%50%b ~c}",
			Question{Text: "Q?", Kind: Choice, Options: options(1, "a", "b", "c")}},
		{"an opinion", "Which do you like? {~cats ~dogs}",
			Question{Text: "Which do you like?", Kind: Choice, Options: options(0, "cats", "dogs")}},
		{"true", "Grant is buried in it.{T}", Question{Text: "Grant is buried in it.", Kind: Choice,
			Options: options(1, "True", "False")}},
		{"false, with both feedbacks", "The sun rises in the west.{ FALSE#No, in the east.#Right. }",
			Question{Text: "The sun rises in the west.", Kind: Choice,
				Options:     []Option{{"True", false}, {"False", true}},
				Explanation: "True: No, in the east.\nFalse: Right."}},
		{"words", "Who's buried in Grant's tomb?{=Grant =Ulysses S. Grant =%50%Ulysses}",
			Question{Text: "Who's buried in Grant's tomb?", Kind: Text, Texts: []string{"Grant", "Ulysses S. Grant"}}},
		{"one word without a mark", "Two plus two is {four}.",
			Question{Text: "Two plus two is _____.", Kind: Text, Texts: []string{"four"}}},
		{"a number", "When was he born? {#1822}", Question{Text: "When was he born?", Kind: Number, Value: 1822}},
		{"a number with a tolerance", "When? {#1822:5 # in this century}",
			Question{Text: "When?", Kind: Number, Value: 1822, Tolerance: 5, Explanation: "in this century"}},
		{"a range", "Pi? {#3.141..3.142}", Question{Text: "Pi?", Kind: Number, Value: 3.1415, Tolerance: 0.0005}},
		{"of several numbers that which is right", "When? {#\n=1822:0#yes\n=%50%1822:2#nearly\n~#no}",
			Question{Text: "When?", Kind: Number, Value: 1822, Explanation: "no\nyes\nnearly"}},
		{"negative, with an exponent", "Q? {#-1.5e-3:.5}",
			Question{Text: "Q?", Kind: Number, Value: -0.0015, Tolerance: 0.5}},
		{"escapes", `\:\:a\: 1 \= \{x\} \~ \# \\ \(\frac12\)\nb {~\=c#d\#e =f\~}`,
			Question{Text: "::a: 1 = {x} ~ # \\ \\(\\frac12\\)\nb", Kind: Choice,
				Options: []Option{{"=c", false}, {"f~", true}}, Explanation: "=c: d#e"}},
		{"HTML", "::T::[html]<p>What is <b>&lt;b&gt;</b>?<br/>Say.</p>{=<i>bold</i> ~[plain]<i> &amp; ~x#[html]<p>no</p>}",
			Question{Title: "T", Text: "What is <b>?\nSay.", Kind: Choice, Options: options(1, "bold", "<i> &amp;", "x"),
				Explanation: "x: no"}},
		{"markdown stays", "[markdown]a *b* {T}",
			Question{Text: "a *b*", Kind: Choice, Options: options(1, "True", "False")}},
		{"a mark of the order of bytes, CR LF, Korean", "\ufeff대한민국의 수도는?\r\n{=서울 ~부산}\r\n",
			Question{Text: "대한민국의 수도는?", Kind: Choice, Options: options(1, "서울", "부산")}},
		{"an arrow in a choice is no matching", "Q? {=a -> b ~c}",
			Question{Text: "Q?", Kind: Choice, Options: options(1, "a -> b", "c")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var v input.Values
			got := Parse(&v, tt.in, limits)
			tt.want.Line = max(tt.want.Line, 1)
			if v.Err() != nil || len(got) != 1 || !reflect.DeepEqual(got[0], tt.want) {
				t.Errorf("%q is\n%s %v, want\n%s", tt.in, show(got), wrong(&v), show(tt.want))
			}
		})
	}
}

func show(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

func TestSeveralQuestions(t *testing.T) {
	text := "// a file\n\n$CATEGORY: tom/dick\n\nOne? {T}\n\n\n\n// just a comment\n\n" +
		"::Second::Two? {\n#2\n}\n$CATEGORY: x\nThree? {=a}"
	var v input.Values
	got := Parse(&v, text, limits)
	if v.Err() != nil || len(got) != 3 || got[0].Line != 5 || got[1].Line != 11 || got[2].Line != 15 {
		t.Errorf("%q is %s, %v", text, show(got), wrong(&v))
	}
}

// Each error stands under the line that has to be changed.
func TestErrorsByLine(t *testing.T) {
	long := strings.Repeat("x", 101)
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", " \n// only this\n", "line 1 gift_none"},
		{"no UTF-8", "a\xff {T}", "line 1 gift_utf8"},
		{"a description", "One? {T}\n\nYou can use your pencil here.", "line 3 gift_description"},
		{"an essay", "Write about Grant.\n{ }", "line 1 gift_essay"},
		{"matching", "Match.\n{\n=Canada -> Ottawa\n=Italy -> Rome}", "line 3 gift_matching"},
		{"no end of the braces", "Q?\n{=a\n~b\n\nNext? {T}", "line 2 gift_unclosed"},
		{"no beginning of the braces", "Q?\n=a }", "line 2 gift_brace"},
		{"two questions without a blank line", "Q? {T}\nR? {F}", "line 2 gift_second"},
		{"no end of the title", "::Title: Q? {T}", "line 1 gift_title"},
		{"no question", "::Title:: {T}", "line 1 empty"},
		{"one option", "Q? {~a}", "line 1 gift_options"},
		{"nine options", "Q?\n{=1 ~2 ~3 ~4 ~5 ~6 ~7 ~8 ~9}", "line 2 gift_options"},
		{"a long option", "Q? {=a\n~" + long + "\n~b}", "line 2 length"},
		{"an option twice", "Q? {=a\n~b\n~ a}", "line 3 twice"},
		{"an option twice but for what can't be seen", "Q? {=a\n~a\u200b}", "line 2 twice"},
		{"an empty option", "Q? {=a\n~\n~b}", "line 3 gift_empty"},
		{"an empty last option", "Q? {=a\n~b ~}", "line 1 gift_empty"},
		{"a weight that is none", "Q? {~%x%a\n~%50b ~c}", "line 1 gift_weight line 2 gift_weight"},
		{"a weight too high", "Q? {~%101%a ~%NaN%b}", "line 1 gift_weight line 1 gift_weight"},
		{"a number that is none", "Q? {#five}", "line 1 gift_number"},
		{"a range the wrong way round", "Q? {#5..1}", "line 1 gift_number"},
		{"a negative tolerance", "Q? {#5:-1}", "line 1 gift_number"},
		{"a huge exponent", "Q? {#1e999999999}", "line 1 gift_number"},
		{"two numbers", "Q? {#=5\n=6}", "line 2 gift_numbers"},
		{"no number", "Q? {#}", "line 1 gift_no_right"},
		{"no word that is right", "Q? {=%50%a}", "line 1 gift_no_right"},
		{"a long title", "::" + long + "::Q? {T}", "line 1 length"},
		{"a long question", "Q" + strings.Repeat(" x", 300) + "? {T}", "line 1 length"},
		{"a long explanation", "Q? {T####" + strings.Repeat("x", 1001) + "}", "line 1 length"},
		{"a control character", "Q?\n{=a\x01 ~b}", "line 2 control_character"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var v input.Values
			Parse(&v, tt.in, limits)
			if got := strings.Join(wrong(&v), " "); got != tt.want {
				t.Errorf("%.80q: %s, want %s", tt.in, got, tt.want)
			}
		})
	}
}

func TestNotTooMany(t *testing.T) {
	var v input.Values
	few := limits
	few.Questions = 3
	if got := Parse(&v, strings.Repeat("Q? {T}\n\n", 4), few); len(got) != 3 || wrong(&v)[0] != "line 7 gift_too_many" {
		t.Errorf("%d questions, %v", len(got), wrong(&v))
	}
	v = input.Values{}
	Parse(&v, strings.Repeat("no question\n\n", 1000), limits)
	if n := len(wrong(&v)); n != maxErrors {
		t.Errorf("%d errors are told, want %d", n, maxErrors)
	}
	v = input.Values{}
	Parse(&v, "Q? {"+strings.Repeat("~x\x01 =%", 8000)+"}", limits)
	if n := len(wrong(&v)); n > 2*maxErrors {
		t.Errorf("%d errors are told of one question", n)
	}
}

// A body that a person wrote takes no time, and neither does one that a person made to take long.
func TestNothingTakesLong(t *testing.T) {
	for _, piece := range []string{"~a ", "=%50%a#b ", "<!--<a>", "{", "::", "#", "####", `\`, "[html]", "\n"} {
		var v input.Values
		long := strings.Repeat(piece, 64<<10/len(piece))
		start := time.Now()
		Parse(&v, "[html]Q "+long+" {=a"+long+"####"+long+"}", limits)
		if took := time.Since(start); took > 2*time.Second {
			t.Errorf("%q many times took %v", piece, took)
		}
	}
}

func TestHeading(t *testing.T) {
	for _, tt := range []struct{ text, title, wantTitle, wantDescription string }{
		{"short", "T", "short", ""},
		{"two\nlines", "T", "T", "two\nlines"},
		{"longer than it may be", "T", "T", "longer than it may be"},
		{"longer than it may be", "", "longer…", "longer than it may be"},
		{strings.Repeat("x", 30), "", strings.Repeat("x", 9) + "…", strings.Repeat("x", 30)},
		{"two\nlines", "", "two lines", "two\nlines"},
	} {
		title, description := Question{Text: tt.text, Title: tt.title}.Heading(10)
		if title != tt.wantTitle || description != tt.wantDescription {
			t.Errorf("Heading of %q, %q = %q, %q", tt.text, tt.title, title, description)
		}
	}
}

// Whatever comes in, what comes out without an error is a question that can be asked.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"::T::[html]Q <b>? {=a#b ~%50%c####d} e", "Q {#1..2:3}", "Q {T#a#b}", `\{{=\}}`, "{",
		"}{", "Q {~=a ~=b}\n\n//\n$CATEGORY: x\nR {#=1:1 =%50%2 ~#no}", "::", "%", "Q {=a->b}"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var v input.Values
		list := Parse(&v, text, limits)
		if v.Err() != nil {
			if n := len(wrong(&v)); n > 2*maxErrors {
				t.Errorf("%d errors", n)
			}
			return
		}
		for _, q := range list {
			if why := impossible(q); why != "" {
				t.Errorf("%q: %s: %s", text, why, show(q))
			}
		}
	})
}

func impossible(q Question) string {
	title, description := q.Heading(100)
	switch {
	case title == "" || utf8.RuneCountInString(title) > 100 || strings.Contains(title, "\n"):
		return fmt.Sprintf("the title %q", title)
	case utf8.RuneCountInString(description) > 500:
		return "the description"
	case q.Kind == Choice && (len(q.Options) < 2 || len(q.Options) > 8):
		return "the options"
	case q.Kind == Text && len(q.Texts) == 0:
		return "no words"
	case q.Kind == Number && (math.IsNaN(q.Value) || math.IsInf(q.Value, 0) || !(q.Tolerance >= 0)):
		return "the number"
	case q.Kind == "":
		return "no kind"
	}
	return ""
}
