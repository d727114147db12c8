package class

// Who has how many points.
//
//	GET /api/class/scores  ->  200 {"scores":[{"user","points","right","answered"}],"of"}, best first
//
// The polls with points count that are in the plan or that a teacher made: for a teacher all that were ever opened,
// for everybody else those that are closed, or the scores would tell what is right. Of several rounds the last one
// counts.

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"pollwire/class/question"
	"pollwire/data/groupcommit"
	"pollwire/rest/output"
)

// score is what somebody has reached.
type score struct {
	User     Person `json:"user"`
	Points   int64  `json:"points"`
	Right    int64  `json:"right"`
	Answered int64  `json:"answered"`
}

type scores struct {
	Scores []score `json:"scores"`
	Of     int64   `json:"of"` // points that can be had
}

// kept are the scores that everybody sees, which a whole class may ask for at once.
type kept struct {
	mu      sync.Mutex // held while they are reckoned: once will do
	scores  scores
	changes int64 // to the database when they were read
	until   millis
}

func (c *Class) handleScores(w http.ResponseWriter, r *http.Request, u User) error {
	var all scores
	var err error
	if at := millis(time.Now().UnixMilli()); u.Teaches() {
		all, _, err = readScores(r.Context(), c.DB.Readers(), at, true)
	} else {
		all, err = c.closedScores(r.Context(), at)
	}
	if err != nil {
		return err
	}
	return output.Show(w, r, all)
}

// closedScores reckons anew when something has changed, or a poll has ended by time.
func (c *Class) closedScores(ctx context.Context, at millis) (scores, error) {
	c.scores.mu.Lock()
	defer c.scores.mu.Unlock()
	_, changes := c.DB.Stats() // before the scores are read: they may be newer, never older
	if k := &c.scores; k.scores.Scores != nil && k.changes == changes && at < k.until {
		return k.scores, nil
	}
	all, until, err := readScores(ctx, c.DB.Readers(), at, false)
	if err == nil {
		c.scores.scores, c.scores.changes, c.scores.until = all, changes, until
	}
	return all, err
}

// readScores reckons the scores at a moment, and until when they hold if nothing changes.
func readScores(ctx context.Context, q groupcommit.Querier, at millis, open bool) (all scores, until millis,
	err error) {
	polls, until, err := readScored(ctx, q, at, open)
	if err != nil {
		return all, 0, err
	}
	people, err := readStudents(ctx, q)
	if err != nil {
		return all, 0, err
	}
	by := map[int64]*score{}
	for i := range people {
		by[people[i].ID] = &score{User: people[i]}
	}
	for _, p := range polls {
		all.Of += p.points
		ballots, err := p.ballots(ctx, q)
		if err != nil {
			return all, 0, err
		}
		for _, b := range ballots {
			if s := by[b.user]; s != nil {
				s.count(p, b)
			}
		}
	}
	all.Scores = []score{}
	for _, s := range by {
		if s.Answered > 0 {
			all.Scores = append(all.Scores, *s)
		}
	}
	slices.SortFunc(all.Scores, func(a, b score) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(b.Right, a.Right), cmp.Compare(a.User.ID, b.User.ID))
	})
	return all, until, nil
}

func (s *score) count(p scored, b ballot) {
	s.Answered++
	if p.isRight(b.answer) {
		s.Right++
		s.Points += p.points
	}
}

// scored is a poll as far as ballots are judged.
type scored struct {
	id, points int64
	kind       string
	correct    []int64
	right      *question.Right
}

func (p scored) isRight(a question.Answer) bool { return question.IsRight(a, p.correct, p.right) }

// answerable tells whether something is right.
func (p scored) answerable() bool { return len(p.correct) > 0 || p.right != nil }

// ballot is what somebody has chosen.
type ballot struct {
	user   int64
	answer question.Answer
	at     millis
}
