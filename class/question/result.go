package question

import "encoding/json"

// Result is what was answered to a question without options.
type Result struct {
	Answers  []Counted `json:"answers"`  // the most frequent first; null while the result is hidden
	Distinct *int64    `json:"distinct"` // how many different ones there are
	*Spread
}

// Counted is an answer, as most people write it, and how often it was given.
type Counted struct {
	Value json.RawMessage `json:"value"` // a number or a text
	Count int64           `json:"count"`
}

// Spread is about numbers; null where there are none.
type Spread struct {
	Min    *float64 `json:"min"`
	Median *float64 `json:"median"`
	Max    *float64 `json:"max"`
}

// ParseResult reads a result in JSON as the database puts it together, nil from "".
func ParseResult(kind, text string) (*Result, error) {
	if text == "" {
		return nil, nil
	}
	r := Hidden(kind)
	err := json.Unmarshal([]byte(text), r)
	if kind == Text {
		r.Spread = nil
	}
	return r, err
}

// ParseRounds reads a list of rounds in JSON, nil from "".
func ParseRounds(text string) (rounds []Round, err error) {
	if text != "" {
		err = json.Unmarshal([]byte(text), &rounds)
	}
	return rounds, err
}

// Rounds writes what ParseRounds reads.
func Rounds(rounds []Round) string {
	if len(rounds) == 0 {
		return ""
	}
	text, _ := json.Marshal(rounds) // can't fail: what is in it came from a database or a View
	return string(text)
}

// Hidden is the result that tells nothing, nil for a choice.
func Hidden(kind string) *Result {
	switch kind {
	case Number:
		return &Result{Spread: &Spread{}}
	case Text:
		return &Result{}
	}
	return nil
}

// unquote takes the quotes and escapes of JSON away.
func unquote(data json.RawMessage) (text string) {
	_ = json.Unmarshal(data, &text) // what the database has made of a text is JSON
	return text
}
