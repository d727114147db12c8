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
//	DELETE /api/polls/{poll_id}/answers?value=      ->  204, off the wall
//	POST   /api/polls/{poll_id}/vote {"option_id"}  ->  200 Poll | 409 closed | 422 not its option
//	DELETE /api/polls/{poll_id}/vote                ->  204
//
// How a vote travels: castVote -> store.castBallot (one transaction for many votes, which the triggers of schema.sql
// count) -> committed -> the poll is marked -> the tally loop reads it once for all votes since the last time -> hub ->
// every socket and stream.

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"pollwire/class"
	"pollwire/class/question"
	"pollwire/live/alarm"
	"pollwire/live/coalesce"
	"pollwire/rest/input"
	"pollwire/rest/output"
	"pollwire/rest/problem"
	"pollwire/rest/rfc9110"
)

// poll is a row with its options.
type poll struct{ question.Poll }

// knownTo tells who sees a draft, and what is right before a poll is closed.
func (p poll) knownTo(u user) bool { return u.teaches() || p.CreatedBy.ID == u.ID }

// myPoll is a Poll as one person sees it.
type myPoll struct {
	question.View
	MyVote question.Answer `json:"my_vote"` // null where there is none
}

// seenBy is the poll as u sees it.
func (b ballotPoll) seenBy(u user, at millis) myPoll {
	return myPoll{b.poll.View(at, b.knownTo(u)), b.mine}
}

// sharedPoll is a poll as it was at one moment. All who look at it get the same bytes, but for my_vote.
type sharedPoll struct {
	poll
	whileOpen, knownWhileOpen, whileClosed output.Shared
}

// recounted is the poll after ballots were replaced: the store need not read it again for each of many votes.
func (p *sharedPoll) recounted(ballots iter.Seq2[question.Answer, question.Answer]) (*sharedPoll, bool) {
	counted, ok := p.Recounted(ballots)
	return &sharedPoll{poll: poll{counted}}, ok
}

// encode makes the JSON of a myPoll of u, whose vote is mine.
func (p *sharedPoll) encode(u user, mine question.Answer, at millis) (*output.Ready, error) {
	whole, ready := p.knownTo(u), &p.whileClosed
	switch {
	case p.Open(at) && whole:
		ready = &p.knownWhileOpen
	case p.Open(at):
		ready = &p.whileOpen
	}
	var room [64]byte // on the stack: the ids of a few options
	return ready.With(func() any { return p.View(at, whole) }, "my_vote", mine.AppendJSON(room[:0]))
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
		return output.ShowTable(w, r, p.View(now(), false).Table())
	}
	ready, err := p.encode(u, mine, now())
	if err != nil {
		return err
	}
	return ready.Show(w, r)
}

// shownTo is errNotFound for those who must not know that there is such a poll.
func (p poll) shownTo(u user) error {
	if p.Draft && !p.knownTo(u) {
		return errNotFound
	}
	return nil
}

// ---- making and changing

// openDraft opens b if it is a draft.
func (b *ballotPoll) openDraft() error {
	if !b.Draft {
		return nil
	}
	return b.OpenAt(now(), true)
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
	p := poll{question.Poll{Draft: true, CreatedAt: now(), CreatedBy: u.person()}}
	err = p.Apply(c, p.CreatedAt)
	return p, err
}

func (s *server) handleNewPoll(w http.ResponseWriter, r *http.Request, u user) error {
	if err := s.class.MayMakePoll(u.User); err != nil {
		return err
	}
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
	return s.answerNewPoll(w, r, u, poll{question.Poll{Question: p.Question, Options: p.Options, Draft: true,
		CreatedAt: now(), CreatedBy: u.person()}})
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
		b.Rounds = append(slices.Clone(b.Rounds), b.View(now(), true).Round())
		b.EndsAt = nil
		return b.OpenAt(now(), true)
	}, s.announceChange)
	if err != nil {
		return noSuch("poll", id, err)
	}
	return output.Created(w, "/api/polls/"+strconv.FormatInt(id, 10), b.seenBy(u, now()))
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
	s.log.IfError("rewrite results", s.retell(id))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// retell has those who ask for the past hear the result as it is now, also where it was told with what was removed.
func (s *server) retell(id int64) error {
	s.telling.Lock() // what was read before the removal has been told
	defer s.telling.Unlock()
	p, _, err := s.store.poll(context.Background(), id, 0)
	if err != nil {
		return err
	}
	v := p.View(now(), false)
	updated, err1 := output.Encode(v)
	result, err2 := output.Encode(v.Tally())
	s.rewrite(func(name string, topic int64, _ []byte) (string, []byte) {
		switch {
		case topic == id && name == "poll:updated":
			return name, updated
		case topic == id && name == "vote:result":
			return name, result
		}
		return "", nil
	})
	return cmp.Or(err1, err2)
}

func (s *server) handlePutPoll(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	return s.makeChange(w, r, u, id, true)
}

func (s *server) handlePatchPoll(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	return s.makeChange(w, r, u, id, false)
}

// makeChange reads a change of a poll, or the whole of it, and makes it in one transaction.
func (s *server) makeChange(w http.ResponseWriter, r *http.Request, u user, id int64, whole bool) error {
	if err := s.mayAsk(r, id, func(p poll) error { return p.mayEdit(u) }); err != nil {
		return err
	}
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
		if err := limit(u, &s.limits.changes); err != nil { // everybody is told, each time
			return err
		}
		return b.Apply(c, now())
	}, s.announceChange)
	if err != nil {
		return noSuch("poll", id, err)
	}
	return output.Changed(w, r, b.seenBy(u, now()))
}

// mayAsk tells whether the body of a request about a poll is to be asked for: of what the header section names nobody
// need send anything to hear that it is not there (RFC 9110 §10.1.1). The transaction looks again.
func (s *server) mayAsk(r *http.Request, id int64, may func(poll) error) error {
	p, _, err := s.store.poll(r.Context(), id, 0)
	if err == nil {
		err = may(p.poll)
	}
	return noSuch("poll", id, err)
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
// which may have a new time to wait for, and has the poll kept: whoever hears of it asks for it, and votes.

func (s *server) announceNew(p poll) { s.announceChange(poll{question.Poll{Draft: true}}, p) }

func (s *server) announceChange(old, p poll) {
	s.store.keepPoll(p.ID)
	before, after := old.View(now(), false), p.View(now(), false)
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
	s.class.PollDeleted(p.ID)
	if !p.Draft {
		s.tell("poll:deleted", p.ID, map[string]int64{"poll_id": p.ID})
	}
}

// planConfig is how the plan of the class gets at polls. What it adds is a draft.
func (s *server) planConfig() class.PlanConfig {
	return class.PlanConfig{
		DB: s.store.db,
		Add: func(w *class.Writer, u class.User, in question.Edit) (int64, func(), error) {
			in.Draft = cmp.Or(in.Draft, new(true))
			p, err := newPoll(in, user{User: u})
			if err == nil {
				p, err = insertPoll(w, p)
			}
			return p.ID, func() { s.announceNew(p) }, err
		},
		Change: func(w *class.Writer, u class.User, id int64, in question.Edit) (func(), error) {
			c, err := readEdit(in, false)
			if err != nil {
				return nil, err
			}
			_, tell, err := s.store.updatePoll(w, id, u.ID, func(b *ballotPoll) error { return b.Apply(c, now()) },
				s.announceChange)
			return tell, err
		},
		Drop:  s.store.dropPoll,
		Shown: s.showPolls,
	}
}

// showPolls returns polls as u sees them, but for those that were deleted meanwhile.
func (s *server) showPolls(ctx context.Context, u class.User, ids []int64) (shown []any, err error) {
	for _, id := range ids {
		p, mine, err := s.store.poll(ctx, id, u.ID)
		if errors.Is(err, errNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		ready, err := p.encode(user{User: u}, mine, now())
		if err != nil {
			return nil, err
		}
		shown = append(shown, ready.JSON)
	}
	return shown, nil
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
		if !p.Open(at) {
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
		note(ctx, "%s (user %d) votes in poll %d%s", u.Nickname, u.ID, pollID, p.told(a))
	}
	ready, err := p.encode(u, a, now())
	if err != nil {
		return nil, err
	}
	return ready.JSON, nil
}

// told is what a capture says of a ballot: nothing, unless the poll is named. (The bytes tell it all the same to
// whoever looks at them: that is what a capture is for.)
func (p poll) told(a question.Answer) string {
	if !p.Named {
		return ""
	}
	return ": " + a.String()
}

func (p *poll) hasOption(id int64) bool {
	return slices.ContainsFunc(p.Options, func(o question.PollOption) bool { return o.ID == id })
}

func (s *server) handleVote(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	if err := s.mayAsk(r, id, func(p poll) error { return p.shownTo(u) }); err != nil {
		return err
	}
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
	if errors.Is(err, errNotFound) || err == nil && p.Draft {
		return // deleted meanwhile, or in a new class: everybody has been told
	}
	if err != nil {
		s.log.Error("announce a result", "poll", id, "err", err)
		return
	}
	s.publish("vote:result", id, p.View(now(), false).Tally())
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
		Failed: s.log.Errors("close polls by time"),
	}
}
