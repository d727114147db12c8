package main

// Polls over HTTP, and the one function through which every vote passes.
//
//	GET    /api/polls?status=open|closed|all        ->  200 {"polls", "total", "next_before"}
//	POST   /api/polls         {"title", "options"}  ->  201 Poll
//	GET    /api/polls/{poll_id}                     ->  200 Poll, or CSV on Accept: text/csv
//	PUT    /api/polls/{poll_id}  the whole poll     ->  200 Poll | 403 not yours | 409 somebody has voted
//	PATCH  /api/polls/{poll_id}  a part of it       ->  the same; {"is_active": false} closes
//	DELETE /api/polls/{poll_id}                     ->  204
//	POST   /api/polls/{poll_id}/copy                ->  201 Poll, a draft
//	POST   /api/polls/{poll_id}/rounds              ->  201 Poll: vote again
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
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"pollwire/class/question"
	"pollwire/live/alarm"
	"pollwire/live/coalesce"
	"pollwire/rest/input"
	"pollwire/rest/normalize"
	"pollwire/rest/output"
	"pollwire/rest/problem"
	"pollwire/rest/rfc9110"
)

// poll is a row with its options.
type poll struct {
	ID int64
	question.Question
	Options            []option
	Result             *question.Result // of numbers and texts
	TotalVotes, Voters int64
	Draft              bool // not yet shown
	IsActive           bool // as stored: a poll whose time is over may still be marked active, see open
	CreatedAt          millis
	EndsAt             *millis
	CreatedBy          person
	Rounds             []question.Round // before this one
}

type option struct {
	ID      int64
	Text    string
	Correct bool
	Votes   int64
}

// open tells whether votes are taken at the given time.
func (p poll) open(at millis) bool { return p.IsActive && (p.EndsAt == nil || at < *p.EndsAt) }

// knownTo tells who sees a draft, and what is right before a poll is closed.
func (p poll) knownTo(u user) bool { return u.teaches() || p.CreatedBy.ID == u.ID }

// correct returns the ids of the right options.
func (p poll) correct() (ids []int64) {
	for _, o := range p.Options {
		if o.Correct {
			ids = append(ids, o.ID)
		}
	}
	return ids
}

// myPoll is a Poll as one person sees it.
type myPoll struct {
	question.View
	MyVote question.Answer `json:"my_vote"` // null where there is none
}

// voteResult is what vote:result carries.
type voteResult struct {
	PollID     int64                 `json:"poll_id"`
	TotalVotes int64                 `json:"total_votes"`
	Voters     int64                 `json:"voters"`
	Options    []question.OptionView `json:"options"`
	*question.Result
}

// view is the only way to the outside, so that hidden counts and right answers stay hidden on every channel. whole is
// for those to whom the poll is known.
func (p poll) view(at millis, whole bool) question.View {
	v := question.View{ID: p.ID, Title: p.Title, Description: p.Description, Kind: p.Kind, Multiple: p.Multiple,
		Hidden: p.Hidden, Named: p.Named, Points: p.Points, Seconds: p.Seconds, TotalVotes: p.TotalVotes, Voters: p.Voters,
		Result: p.Result, IsActive: p.open(at), CreatedAt: p.CreatedAt, EndsAt: p.EndsAt, CreatedBy: p.CreatedBy,
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
		v.Result, v.Rounds = question.Hidden(p.Kind), nil
	}
	correct := whole && len(p.correct()) > 0
	if whole && (correct || p.Right != nil || p.Explanation != "") {
		v.Right, v.Explanation = p.Right, &p.Explanation
	}
	v.Options = p.viewOptions(p.Hidden && v.IsActive, correct)
	return v
}

func (p poll) viewOptions(hidden, correct bool) []question.OptionView {
	views := make([]question.OptionView, len(p.Options))
	for i, o := range p.Options {
		views[i] = question.OptionView{ID: o.ID, Text: o.Text}
		if !hidden {
			views[i].Votes, views[i].Percentage = &o.Votes, new(question.Percentage(o.Votes, p.Voters))
		}
		if correct {
			views[i].Correct = &o.Correct
		}
	}
	return views
}

// seenBy is the poll as u sees it.
func (b ballotPoll) seenBy(u user, at millis) myPoll {
	return myPoll{b.poll.view(at, b.knownTo(u)), b.mine}
}

// sharedPoll is a poll as it was at one moment. All who look at it get the same bytes, but for my_vote.
type sharedPoll struct {
	poll
	whileOpen, knownWhileOpen, whileClosed output.Shared
}

// encode makes the JSON of a myPoll of u, whose vote is mine.
func (p *sharedPoll) encode(u user, mine question.Answer, at millis) (json.RawMessage, error) {
	whole, ready := p.knownTo(u), &p.whileClosed
	switch {
	case p.open(at) && whole:
		ready = &p.knownWhileOpen
	case p.open(at):
		ready = &p.whileOpen
	}
	return ready.With(func() any { return p.view(at, whole) }, "my_vote", mine)
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
	polls, total, next, err := s.store.listPolls(r.Context(), open, p, u)
	if err != nil {
		return err
	}
	out := struct {
		Polls      []myPoll `json:"polls"`
		Total      int64    `json:"total"`
		NextBefore *int64   `json:"next_before"`
	}{make([]myPoll, len(polls)), total, next}
	for i, b := range polls {
		out.Polls[i] = b.seenBy(u, now())
	}
	return output.Show(w, r, out)
}

func (s *server) handlePoll(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	p, mine, err := s.store.poll(r.Context(), id, u.ID)
	if err == nil {
		err = p.shownTo(u)
	}
	if err != nil {
		return noSuch("poll", id, err)
	}
	if rfc9110.Prefers(r.Header, "application/json", "text/csv") == "text/csv" {
		return output.ShowTable(w, r, p.view(now(), false).Table())
	}
	body, err := p.encode(u, mine, now())
	if err != nil {
		return err
	}
	return output.Show(w, r, body)
}

// shownTo is errNotFound for those who must not know that there is such a poll.
func (p poll) shownTo(u user) error {
	if p.Draft && !p.knownTo(u) {
		return errNotFound
	}
	return nil
}

// ---- making and changing

// apply changes p as it is at this moment, or says why not.
func (p *poll) apply(c question.Change, at millis) error {
	if !p.open(at) {
		p.IsActive = false // its time is over, though the clock may not have noted it yet
	}
	if c.EndsAt != nil {
		ends := millis(c.EndsAt.UnixMilli())
		if ends <= at && (p.EndsAt == nil || *p.EndsAt != ends) {
			var v input.Values
			v.Add("ends_at", "must be in the future").Coded("past")
			return v.Err()
		}
		p.EndsAt = &ends
	} else if c.Edit.EndsAt.Sent {
		p.EndsAt = nil
	}
	if err := c.Apply(&p.Question, len(p.correct()), p.Voters > 0); err != nil {
		return err
	}
	if err := p.applyOptions(c); err != nil {
		return err
	}
	return p.applyStatus(c, at)
}

// applyStatus opens and closes. What is opened gets its time then, and is never a draft again.
func (p *poll) applyStatus(c question.Change, at millis) error {
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
		return p.openAt(at, c.EndsAt == nil)
	case active != nil:
		p.IsActive = *active
	}
	return nil
}

// openAt opens p for its seconds, unless its end was given otherwise.
func (p *poll) openAt(at millis, bySeconds bool) error {
	if bySeconds && p.Seconds != nil {
		p.EndsAt = new(at + millis(*p.Seconds*1000))
	}
	if p.EndsAt != nil && *p.EndsAt <= at {
		return problem.Refuse(problem.Conflict, "the poll has ended; give it a later ends_at, or null, to reopen it").
			Coded("poll_ended")
	}
	p.Draft, p.IsActive = false, true
	return nil
}

func (p *poll) applyOptions(c question.Change) error {
	if c.Options == nil {
		return nil
	}
	same := slices.EqualFunc(p.Options, *c.Options,
		func(o option, sent question.Option) bool { return normalize.NFC(o.Text) == sent.Text })
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
		p.Options = append(p.Options, option{Text: o.Text, Correct: o.Correct})
	}
	return nil
}

// readEdit checks a poll as it was sent, whole or a part of it.
func readEdit(in question.Edit, whole bool) (question.Change, error) {
	var v input.Values
	if whole {
		in.WithDefaults(&v)
	}
	c := in.Check(&v, whole)
	return c, v.Err()
}

// newPoll makes a poll of what was sent.
func newPoll(in question.Edit, u user) (poll, error) {
	if in.IsActive != nil {
		return poll{}, problem.Refuse(problem.Malformed, `unknown key "is_active": a new poll is open, or a draft`)
	}
	c, err := readEdit(in, true)
	if err != nil {
		return poll{}, err
	}
	c.Draft = cmp.Or(c.Draft, new(false))
	p := poll{Draft: true, CreatedAt: now(), CreatedBy: u.person()}
	err = p.apply(c, p.CreatedAt)
	return p, err
}

func (s *server) handleNewPoll(w http.ResponseWriter, r *http.Request, u user) error {
	var in question.Edit
	if err := input.JSON(w, r, &in); err != nil {
		return err
	}
	p, err := newPoll(in, u)
	if err == nil {
		err = limit(u, &s.limits.polls)
	}
	if err != nil {
		return err
	}
	return s.answerNewPoll(w, r, u, p)
}

func (s *server) answerNewPoll(w http.ResponseWriter, r *http.Request, u user, p poll) error {
	p, err := s.store.addPoll(r.Context(), p, s.announceNew)
	if err != nil {
		return err
	}
	location := "/api/polls/" + strconv.FormatInt(p.ID, 10)
	return output.Created(w, location, ballotPoll{poll: p}.seenBy(u, now()))
}

// handleCopyPoll makes a draft of a poll, with all that is right.
func (s *server) handleCopyPoll(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	p, _, err := s.store.poll(r.Context(), id, 0)
	if err == nil {
		err = p.mayEdit(u)
	}
	if err != nil {
		return noSuch("poll", id, err)
	}
	if err := limit(u, &s.limits.polls); err != nil {
		return err
	}
	return s.answerNewPoll(w, r, u, poll{Question: p.Question, Options: p.Options, Draft: true, CreatedAt: now(),
		CreatedBy: u.person()})
}

// maxRounds is how often a poll may be voted in anew.
const maxRounds = 10

// handleRound keeps what was voted and has everybody vote again.
func (s *server) handleRound(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	b, err := s.store.changePoll(r.Context(), id, u.ID, func(b *ballotPoll) error {
		if b.Draft || len(b.Rounds) == maxRounds {
			return problem.Refuse(problem.Conflict, "poll %d is a draft, or had %d rounds", id, maxRounds).Coded("round")
		}
		b.IsActive = false // so that nothing of it is hidden
		b.Rounds = append(slices.Clone(b.Rounds), b.view(now(), true).Round())
		b.EndsAt = nil
		return b.openAt(now(), true)
	}, s.announceChange)
	if err != nil {
		return noSuch("poll", id, err)
	}
	return output.Created(w, "", b.seenBy(u, now()))
}

// handleDropAnswers takes an answer off the wall, whoever gave it.
func (s *server) handleDropAnswers(w http.ResponseWriter, r *http.Request, _ user, id int64) error {
	v, err := input.Query(r)
	if err != nil {
		return err
	}
	value, sent := v.Get("value")
	if !sent {
		v.Add("value", "is missing").Coded("missing")
	}
	if err := v.Err(); err != nil {
		return err
	}
	p, _, err := s.store.poll(r.Context(), id, 0)
	if err != nil {
		return noSuch("poll", id, err)
	}
	if err := s.store.dropAnswers(r.Context(), id, question.KeyOf(p.Kind, value)); err != nil {
		return err
	}
	s.tallies.Touch(id)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *server) handlePutPoll(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	return s.makeChange(w, r, u, id, true)
}

func (s *server) handlePatchPoll(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	return s.makeChange(w, r, u, id, false)
}

// makeChange reads a change of a poll, or the whole of it, and makes it in one transaction.
func (s *server) makeChange(w http.ResponseWriter, r *http.Request, u user, id int64, whole bool) error {
	var in question.Edit
	if err := input.JSON(w, r, &in); err != nil {
		return err
	}
	c, err := readEdit(in, whole)
	if err != nil {
		return err
	}
	b, err := s.store.changePoll(r.Context(), id, u.ID, func(b *ballotPoll) error {
		if err := b.mayEdit(u); err != nil {
			return err
		}
		if err := output.IfMatch(r, b.seenBy(u, now())); err != nil {
			return err
		}
		return b.apply(c, now())
	}, s.announceChange)
	if err != nil {
		return noSuch("poll", id, err)
	}
	return output.Changed(w, r, b.seenBy(u, now()))
}

func (p poll) mayEdit(u user) error {
	if err := p.shownTo(u); err != nil || p.knownTo(u) {
		return err
	}
	return problem.Refuse(problem.Forbidden, "only %s, who made poll %d, may change it", p.CreatedBy.Nickname, p.ID).
		Coded("poll_of_another", "owner", "id")
}

func (s *server) handleDeletePoll(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	err := s.store.deletePoll(r.Context(), id, u.ID, func(b ballotPoll) error {
		if err := b.mayEdit(u); err != nil {
			return err
		}
		return output.IfMatch(r, b.seenBy(u, now()))
	}, s.announceEnd)
	if err != nil {
		return noSuch("poll", id, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// The news of a poll. Nobody hears of a draft: it is new when it is shown. announceChange also wakes the closing clock,
// which may have a new time to wait for.

func (s *server) announceNew(p poll) { s.announceChange(poll{Draft: true}, p) }

func (s *server) announceChange(old, p poll) {
	before, after := old.view(now(), false), p.view(now(), false)
	switch {
	case p.Draft:
	case old.Draft:
		s.tell("poll:created", p.ID, after)
	case !reflect.DeepEqual(before, after): // and not where a right answer has changed that is still a secret
		s.tell("poll:updated", p.ID, after)
	}
	s.endsChanged.Ring()
}

func (s *server) announceClosed(p poll) { s.announceChange(poll{}, p) }

func (s *server) announceEnd(p poll) {
	if !p.Draft {
		s.tell("poll:deleted", p.ID, map[string]int64{"poll_id": p.ID})
	}
}

// ---- voting

// castVote is how a vote gets in, over HTTP and over sockets alike. It replaces the person's earlier ballot; without a
// ballot (nil) it withdraws that. It answers with the poll, in which the vote is counted.
func (s *server) castVote(ctx context.Context, u user, pollID int64, sent *question.Sent) (json.RawMessage, error) {
	a, err := sent.Answer()
	if err != nil {
		return nil, err
	}
	p, changed, err := s.store.castBallot(ctx, pollID, u.ID, a, func(p *poll, at millis) error {
		if err := p.shownTo(u); err != nil {
			return err
		}
		if !p.open(at) {
			return problem.Refuse(problem.Conflict, "poll %d is closed", p.ID).Coded("poll_closed", "id")
		}
		return sent.Check(a, p.ID, p.Kind, p.Multiple, p.hasOption)
	})
	if changed {
		s.tallies.Touch(pollID) // only now: nobody must hear of a vote that isn't on disk
	}
	if err != nil {
		return nil, noSuch("poll", pollID, err)
	}
	if s.capture != nil { // or the words would be put together for nobody
		note(ctx, "%s (user %d) votes in poll %d: %v", u.Nickname, u.ID, pollID, a)
	}
	return p.encode(u, a, now())
}

func (p *poll) hasOption(id int64) bool {
	return slices.ContainsFunc(p.Options, func(o option) bool { return o.ID == id })
}

func (s *server) handleVote(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	var in question.Sent
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
	v := p.view(now(), false)
	s.publish("vote:result", id, voteResult{v.ID, v.TotalVotes, v.Voters, v.Options, v.Result})
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
			return s.store.closeEnded(ctx, millis(at.UnixMilli()), s.announceClosed)
		},
		Failed: s.logs("close polls by time"),
	}
}
