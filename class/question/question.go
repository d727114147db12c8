// Package question holds what a poll can ask, what can be answered, and what is right; and the poll itself, with
// what of it is shown to whom (View). It knows neither HTTP nor SQL: who asks is in polls.go, the rows are in pollrows.
//
//	kind     is answered by                     right is
//	choice   {"option_id"} or {"option_ids"}    the whole set of the options that are marked correct, and no other
//	number   {"number": 12.5}                   what is no further than the tolerance from the value
//	text     {"text": "..."}                    one of several texts; case and white space don't count
package question

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"pollwire/rest/strictjson"
	"pollwire/rest/visible"
)

// The kinds of questions.
const (
	Choice = "choice"
	Number = "number"
	Text   = "text"
)

// How much a question may hold; texts are counted in characters.
const (
	MaxTitle               = 100
	MaxDescription         = 500
	MaxExplanation         = 1000
	MaxText                = 100 // of an option, an answer, a right text
	MinOptions, MaxOptions = 2, 8
	MaxRight               = 20 // texts that are right
	MinSeconds, MaxSeconds = 5, 3600
	MaxPoints              = 100
)

// ---- what is right

// Option is one that a client sends: its text alone, or {"text","correct"}.
type Option struct {
	Text    string
	Correct bool
}

// UnmarshalJSON takes both forms.
func (o *Option) UnmarshalJSON(data []byte) error {
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &o.Text)
	}
	var in struct {
		Text    *string `json:"text"`
		Correct *bool   `json:"correct"`
	}
	if err := strictjson.Unmarshal(data, &in); err != nil {
		return err
	}
	if in.Text == nil {
		return errors.New("an option has a text")
	}
	o.Text, o.Correct = *in.Text, in.Correct != nil && *in.Correct
	return nil
}

// Right is what is right where there are no options: {"value","tolerance"} of a number, or a list of texts.
type Right struct {
	Value     float64
	Tolerance float64
	Texts     []string // nil: a number
}

type rightNumber struct {
	Value     *float64 `json:"value"`
	Tolerance float64  `json:"tolerance"`
}

// MarshalJSON writes the form of the kind.
func (r Right) MarshalJSON() ([]byte, error) {
	if r.Texts != nil {
		return json.Marshal(r.Texts)
	}
	return json.Marshal(rightNumber{&r.Value, r.Tolerance})
}

// UnmarshalJSON takes both forms. Numbers that are too large for a float64 are refused by encoding/json.
func (r *Right) UnmarshalJSON(data []byte) error {
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, &r.Texts)
	}
	var in rightNumber
	if err := strictjson.Unmarshal(data, &in); err != nil {
		return err
	}
	if in.Value == nil {
		return errors.New("a right number has a value")
	}
	r.Value, r.Tolerance = *in.Value, in.Tolerance
	return nil
}

// ParseRight reads what MarshalJSON wrote, nil from "".
func ParseRight(text string) (*Right, error) {
	if text == "" {
		return nil, nil
	}
	r := new(Right)
	return r, json.Unmarshal([]byte(text), r)
}

// String is the JSON of r, "" of nil.
func (r *Right) String() string {
	if r == nil {
		return ""
	}
	text, _ := r.MarshalJSON() // can't fail: no value of a Right is infinite
	return string(text)
}

// InWords is r for a table that people read: 32, 365.25 ± 0.5, or Jon Postel | Postel; "" of nil.
func (r *Right) InWords() string {
	switch {
	case r == nil:
		return ""
	case r.Texts != nil:
		return strings.Join(r.Texts, " | ")
	}
	text := strconv.FormatFloat(r.Value+0, 'g', -1, 64) // + 0 makes 0 of -0
	if r.Tolerance > 0 {
		text += " ± " + strconv.FormatFloat(r.Tolerance, 'g', -1, 64)
	}
	return text
}

// IsRight judges an answer by the ids of the correct options, or by what is right. Where nothing is right nothing can
// be.
func IsRight(a Answer, correct []int64, r *Right) bool {
	switch {
	case a.Options != nil:
		return len(correct) > 0 && len(correct) == len(a.Options) &&
			!slices.ContainsFunc(a.Options, func(id int64) bool { return !slices.Contains(correct, id) })
	case r == nil:
		return false
	case a.Number != nil:
		// As people count: 0.3 is within 0.1 of 0.2, though not in binary.
		slack := 1e-9 * max(math.Abs(r.Value), math.Abs(r.Tolerance))
		return r.Texts == nil && math.Abs(*a.Number-r.Value) <= r.Tolerance+slack
	}
	return a.Text != "" && slices.ContainsFunc(r.Texts, func(text string) bool { return Fold(text) == Fold(a.Text) })
}

// ---- what is answered

// Answer is a ballot. The zero Answer is none.
type Answer struct {
	Options []int64 // of a choice, in rising order
	Number  *float64
	Text    string
}

// None tells whether there is no answer.
func (a Answer) None() bool { return len(a.Options) == 0 && a.Number == nil && a.Text == "" }

// Same tells whether two answers are the same, to the letter.
func (a Answer) Same(b Answer) bool {
	return slices.Equal(a.Options, b.Options) && a.Value() == b.Value()
}

// Value is an answer without options as it is stored: the number in its shortest form, or the text.
func (a Answer) Value() string {
	if a.Number != nil {
		return strconv.FormatFloat(*a.Number+0, 'g', -1, 64) // + 0 makes 0 of -0
	}
	return a.Text
}

// Key is the same for all answers that are counted together.
func (a Answer) Key() string {
	if a.Number != nil {
		return a.Value()
	}
	return Fold(a.Text)
}

// KeyOf is the Key of an answer that is sent as a text, whatever the kind.
func KeyOf(kind, value string) string {
	if number, err := strconv.ParseFloat(value, 64); kind == Number && err == nil {
		return Answer{Number: &number}.Key()
	}
	return Fold(value)
}

// Stored makes an Answer of what Value returned. number is nil for a text.
func Stored(value string, number *float64) Answer {
	if number != nil {
		return Answer{Number: number}
	}
	return Answer{Text: value}
}

// Fold takes case, spelling and white space out of a text.
func Fold(text string) string { return visible.Fold(strings.Join(strings.Fields(text), " ")) }

// AppendJSON appends the answer as clients get it back: a list of ids, a number or a text; null for none.
func (a Answer) AppendJSON(b []byte) []byte {
	switch {
	case a.Number != nil:
		return append(b, a.Value()...)
	case a.Text != "":
		text, _ := json.Marshal(a.Text) // can't fail
		return append(b, text...)
	case len(a.Options) == 0:
		return append(b, "null"...)
	}
	for i, id := range a.Options {
		b = append(b, "[,"[min(i, 1)])
		b = strconv.AppendInt(b, id, 10)
	}
	return append(b, ']')
}

// MarshalJSON is AppendJSON.
func (a Answer) MarshalJSON() ([]byte, error) { return a.AppendJSON(nil), nil }

// String is for people: "options [1 2]", "12.5" or "TCP" with its quotes.
func (a Answer) String() string {
	if a.Options != nil {
		return fmt.Sprint("options ", a.Options)
	}
	return string(a.AppendJSON(nil))
}
