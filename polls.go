package main

// Polls over HTTP, and the one function through which every vote passes.
//
//	GET    /api/polls?status=open|closed|all        ->  200 {"polls", "total", "next_before"}
//	POST   /api/polls         {"title", "options"}  ->  201 Poll
//	GET    /api/polls/{poll_id}                     ->  200 Poll, or CSV on Accept: text/csv
//	PUT    /api/polls/{poll_id}  the whole poll     ->  200 Poll | 403 not yours | 409 somebody has voted
//	PATCH  /api/polls/{poll_id}  a part of it       ->  the same; {"is_active": false} closes
//	DELETE /api/polls/{poll_id}                     ->  204
//	POST   /api/polls/{poll_id}/vote {"option_id"}  ->  200 Poll | 409 closed | 422 not its option
//	DELETE /api/polls/{poll_id}/vote                ->  204
//
// How a vote travels: castVote -> store.castBallot (one transaction for many votes) -> committed -> the poll is
// marked -> the tally loop reads it once for all votes since the last time -> hub -> every socket and stream.

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"pollwire/live/alarm"
	"pollwire/live/coalesce"
	"pollwire/rest/input"
	"pollwire/rest/normalize"
	"pollwire/rest/output"
	"pollwire/rest/problem"
	"pollwire/rest/rfc9110"
	"pollwire/rest/strictjson"
)

// How much a poll may hold; texts are counted in characters.
const (
	maxTitle               = 100
	maxDescription         = 500
	maxOptionText          = 100
	minOptions, maxOptions = 2, 8
)

// poll is a row with its options.
type poll struct {
	ID                 int64
	Title, Description string
	Multiple, Hidden   bool
	Options            []option
	TotalVotes, Voters int64
	IsActive           bool // as stored: a poll whose time is over may still be marked active, see open
	CreatedAt          millis
	EndsAt             *millis
	CreatedBy          person
}

type option struct {
	ID    int64
	Text  string
	Votes int64
}

// open tells whether votes are taken at the given time.
func (p poll) open(at millis) bool { return p.IsActive && (p.EndsAt == nil || at < *p.EndsAt) }

// pollView is a Poll as everybody sees it.
type pollView struct {
	ID          int64        `json:"id"`
	Title       string       `json:"title"`
	Description string       `json:"description"`
	Multiple    bool         `json:"multiple"`
	Hidden      bool         `json:"hidden"`
	Options     []optionView `json:"options"`
	TotalVotes  int64        `json:"total_votes"`
	Voters      int64        `json:"voters"`
	IsActive    bool         `json:"is_active"`
	CreatedAt   millis       `json:"created_at"`
	EndsAt      *millis      `json:"ends_at"`
	CreatedBy   person       `json:"created_by"`
}

type optionView struct {
	ID         int64    `json:"id"`
	Text       string   `json:"text"`
	Votes      *int64   `json:"votes"` // null while the counts are hidden
	Percentage *float64 `json:"percentage"`
}

// myPoll is a Poll as one person sees it.
type myPoll struct {
	pollView
	MyVote []int64 `json:"my_vote"` // null where there is none
}

// voteResult is what vote:result carries.
type voteResult struct {
	PollID     int64        `json:"poll_id"`
	TotalVotes int64        `json:"total_votes"`
	Voters     int64        `json:"voters"`
	Options    []optionView `json:"options"`
}

// view is the only way to the outside, so that hidden counts stay hidden on every channel.
func (p poll) view(at millis) pollView {
	v := pollView{p.ID, p.Title, p.Description, p.Multiple, p.Hidden, make([]optionView, len(p.Options)), p.TotalVotes,
		p.Voters, p.open(at), p.CreatedAt, p.EndsAt, p.CreatedBy}
	for i, o := range p.Options {
		v.Options[i] = optionView{ID: o.ID, Text: o.Text}
		if !p.Hidden || !v.IsActive {
			v.Options[i].Votes = &o.Votes
			v.Options[i].Percentage = new(percentage(o.Votes, p.TotalVotes))
		}
	}
	return v
}

// percentage of a total with one decimal, half up. 1000·votes/total is rounded once, so a half is exact.
func percentage(votes, total int64) float64 {
	if total == 0 {
		return 0
	}
	return math.Round(float64(1000*votes)/float64(total)) / 10
}

func (b ballotPoll) view(at millis) myPoll { return myPoll{b.poll.view(at), b.mine} }

// sharedPoll is a poll as it was at one moment. All who look at it get the same bytes, but for my_vote.
type sharedPoll struct {
	poll
	whileOpen, whileClosed output.Shared
}

// encode makes the JSON of a myPoll.
func (p *sharedPoll) encode(mine []int64, at millis) (json.RawMessage, error) {
	ready := &p.whileClosed
	if p.open(at) {
		ready = &p.whileOpen
	}
	return ready.With(func() any { return p.view(at) }, "my_vote", mine)
}

// ---- reading

func (s *server) handlePolls(w http.ResponseWriter, r *http.Request, u user) error {
	v, p, err := input.Page(r)
	if err != nil {
		return err
	}
	var open *bool
	switch status, sent := v.Get("status"); {
	case status == "open" || status == "closed":
		open = new(status == "open")
	case sent && status != "all":
		v.Add("status", "must be open, closed or all").Coded("status")
	}
	if err := v.Err(); err != nil {
		return err
	}
	polls, total, next, err := s.store.listPolls(r.Context(), open, p, u.ID)
	if err != nil {
		return err
	}
	out := struct {
		Polls      []myPoll `json:"polls"`
		Total      int64    `json:"total"`
		NextBefore *int64   `json:"next_before"`
	}{make([]myPoll, len(polls)), total, next}
	for i, b := range polls {
		out.Polls[i] = b.view(now())
	}
	return output.Show(w, r, out)
}

func (s *server) handlePoll(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	p, mine, err := s.store.poll(r.Context(), id, u.ID)
	if err != nil {
		return noSuch("poll", id, err)
	}
	if rfc9110.Prefers(r.Header, "application/json", "text/csv") == "text/csv" {
		return showCSV(w, r, p.view(now()))
	}
	body, err := p.encode(mine, now())
	if err != nil {
		return err
	}
	return output.Show(w, r, body)
}

// showCSV answers a result as a table.
func showCSV(w http.ResponseWriter, r *http.Request, p pollView) error {
	rows := [][]string{{"option", "votes", "percentage"}}
	for _, o := range p.Options {
		row := []string{o.Text, "", ""}
		if o.Votes != nil {
			row[1], row[2] = strconv.FormatInt(*o.Votes, 10), strconv.FormatFloat(*o.Percentage, 'f', 1, 64)
		}
		rows = append(rows, row)
	}
	return output.ShowTable(w, r, rows)
}

// ---- making and changing

// editPoll is a poll as a client sends it, or a part of one. Nil means that it was not sent.
type editPoll struct {
	Title       *string                     `json:"title"`
	Description *string                     `json:"description"`
	Options     *[]string                   `json:"options"`
	Multiple    *bool                       `json:"multiple"`
	Hidden      *bool                       `json:"hidden"`
	EndsAt      strictjson.Nullable[string] `json:"ends_at"`
	IsActive    *bool                       `json:"is_active"`
}

// withDefaults makes a whole poll of it: what was left out takes its default, title and options must be there.
func (in *editPoll) withDefaults(v *input.Values) {
	if in.Title == nil {
		v.Add("title", "is missing").Coded("missing")
	}
	if in.Options == nil {
		v.Add("options", "is missing").Coded("missing")
	}
	in.Description = cmp.Or(in.Description, new(""))
	in.Multiple = cmp.Or(in.Multiple, new(false))
	in.Hidden = cmp.Or(in.Hidden, new(false))
	in.IsActive = cmp.Or(in.IsActive, new(true))
	in.EndsAt.Sent = true // a PUT without ends_at takes the end away
}

// change is a checked editPoll.
type change struct {
	editPoll
	endsAt *millis
}

// checked tests each value by itself. What depends on the poll as it is comes later, in apply.
func (in editPoll) checked(v *input.Values) change {
	c := change{editPoll: in}
	if in.Title != nil {
		c.Title = new(v.Text("title", in.Title, 1, maxTitle, input.OneLine))
	}
	if in.Description != nil {
		c.Description = new(v.Text("description", in.Description, 0, maxDescription, input.Lines))
	}
	if in.Options != nil {
		c.Options = new(v.Texts("options", *in.Options, minOptions, maxOptions, maxOptionText))
	}
	if in.EndsAt.Value != nil {
		c.endsAt = new(millis(v.Time("ends_at", *in.EndsAt.Value).UnixMilli()))
	}
	return c
}

// apply changes p as it is at this moment, or says why not.
func (c change) apply(p *poll, at millis) error {
	if !p.open(at) {
		p.IsActive = false // its time is over, though the clock may not have noted it yet
	}
	if c.endsAt != nil && *c.endsAt <= at && (p.EndsAt == nil || *p.EndsAt != *c.endsAt) {
		var v input.Values
		v.Add("ends_at", "must be in the future").Coded("past")
		return v.Err()
	}
	if c.EndsAt.Sent {
		p.EndsAt = c.endsAt
	}
	if c.IsActive != nil {
		if *c.IsActive && !p.IsActive && p.EndsAt != nil && *p.EndsAt <= at {
			return problem.Refuse(problem.Conflict, "the poll has ended; give it a later ends_at, or null, to reopen it").
				Coded("poll_ended")
		}
		p.IsActive = *c.IsActive
	}
	if c.Multiple != nil {
		if p.Multiple && !*c.Multiple && p.Voters > 0 {
			return problem.Refuse(problem.Conflict, "somebody has voted: multiple can't be taken back").Coded("has_votes")
		}
		p.Multiple = *c.Multiple
	}
	input.SetIfSent(&p.Title, c.Title)
	input.SetIfSent(&p.Description, c.Description)
	input.SetIfSent(&p.Hidden, c.Hidden)
	return c.applyOptions(p)
}

func (c change) applyOptions(p *poll) error {
	if c.Options == nil || slices.EqualFunc(p.Options, *c.Options,
		func(o option, text string) bool { return normalize.NFC(o.Text) == text }) {
		return nil // the same list keeps its ids (older versions stored texts as they came)
	}
	if p.Voters > 0 {
		return problem.Refuse(problem.Conflict, "somebody has voted: the options can't change any more").Coded("has_votes")
	}
	p.Options = nil
	for _, text := range *c.Options {
		p.Options = append(p.Options, option{Text: text})
	}
	return nil
}

func (s *server) handleNewPoll(w http.ResponseWriter, r *http.Request, u user) error {
	var in editPoll
	if err := input.JSON(w, r, &in); err != nil {
		return err
	}
	if in.IsActive != nil {
		return problem.Refuse(problem.Malformed, `unknown key "is_active": a new poll is open`)
	}
	var v input.Values
	in.withDefaults(&v)
	c := in.checked(&v)
	if err := v.Err(); err != nil {
		return err
	}
	if err := limit(u, &s.limits.polls); err != nil {
		return err
	}
	p := poll{CreatedAt: now(), CreatedBy: u.person()}
	if err := c.apply(&p, p.CreatedAt); err != nil {
		return err
	}
	p, err := s.store.addPoll(r.Context(), p, s.announcePoll("poll:created"))
	if err != nil {
		return err
	}
	return output.Created(w, "/api/polls/"+strconv.FormatInt(p.ID, 10), ballotPoll{poll: p}.view(now()))
}

func (s *server) handlePutPoll(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	return s.makeChange(w, r, u, id, (*editPoll).withDefaults)
}

func (s *server) handlePatchPoll(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	return s.makeChange(w, r, u, id, func(*editPoll, *input.Values) {})
}

// makeChange reads a change, completes it, and makes it in one transaction.
func (s *server) makeChange(w http.ResponseWriter, r *http.Request, u user, id int64,
	complete func(*editPoll, *input.Values)) error {
	var in editPoll
	if err := input.JSON(w, r, &in); err != nil {
		return err
	}
	var v input.Values
	complete(&in, &v)
	c := in.checked(&v)
	if err := v.Err(); err != nil {
		return err
	}
	b, err := s.store.changePoll(r.Context(), id, u.ID, func(b *ballotPoll) error {
		if err := mayEdit(b.poll, u); err != nil {
			return err
		}
		if err := output.IfMatch(r, b.view(now())); err != nil {
			return err
		}
		return c.apply(&b.poll, now())
	}, s.announcePoll("poll:updated"))
	if err != nil {
		return noSuch("poll", id, err)
	}
	return output.Changed(w, r, b.view(now()))
}

func mayEdit(p poll, u user) error {
	if p.CreatedBy.ID != u.ID && !u.teaches() {
		return problem.Refuse(problem.Forbidden, "only %s, who made poll %d, may change it", p.CreatedBy.Nickname, p.ID).
			Coded("poll_of_another", "owner", "id")
	}
	return nil
}

func (s *server) handleDeletePoll(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	err := s.store.deletePoll(r.Context(), id, u.ID, func(b ballotPoll) error {
		if err := mayEdit(b.poll, u); err != nil {
			return err
		}
		return output.IfMatch(r, b.view(now()))
	}, func() { s.tell("poll:deleted", id, map[string]int64{"poll_id": id}) })
	if err != nil {
		return noSuch("poll", id, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// announcePoll returns the news of a poll. It also wakes the closing clock, which may have a new time to wait for.
func (s *server) announcePoll(event string) func(poll) {
	return func(p poll) {
		s.tell(event, p.ID, p.view(now()))
		s.endsChanged.Ring()
	}
}

// ---- voting

// choice is a ballot as it is sent: one option, or several.
type choice struct {
	OptionID  *int64   `json:"option_id"`
	OptionIDs *[]int64 `json:"option_ids"`
}

// ids returns the options in rising order, which is their order in the poll. No choice, nil, has none.
func (c *choice) ids() (ids []int64, err error) {
	if c == nil {
		return nil, nil
	}
	var v input.Values
	ids = v.IDs("option_id", c.OptionID, "option_ids", c.OptionIDs, maxOptions)
	slices.Sort(ids)
	return ids, v.Err()
}

// field is where an id was sent.
func (c *choice) field(id int64) string {
	if c.OptionID != nil {
		return "option_id"
	}
	return input.Item("option_ids", slices.Index(*c.OptionIDs, id))
}

// check tells whether the poll takes this choice, whose options are ids, now.
func (p *poll) check(c *choice, ids []int64, at millis) error {
	if !p.open(at) {
		return problem.Refuse(problem.Conflict, "poll %d is closed", p.ID).Coded("poll_closed", "id")
	}
	var v input.Values
	if len(ids) > 1 && !p.Multiple {
		v.Add("option_ids", "must be one: the poll takes a single option").Coded("single")
	}
	for _, id := range ids {
		if !slices.ContainsFunc(p.Options, func(o option) bool { return o.ID == id }) {
			v.Add(c.field(id), "%d is not an option of poll %d", id, p.ID).Coded("not_an_option", "option", "id")
		}
	}
	return v.Err()
}

// castVote is how a vote gets in, over HTTP and over sockets alike. It replaces the person's earlier ballot; without a
// choice (nil) it withdraws that. It answers with the poll, in which the vote is counted.
func (s *server) castVote(ctx context.Context, u user, pollID int64, c *choice) (json.RawMessage, error) {
	ids, err := c.ids()
	if err != nil {
		return nil, err
	}
	p, changed, err := s.store.castBallot(ctx, pollID, u.ID, ids,
		func(p *poll, at millis) error { return p.check(c, ids, at) })
	if changed {
		s.tallies.Touch(pollID) // only now: nobody must hear of a vote that isn't on disk
	}
	if err != nil {
		return nil, noSuch("poll", pollID, err)
	}
	if s.capture != nil { // or the words would be put together for nobody
		note(ctx, "%s (user %d) votes in poll %d: options %v", u.Nickname, u.ID, pollID, ids)
	}
	return p.encode(ids, now())
}

func (s *server) handleVote(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	var in choice
	if err := input.JSON(w, r, &in); err != nil {
		return err
	}
	p, err := s.castVote(r.Context(), u, id, &in)
	if err != nil {
		return err
	}
	return output.JSON(w, http.StatusOK, p)
}

func (s *server) handleWithdraw(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	if _, err := s.castVote(r.Context(), u, id, nil); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// ---- announcing

// tallyRest is the time between two results of a poll: while votes pour in, they are merged. Where many listen it is
// longer, because telling them all takes long: at most 50,000 frames of one poll leave in a second, so that there is
// time for votes.
func (s *server) tallyRest() time.Duration {
	listeners, _ := s.hub.Stats()
	return coalesce.Rest(listeners, 20*time.Microsecond)
}

// announceTally tells the result of a marked poll once, however many votes it got.
//
// A change can be read before its news are told (tell). Reading and telling are one step here, and telling the news is
// one: so a result behind the news was read behind them, and is no older; behind poll:deleted there is nothing to read.
// Of two results the second is read later, and what is read never gets older (groupcommit.Cache.Find). A poll is marked
// when its vote can be read, so the result that follows the last mark has every vote.
func (s *server) announceTally(id int64) {
	s.telling.Lock()
	defer s.telling.Unlock()
	p, _, err := s.store.poll(context.Background(), id, 0)
	if errors.Is(err, errNotFound) {
		return // deleted meanwhile: everybody has been told
	}
	if err != nil {
		s.log.Error("announce a result", "poll", id, "err", err)
		return
	}
	v := p.view(now())
	s.publish("vote:result", id, voteResult{v.ID, v.TotalVotes, v.Voters, v.Options})
}

// tell publishes the news of a poll, on the writer's goroutine behind the commit.
func (s *server) tell(event string, id int64, v any) {
	s.telling.Lock()
	defer s.telling.Unlock()
	s.publish(event, id, v)
}

// closing closes polls at their ends_at.
func (s *server) closing() alarm.Clock {
	return alarm.Clock{
		Changed: s.endsChanged,
		Next:    s.store.nextEnd,
		Due: func(ctx context.Context, at time.Time) error {
			return s.store.closeEnded(ctx, millis(at.UnixMilli()), s.announcePoll("poll:updated"))
		},
		Failed: s.logs("close polls by time"),
	}
}
