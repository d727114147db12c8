package question

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"pollwire/rest/input"
	"pollwire/rest/strictjson"
)

func number(x float64) Answer { return Answer{Number: &x} }

func TestWhatIsRight(t *testing.T) {
	for _, tt := range []struct {
		name    string
		answer  Answer
		correct []int64
		right   *Right
		want    bool
	}{
		{"the right option", Answer{Options: []int64{2}}, []int64{2}, nil, true},
		{"another", Answer{Options: []int64{1}}, []int64{2}, nil, false},
		{"the whole set", Answer{Options: []int64{1, 3}}, []int64{3, 1}, nil, true},
		{"a part of it", Answer{Options: []int64{1}}, []int64{1, 3}, nil, false},
		{"more than it", Answer{Options: []int64{1, 2, 3}}, []int64{1, 3}, nil, false},
		{"as many, but others", Answer{Options: []int64{1, 2}}, []int64{1, 3}, nil, false},
		{"where no option is right", Answer{Options: []int64{1}}, nil, nil, false},
		{"the number", number(80), nil, &Right{Value: 80}, true},
		{"a number beside it", number(80.1), nil, &Right{Value: 80}, false},
		{"a number within the tolerance", number(0.3), nil, &Right{Value: 0.2, Tolerance: 0.1}, true},
		{"a number just outside", number(0.31), nil, &Right{Value: 0.2, Tolerance: 0.1}, false},
		{"minus zero", number(0), nil, &Right{Value: 0}, true},
		{"the text", Answer{Text: "TCP"}, nil, &Right{Texts: []string{"TCP"}}, true},
		{"in another case and with more space", Answer{Text: "three  WAY handshake"}, nil,
			&Right{Texts: []string{"x", "Three way Handshake"}}, true},
		{"decomposed", Answer{Text: "\u1112\u1161\u11ab"}, nil, &Right{Texts: []string{"한"}}, true},
		{"another text", Answer{Text: "UDP"}, nil, &Right{Texts: []string{"TCP"}}, false},
		{"a number where texts are right", number(0), nil, &Right{Texts: []string{"0"}}, false},
		{"nothing", Answer{}, nil, &Right{Texts: []string{"TCP"}}, false},
	} {
		if got := IsRight(tt.answer, tt.correct, tt.right); got != tt.want {
			t.Errorf("%s is right: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestRightIsReadAsItWasWritten(t *testing.T) {
	for text, want := range map[string]string{
		`{"value":1.5,"tolerance":0.5}`: `{"value":1.5,"tolerance":0.5}`,
		`{"value":0}`:                   `{"value":0,"tolerance":0}`,
		`["a","b"]`:                     `["a","b"]`,
		`{"tolerance":1}`:               "",
		`{"value":1,"more":2}`:          "",
		`{"value":"1"}`:                 "",
		`[1]`:                           "",
		`"a"`:                           "",
	} {
		r, err := ParseRight(text)
		if got := r.String(); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("ParseRight(%s) = %s, %v, want %s", text, got, err, want)
		}
	}
	if r, err := ParseRight(""); r != nil || err != nil || r.String() != "" {
		t.Errorf("ParseRight of nothing = %v, %v", r, err)
	}
}

func TestRightIsSaidInWords(t *testing.T) {
	for text, want := range map[string]string{"": "", `{"value":32}`: "32", `{"value":-0.0}`: "0",
		`["Jon Postel","Postel"]`: "Jon Postel | Postel", `{"value":365.25,"tolerance":0.5}`: "365.25 ± 0.5"} {
		if r, err := ParseRight(text); err != nil || r.InWords() != want {
			t.Errorf("%s in words is %q, %v, want %q", text, r.InWords(), err, want)
		}
	}
}

func TestOptionsHaveTwoForms(t *testing.T) {
	var in struct {
		Options []Option `json:"options"`
	}
	err := strictjson.Unmarshal([]byte(`{"options":["a",{"text":"b","correct":true},{"text":"c"}]}`), &in)
	want := []Option{{"a", false}, {"b", true}, {"c", false}}
	if err != nil || !slices.Equal(in.Options, want) {
		t.Errorf("options = %v, %v", in.Options, err)
	}
	for _, bad := range []string{`1`, `{"correct":true}`, `{"text":"a","text":"b"}`, `{"text":"a","x":1}`, `["a"]`} {
		if err := strictjson.Unmarshal([]byte(`{"options":[`+bad+`]}`), &in); err == nil {
			t.Errorf("the option %s is taken", bad)
		}
	}
}

func TestAnswersAsTheyAreStored(t *testing.T) {
	for _, tt := range []struct {
		answer           Answer
		value, key, json string
	}{
		{number(12.5), "12.5", "12.5", "12.5"},
		{number(math.Copysign(0, -1)), "0", "0", "0"},
		{number(1e21), "1e+21", "1e+21", "1e+21"},
		{Answer{Text: `Say  "HI"`}, `Say  "HI"`, `SAY "HI"`, `"Say  \"HI\""`},
		{Answer{Options: []int64{1, 22}}, "", "", "[1,22]"},
		{Answer{}, "", "", "null"},
	} {
		a := tt.answer
		if got, _ := json.Marshal(a); a.Value() != tt.value || a.Key() != tt.key || string(got) != tt.json {
			t.Errorf("%v: value %q, key %q, JSON %s, want %q, %q, %s", a, a.Value(), a.Key(), got, tt.value, tt.key, tt.json)
		}
		if again := Stored(a.Value(), a.Number); a.Options == nil && !again.Same(a) {
			t.Errorf("%v comes back as %v", a, again)
		}
	}
}

// What goes together, and what doesn't.
func TestAChangeFitsItsKind(t *testing.T) {
	const choice = `"title":"t","options":["a","b"]`
	for body, wrong := range map[string]string{
		choice: "",
		`"title":"t","options":["a",{"text":"b","correct":true}]`:                                         "",
		`"title":"t","options":[{"text":"a","correct":true},{"text":"b","correct":true}],"multiple":true`: "",
		`"title":"t","options":[{"text":"a","correct":true},{"text":"b","correct":true}]`:                 "options",
		`"title":"t","kind":"number"`:                                    "",
		`"title":"t","kind":"number","right":{"value":1}`:                "",
		`"title":"t","kind":"number","right":["a"]`:                      "right",
		`"title":"t","kind":"text","right":["a"]`:                        "",
		`"title":"t","kind":"text","right":{"value":1}`:                  "right",
		`"title":"t","kind":"text","options":["a","b"]`:                  "options",
		`"title":"t","kind":"text","multiple":true`:                      "multiple",
		choice + `,"right":["a"]`:                                        "right",
		choice + `,"points":2`:                                           "",
		choice + `,"points":2,"named":false`:                             "named",
		choice + `,"points":0,"named":true`:                              "",
		choice + `,"points":101`:                                         "points",
		choice + `,"seconds":4`:                                          "seconds",
		choice + `,"kind":"essay"`:                                       "kind",
		`"title":"t","kind":"number","right":{"value":1,"tolerance":-1}`: "right",
		`"title":"t","kind":"text","right":[]`:                           "right",
		choice + `,"explanation":"` + strings.Repeat("x", 1001) + `"`:    "explanation",
	} {
		var in Edit
		if err := strictjson.Unmarshal([]byte("{"+body+"}"), &in); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		var v input.Values
		in.WithDefaults(&v)
		c := in.Check(&v, true)
		err := v.Err()
		var q Question
		if err == nil {
			err = c.Apply(&q, 0, false)
		}
		if (err == nil) != (wrong == "") || err != nil && !strings.HasPrefix(err.Error(), wrong+" ") {
			t.Errorf("%s: %v, want wrong %q", body, err, wrong)
		}
		if err == nil && (q.Points > 0) != q.Named && !strings.Contains(body, "named") {
			t.Errorf("%s: %d points, named %v", body, q.Points, q.Named)
		}
	}
}
