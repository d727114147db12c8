package question

import (
	"slices"

	"pollwire/rest/input"
)

// Sent is a ballot as it is sent: one option, several, a number or a text.
type Sent struct {
	OptionID  *int64   `json:"option_id"`
	OptionIDs *[]int64 `json:"option_ids"`
	Number    *float64 `json:"number"`
	Text      *string  `json:"text"`
}

// Answer returns what was sent, options in rising order. No ballot, nil, is no answer. The errors are refusals.
func (s *Sent) Answer() (a Answer, err error) {
	if s == nil {
		return a, nil
	}
	var v input.Values
	switch {
	case s.Number != nil || s.Text != nil:
		if s.OptionID != nil || s.OptionIDs != nil || s.Number != nil && s.Text != nil {
			v.Add("text", "excludes number and options").Coded("exclusive")
		} else if s.Number != nil {
			a.Number = s.Number
		} else {
			a.Text = v.Text("text", s.Text, 1, MaxText, input.OneLine)
		}
	default:
		a.Options = v.IDs("option_id", s.OptionID, "option_ids", s.OptionIDs, MaxOptions)
		slices.Sort(a.Options)
	}
	return a, v.Err()
}

// field is where an option was sent.
func (s *Sent) field(id int64) string {
	if s.OptionID != nil {
		return "option_id"
	}
	return input.Item("option_ids", slices.Index(*s.OptionIDs, id))
}

// Check tells whether a question takes the answer a that was sent: of its kind, from its options, and several only
// where it takes several. poll is its id, for the words.
func (s *Sent) Check(a Answer, poll int64, kind string, multiple bool, options func(id int64) bool) error {
	if s == nil {
		return nil
	}
	var v input.Values
	asked := map[string]string{Choice: "option_id", Number: "number", Text: "text"}[kind]
	given := Choice
	switch {
	case a.Number != nil:
		given = Number
	case a.Text != "":
		given = Text
	}
	if given != kind {
		v.Add(asked, "is missing").Coded("missing")
		return v.Err()
	}
	if len(a.Options) > 1 && !multiple {
		v.Add("option_ids", "must be one: the poll takes a single option").Coded("single")
	}
	for _, id := range a.Options {
		if !options(id) {
			v.Add(s.field(id), "%d is not an option of poll %d", id, poll).Coded("not_an_option", "option", "id")
		}
	}
	return v.Err()
}
