package question

import (
	"iter"
	"slices"

	"pollwire/data/groupcommit"
	"pollwire/rest/input"
	"pollwire/rest/normalize"
	"pollwire/rest/problem"
)

// Millis is a moment, as it is stored and shown.
type Millis = groupcommit.Millis

// Person is whoever is named in what everybody sees.
type Person struct {
	ID       int64  `json:"id"`
	Nickname string `json:"nickname"`
	Role     string `json:"role"`
}

// Poll is a question with its options, and what was voted.
type Poll struct {
	ID int64
	Question
	Options            []PollOption
	Result             *Result // of numbers and texts
	TotalVotes, Voters int64
	Draft              bool // not yet shown
	IsActive           bool // as stored: a poll whose time is over may still be marked active, see Open
	CreatedAt          Millis
	EndsAt             *Millis
	CreatedBy          Person
	Rounds             []Round // before this one
}

// PollOption is an option of a Poll.
type PollOption struct {
	ID      int64
	Text    string
	Correct bool
	Votes   int64
}

// Open tells whether votes are taken at the given time.
func (p Poll) Open(at Millis) bool { return p.IsActive && (p.EndsAt == nil || at < *p.EndsAt) }

// Recounted is p after ballots were replaced: each was the first answer of a pair and is the second. It counts as the
// triggers of the database do. ok is false for numbers and words, whose result does not follow from that of before.
func (p Poll) Recounted(ballots iter.Seq2[Answer, Answer]) (_ Poll, ok bool) {
	if len(p.Options) == 0 {
		return p, false
	}
	p.Options = slices.Clone(p.Options)
	for was, is := range ballots {
		p.count(was, -1)
		p.count(is, +1)
	}
	return p, true
}

// count adds a ballot n times.
func (p *Poll) count(a Answer, n int64) {
	if len(a.Options) > 0 {
		p.Voters += n
	}
	for i := range p.Options {
		if o := &p.Options[i]; slices.Contains(a.Options, o.ID) {
			o.Votes += n
			p.TotalVotes += n
		}
	}
}

// Correct returns the ids of the right options.
func (p Poll) Correct() (ids []int64) {
	for _, o := range p.Options {
		if o.Correct {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// View is the only way to the outside, so that hidden counts and right answers stay hidden on every channel. whole is
// for those to whom the poll is known.
func (p Poll) View(at Millis, whole bool) View {
	v := View{ID: p.ID, Title: p.Title, Description: p.Description, Kind: p.Kind, Multiple: p.Multiple,
		Hidden: p.Hidden, Named: p.Named, Points: p.Points, Seconds: p.Seconds, TotalVotes: p.TotalVotes, Voters: p.Voters,
		Result: p.Result, IsActive: p.Open(at), CreatedAt: p.CreatedAt, EndsAt: p.EndsAt, CreatedBy: p.CreatedBy,
		Rounds: p.Rounds}
	switch {
	case p.Draft:
		v.Status = "draft"
	case v.IsActive:
		v.Status = "open"
	default:
		v.Status, whole = "closed", true
	}
	if p.Hidden && v.IsActive {
		v.Result, v.Rounds = Hidden(p.Kind), nil
	}
	correct := whole && len(p.Correct()) > 0
	if whole && (correct || p.Right != nil || p.Explanation != "") {
		v.Right, v.Explanation = p.Right, &p.Explanation
	}
	v.Options = p.viewOptions(p.Hidden && v.IsActive, correct)
	return v
}

func (p Poll) viewOptions(hidden, correct bool) []OptionView {
	views := make([]OptionView, len(p.Options))
	for i, o := range p.Options {
		views[i] = OptionView{ID: o.ID, Text: o.Text}
		if !hidden {
			views[i].Votes, views[i].Percentage = &o.Votes, new(Percentage(o.Votes, p.Voters))
		}
		if correct {
			views[i].Correct = &o.Correct
		}
	}
	return views
}

// Apply changes p as it is at this moment, or says why not.
func (p *Poll) Apply(c Change, at Millis) error {
	if !p.Open(at) {
		p.IsActive = false // its time is over, though the clock may not have noted it yet
	}
	if c.EndsAt != nil {
		ends := Millis(c.EndsAt.UnixMilli())
		if ends <= at && (p.EndsAt == nil || *p.EndsAt != ends) {
			var v input.Values
			v.Add("ends_at", "must be in the future").Coded("past")
			return v.Err()
		}
		p.EndsAt = &ends
	} else if c.Edit.EndsAt.Sent {
		p.EndsAt = nil
	}
	if err := c.Apply(&p.Question, len(p.Correct()), p.Voters > 0); err != nil {
		return err
	}
	if err := p.applyOptions(c); err != nil {
		return err
	}
	return p.applyStatus(c, at)
}

// applyStatus opens and closes. What is opened gets its time then, and is never a draft again.
func (p *Poll) applyStatus(c Change, at Millis) error {
	active := c.IsActive
	if c.Whole && active == nil && !p.Draft {
		active = new(true)
	}
	switch {
	case c.Draft != nil && *c.Draft && !p.Draft:
		return problem.Refuse(problem.Conflict, "poll %d has been shown: it can't be a draft again", p.ID).
			Coded("shown", "id")
	case c.Draft != nil && *c.Draft: // it stays one
	case p.Draft && c.Draft != nil, active != nil && *active && !p.IsActive:
		return p.OpenAt(at, c.EndsAt == nil)
	case active != nil:
		p.IsActive = *active
	}
	return nil
}

// OpenAt opens p for its seconds, unless its end was given otherwise.
func (p *Poll) OpenAt(at Millis, bySeconds bool) error {
	if bySeconds && p.Seconds != nil {
		p.EndsAt = new(at + Millis(*p.Seconds*1000))
	}
	if p.EndsAt != nil && *p.EndsAt <= at {
		return problem.Refuse(problem.Conflict, "the poll has ended; give it a later ends_at, or null, to reopen it").
			Coded("poll_ended")
	}
	p.Draft, p.IsActive = false, true
	return nil
}

func (p *Poll) applyOptions(c Change) error {
	if c.Options == nil {
		return nil
	}
	same := slices.EqualFunc(p.Options, *c.Options,
		func(o PollOption, sent Option) bool { return normalize.NFC(o.Text) == sent.Text })
	switch {
	case same: // the same list keeps its ids (older versions stored texts as they came)
		p.Options = slices.Clone(p.Options)
		for i, o := range *c.Options {
			p.Options[i].Correct = o.Correct
		}
		return nil
	case p.Voters > 0:
		return problem.Refuse(problem.Conflict, "somebody has voted: the options can't change any more").Coded("has_votes")
	}
	p.Options = nil
	for _, o := range *c.Options {
		p.Options = append(p.Options, PollOption{Text: o.Text, Correct: o.Correct})
	}
	return nil
}
