package question

import (
	"cmp"
	"slices"
	"time"

	"pollwire/rest/input"
	"pollwire/rest/problem"
	"pollwire/rest/strictjson"
)

// Question is what is asked, but for the options: these have votes and are the poll's.
type Question struct {
	Title, Description string
	Kind               string
	Multiple           bool // a ballot may name several options
	Hidden             bool // no counts are shown while the poll is open
	Named              bool // the teacher sees who chose what
	Seconds            *int64
	Points             int64
	Explanation        string
	Right              *Right // of a number or a text
}

// Edit is a poll as a client sends it, or a part of one. Nil means that it was not sent.
type Edit struct {
	Title       *string                     `json:"title"`
	Description *string                     `json:"description"`
	Options     *[]Option                   `json:"options"`
	Multiple    *bool                       `json:"multiple"`
	Hidden      *bool                       `json:"hidden"`
	EndsAt      strictjson.Nullable[string] `json:"ends_at"`
	IsActive    *bool                       `json:"is_active"`
	Draft       *bool                       `json:"draft"`
	Seconds     strictjson.Nullable[int64]  `json:"seconds"`
	Kind        *string                     `json:"kind"`
	Named       *bool                       `json:"named"`
	Points      *int64                      `json:"points"`
	Right       strictjson.Nullable[Right]  `json:"right"`
	Explanation *string                     `json:"explanation"`
}

// WithDefaults makes a whole poll of it: what was left out takes its default, title and options must be there.
func (in *Edit) WithDefaults(v *input.Values) {
	in.Kind = cmp.Or(in.Kind, new(Choice))
	if in.Title == nil {
		v.Add("title", "is missing").Coded("missing")
	}
	if in.Options == nil && *in.Kind == Choice {
		v.Add("options", "is missing").Coded("missing")
	}
	in.Description = cmp.Or(in.Description, new(""))
	in.Multiple = cmp.Or(in.Multiple, new(false))
	in.Hidden = cmp.Or(in.Hidden, new(false))
	in.Explanation = cmp.Or(in.Explanation, new(""))
	if *in.Kind != Choice {
		in.Options = cmp.Or(in.Options, new([]Option(nil)))
	}
	// A PUT without them takes them away.
	in.EndsAt.Sent, in.Seconds.Sent, in.Right.Sent = true, true, true
}

// Change is a checked Edit.
type Change struct {
	Edit
	EndsAt  *time.Time
	Correct int  // how many options are
	Whole   bool // not a part
}

// Check tests each value by itself. What depends on the poll as it is comes later, in Apply. whole tells that
// WithDefaults was called.
func (in Edit) Check(v *input.Values, whole bool) Change {
	c := Change{Edit: in, Whole: whole}
	if in.Title != nil {
		c.Title = new(v.Text("title", in.Title, 1, MaxTitle, input.OneLine))
	}
	if in.Description != nil {
		c.Description = new(v.Text("description", in.Description, 0, MaxDescription, input.Lines))
	}
	if in.Explanation != nil {
		c.Explanation = new(v.Text("explanation", in.Explanation, 0, MaxExplanation, input.Lines))
	}
	if in.Kind != nil && !slices.Contains([]string{Choice, Number, Text}, *in.Kind) {
		v.Add("kind", "must be choice, number or text").Coded("kind")
	}
	if in.EndsAt.Value != nil {
		c.EndsAt = new(v.Time("ends_at", *in.EndsAt.Value))
	}
	v.Within("seconds", in.Seconds.Value, MinSeconds, MaxSeconds)
	v.Within("points", in.Points, 0, MaxPoints)
	c.checkOptions(v)
	if in.Right.Value != nil {
		c.Right.Value = new(in.Right.Value.check(v))
	}
	return c
}

func (c *Change) checkOptions(v *input.Values) {
	if c.Options == nil || c.Kind != nil && *c.Kind != Choice && len(*c.Options) == 0 {
		return
	}
	var texts []string
	for _, o := range *c.Options {
		texts = append(texts, o.Text)
		if o.Correct {
			c.Correct++
		}
	}
	options := slices.Clone(*c.Options)
	for i, text := range v.Texts("options", texts, MinOptions, MaxOptions, MaxText) {
		options[i].Text = text
	}
	c.Options = &options
}

func (r Right) check(v *input.Values) Right {
	if r.Texts == nil {
		if r.Tolerance < 0 {
			v.Add("right", "must have a tolerance of 0 or more").Coded("tolerance")
		}
		return r
	}
	return Right{Texts: v.Texts("right", r.Texts, 1, MaxRight, MaxText)}
}

var (
	errVoted = problem.Refuse(problem.Conflict, "somebody has voted: kind and named can't change any more").
			Coded("has_votes")
	errMultiple = problem.Refuse(problem.Conflict, "somebody has voted: multiple can't be taken back").Coded("has_votes")
)

// Apply changes q, of whose options so many are correct, and in which somebody has voted or nobody, or says why not.
func (c Change) Apply(q *Question, correct int, voted bool) error {
	before, answerable := *q, correct > 0 || q.Right != nil
	input.SetIfSent(&q.Title, c.Title)
	input.SetIfSent(&q.Description, c.Description)
	input.SetIfSent(&q.Explanation, c.Explanation)
	input.SetIfSent(&q.Hidden, c.Hidden)
	input.SetIfSent(&q.Multiple, c.Multiple)
	input.SetIfSent(&q.Kind, c.Kind)
	if c.Seconds.Sent {
		q.Seconds = c.Seconds.Value
	}
	if c.Right.Sent {
		q.Right = c.Right.Value
	}
	if c.Options != nil {
		correct = c.Correct
	}
	now := correct > 0 || q.Right != nil
	c.applyPoints(q, now != answerable, now)
	switch {
	case voted && (before.Kind != q.Kind || before.Named != q.Named):
		return errVoted
	case voted && before.Multiple && !q.Multiple:
		return errMultiple
	}
	return q.fits(c, correct)
}

// applyPoints gives a point where something is right, and a name to whom gets points.
func (c Change) applyPoints(q *Question, changed, answerable bool) {
	switch {
	case c.Points != nil:
		q.Points = *c.Points
	case (c.Whole || changed) && answerable:
		q.Points = 1
	case c.Whole || changed:
		q.Points = 0
	}
	if c.Named != nil {
		q.Named = *c.Named
	} else if c.Whole || q.Points > 0 {
		q.Named = q.Points > 0
	}
}

// fits tells whether all that is in a question fits its kind.
func (q *Question) fits(c Change, correct int) error {
	var v input.Values
	if q.Kind != Choice && c.Options != nil && len(*c.Options) > 0 {
		v.Add("options", "are for choices only").Coded("not_of_kind")
	}
	if correct > 1 && !q.Multiple {
		v.Add("options", "may have one that is correct, where one is taken").Coded("single_correct")
	}
	if q.Kind != Choice && q.Multiple {
		v.Add("multiple", "is for choices only").Coded("not_of_kind")
	}
	if q.Right != nil && (q.Kind == Choice || (q.Right.Texts != nil) != (q.Kind == Text)) {
		v.Add("right", "is not of the kind %s", q.Kind).Coded("not_of_kind")
	}
	if q.Points > 0 && !q.Named {
		v.Add("named", "must be true where there are points").Coded("points_are_named")
	}
	return v.Err()
}
