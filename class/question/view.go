package question

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// View is a Poll as everybody sees it.
type View struct {
	ID          int64        `json:"id"`
	Title       string       `json:"title"`
	Description string       `json:"description"`
	Kind        string       `json:"kind"`
	Multiple    bool         `json:"multiple"`
	Hidden      bool         `json:"hidden"`
	Named       bool         `json:"named"`
	Points      int64        `json:"points"`
	Seconds     *int64       `json:"seconds"`
	Options     []OptionView `json:"options"`
	TotalVotes  int64        `json:"total_votes"`
	Voters      int64        `json:"voters"`
	*Result
	Status      string  `json:"status"` // draft, open, closed
	IsActive    bool    `json:"is_active"`
	CreatedAt   Millis  `json:"created_at"`
	EndsAt      *Millis `json:"ends_at"`
	CreatedBy   Person  `json:"created_by"`
	Rounds      []Round `json:"rounds,omitempty"` // before this one
	Right       *Right  `json:"right,omitempty"`
	Explanation *string `json:"explanation,omitempty"`
}

// OptionView is an option with its result.
type OptionView struct {
	ID         int64    `json:"id"`
	Text       string   `json:"text,omitempty"` // not in a Round
	Votes      *int64   `json:"votes"`          // null while the counts are hidden
	Percentage *float64 `json:"percentage"`
	Correct    *bool    `json:"correct,omitempty"` // only where an option is, and to whom that is known
}

// Tally is what vote:result carries: of a View, what votes change.
type Tally struct {
	PollID     int64        `json:"poll_id"`
	TotalVotes int64        `json:"total_votes"`
	Voters     int64        `json:"voters"`
	Options    []OptionView `json:"options"`
	*Result
}

// Tally is what is voted in v so far, as an event tells it.
func (v View) Tally() Tally { return Tally{v.ID, v.TotalVotes, v.Voters, v.Options, v.Result} }

// Round is what was voted before a poll was opened once more.
type Round struct {
	Voters  int64        `json:"voters"`
	Options []OptionView `json:"options"`
	*Result
}

// Round is what is voted in v so far.
func (v View) Round() Round {
	r := Round{v.Voters, []OptionView{}, v.Result}
	for _, o := range v.Options {
		r.Options = append(r.Options, OptionView{ID: o.ID, Votes: o.Votes, Percentage: o.Percentage})
	}
	return r
}

// Percentage of the voters with one decimal, half up. 1000·votes/voters is rounded once, so a half is exact.
func Percentage(votes, voters int64) float64 {
	if voters == 0 {
		return 0
	}
	return math.Round(float64(1000*votes)/float64(voters)) / 10
}

// Table is a result for a spreadsheet: this round, and those before it beside it.
func (v View) Table() [][]string {
	if v.Result != nil {
		return v.answers()
	}
	rows := [][]string{{"option", "votes", "percentage"}}
	for _, o := range v.Options {
		rows = append(rows, append([]string{o.Text}, o.cells()...))
	}
	for n, r := range v.Rounds {
		rows[0] = append(rows[0], fmt.Sprintf("votes of round %d", n+1), fmt.Sprintf("percentage of round %d", n+1))
		for i, o := range r.Options {
			rows[i+1] = append(rows[i+1], o.cells()...)
		}
	}
	return rows
}

func (v View) answers() [][]string {
	rows := [][]string{{"answer", "votes", "percentage"}}
	for _, a := range v.Result.Answers {
		rows = append(rows, []string{a.text(), strconv.FormatInt(a.Count, 10), decimal(Percentage(a.Count, v.Voters))})
	}
	return rows
}

func (o OptionView) cells() []string {
	if o.Votes == nil {
		return []string{"", ""}
	}
	return []string{strconv.FormatInt(*o.Votes, 10), decimal(*o.Percentage)}
}

func decimal(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }

// text is an answer without the quotes of JSON.
func (c Counted) text() string {
	if text := string(c.Value); !strings.HasPrefix(text, `"`) {
		return text
	}
	return unquote(c.Value)
}
