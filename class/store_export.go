package class

// What the database has of all that is taken home.

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"pollwire/class/question"
	"pollwire/data/groupcommit"
	"pollwire/rest/output"
)

// taken is a poll with all that is known of it.
type taken struct {
	scored
	place                *int64 // in the plan
	title, description   string
	multiple, hidden     bool
	active, draft, named bool
	ends, seconds        *int64
	created              millis
	by, explanation, key string
	voters               int64
	options              []takenOption
	answers              []takenOption // of numbers and texts: each that was given, the most frequent first
	rounds               []question.Round
}

type takenOption struct {
	id, poll, votes int64
	text            string
	correct         bool
	number          *float64
}

func (p taken) status(at millis) string {
	switch {
	case p.draft:
		return "draft"
	case p.active && (p.ends == nil || int64(at) < *p.ends):
		return "open"
	}
	return "closed"
}

// readTaken returns all polls, those of the plan first.
func readTaken(ctx context.Context, q groupcommit.Querier) ([]taken, error) {
	polls, err := groupcommit.Ask(ctx, q, func(rows *groupcommit.Rows, p *taken) error {
		var rounds string
		err := rows.Scan(&p.id, &p.place, &p.title, &p.description, &p.kind, &p.multiple, &p.hidden, &p.active, &p.draft,
			&p.named, &p.ends, &p.seconds, &p.points, &p.created, &p.by, &p.explanation, &p.key, &p.voters, &rounds)
		if err == nil {
			p.right, err = question.ParseRight(p.key)
		}
		if err == nil {
			p.rounds, err = question.ParseRounds(rounds)
		}
		return err
	}, `SELECT p.id, row_number() OVER (ORDER BY n.poll_id IS NULL, n.position) * (n.poll_id IS NOT NULL OR NULL),
		p.title, p.description, p.kind, p.multiple, p.hidden, p.is_active, p.draft, p.named, p.ends_at, p.seconds, p.points,
		p.created_at, u.nickname, p.explanation, p.key, t.voters, p.rounds
		FROM polls p JOIN turnout t ON t.poll_id = p.id JOIN users u ON u.id = p.created_by
		LEFT JOIN plan n ON n.poll_id = p.id
		ORDER BY n.poll_id IS NULL, n.position, p.id`)
	if err != nil {
		return nil, err
	}
	options, err := readOptions(ctx, q, "SELECT poll_id, id, text, correct, votes, NULL FROM options ORDER BY position")
	if err != nil {
		return nil, err
	}
	answers, err := readOptions(ctx, q, `SELECT poll_id, 0, min(value), 0, count(*), min(number) FROM answers
		GROUP BY poll_id, key ORDER BY count(*) DESC, key`)
	if err != nil {
		return nil, err
	}
	for i := range polls {
		p := &polls[i]
		p.options, p.answers = options[p.id], answers[p.id]
		for _, o := range p.options {
			if o.correct {
				p.correct = append(p.correct, o.id)
			}
		}
		slices.Sort(p.correct)
	}
	return polls, nil
}

func readOptions(ctx context.Context, q groupcommit.Querier, text string) (map[int64][]takenOption, error) {
	list, err := groupcommit.Ask(ctx, q, func(rows *groupcommit.Rows, o *takenOption) error {
		return rows.Scan(&o.poll, &o.id, &o.text, &o.correct, &o.votes, &o.number)
	}, text)
	of := map[int64][]takenOption{}
	for _, o := range list {
		of[o.poll] = append(of[o.poll], o)
	}
	return of, err
}

// ---- polls.csv

var pollHeading = []string{"poll_id", "plan", "title", "description", "kind", "status", "multiple", "named", "points",
	"created_by", "created_at", "round", "voters", "answer", "correct", "votes", "right", "explanation"}

func pollTable(polls []taken, at millis) [][]string {
	rows := [][]string{pollHeading}
	for _, p := range polls {
		place := ""
		if p.place != nil {
			place = number(*p.place)
		}
		whose := []string{number(p.id), place, p.title, p.description, p.kind, p.status(at), yes(p.multiple), yes(p.named),
			number(p.points), p.by, moment(p.created)}
		for i, r := range p.rounds {
			rows = append(rows, p.result(whose, i+1, r.Voters, p.roundLines(r))...)
		}
		lines := p.options
		if p.kind != question.Choice {
			lines = p.answers
		}
		rows = append(rows, p.result(whose, len(p.rounds)+1, p.voters, lines)...)
	}
	return rows
}

// result is a line for each answer; one, without answers, where there are none.
func (p taken) result(whose []string, round int, voters int64, lines []takenOption) (rows [][]string) {
	begin := append(slices.Clone(whose), number(int64(round)), number(voters))
	end := []string{p.right.InWords(), p.explanation}
	for _, o := range lines {
		correct := ""
		if p.answerable() {
			correct = yes(o.correct || p.kind != question.Choice && p.isRight(question.Stored(o.text, o.number)))
		}
		rows = append(rows, slices.Concat(begin, []string{o.text, correct, number(o.votes)}, end))
	}
	if len(rows) == 0 {
		rows = append(rows, slices.Concat(begin, []string{"", "", ""}, end))
	}
	return rows
}

// roundLines are the answers of a round before this one.
func (p taken) roundLines(round question.Round) (lines []takenOption) {
	for _, o := range round.Options {
		for _, known := range p.options {
			if known.id == o.ID && o.Votes != nil {
				known.votes = *o.Votes
				lines = append(lines, known)
			}
		}
	}
	if round.Result != nil {
		for _, a := range round.Result.Answers {
			lines = append(lines, answerLine(a))
		}
	}
	return lines
}

func answerLine(a question.Counted) takenOption {
	o := takenOption{votes: a.Count, text: string(a.Value)}
	if json.Unmarshal(a.Value, &o.text) != nil { // then it is no text
		if json.Unmarshal(a.Value, &o.number) != nil {
			o.number = nil
		}
	}
	return o
}

// ---- ballots.csv

func ballotTable(ctx context.Context, q groupcommit.Querier, polls []taken) ([][]string, error) {
	rows := [][]string{{"poll_id", "title", "user_id", "nickname", "answer", "correct", "cast_at"}}
	names, err := readNames(ctx, q)
	if err != nil {
		return nil, err
	}
	for _, p := range polls {
		if !p.named {
			continue // nobody is told who chose what
		}
		ballots, err := p.ballots(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, b := range ballots {
			correct := ""
			if p.answerable() {
				correct = yes(p.isRight(b.answer))
			}
			rows = append(rows, []string{number(p.id), p.title, number(b.user), names[b.user], p.words(b.answer), correct,
				moment(b.at)})
		}
	}
	return rows, nil
}

// words is what was chosen, for people.
func (p taken) words(a question.Answer) string {
	if len(a.Options) == 0 {
		return a.Value()
	}
	var texts []string
	for _, o := range p.options {
		if slices.Contains(a.Options, o.id) {
			texts = append(texts, o.text)
		}
	}
	return strings.Join(texts, " | ")
}

func readNames(ctx context.Context, q groupcommit.Querier) (map[int64]string, error) {
	lists, err := groupcommit.Lists[int64, string](ctx, q, "SELECT id, nickname FROM users")
	names := map[int64]string{}
	for id, list := range lists {
		names[id] = list[0]
	}
	return names, err
}

// ---- the other tables

func scoreTable(ctx context.Context, q groupcommit.Querier, at millis) ([][]string, error) {
	all, _, err := readScores(ctx, q, at, true)
	rows := [][]string{{"user_id", "nickname", "points", "right", "answered", "of"}}
	for _, s := range all.Scores {
		rows = append(rows, []string{number(s.User.ID), s.User.Nickname, number(s.Points), number(s.Right),
			number(s.Answered), number(all.Of)})
	}
	return rows, err
}

func peopleTable(ctx context.Context, q groupcommit.Querier) ([][]string, error) {
	rows, err := groupcommit.Ask(ctx, q, func(rows *groupcommit.Rows, row *[]string) error {
		var id, ballots, messages int64
		var nickname, username, role, name string
		var joined, seen millis
		var muted, removed bool
		err := rows.Scan(&id, &nickname, &username, &role, &name, &joined, &seen, &muted, &removed, &ballots, &messages)
		*row = []string{number(id), nickname, username, role, name, moment(joined), moment(seen), yes(muted), yes(removed),
			number(ballots), number(messages)}
		return err
	}, `SELECT u.id, u.nickname, coalesce(u.username, ''), `+Role+`, coalesce(r.name, ''), u.created_at, u.last_seen,
		u.muted, u.removed, coalesce(v.n, 0) + coalesce(a.n, 0), coalesce(m.n, 0)
		FROM users u LEFT JOIN roster r ON r.user_id = u.id
		LEFT JOIN (SELECT user_id, count(DISTINCT poll_id) n FROM votes GROUP BY user_id) v ON v.user_id = u.id
		LEFT JOIN (SELECT user_id, count(*) n FROM answers GROUP BY user_id) a ON a.user_id = u.id
		LEFT JOIN (SELECT user_id, count(*) n FROM messages GROUP BY user_id) m ON m.user_id = u.id ORDER BY u.id`)
	heading := []string{"user_id", "nickname", "username", "role", "roster_name", "joined_at", "last_seen", "muted",
		"removed", "ballots", "messages"}
	return slices.Concat([][]string{heading}, rows), err
}

func chatTable(ctx context.Context, q groupcommit.Querier) ([][]string, error) {
	rows, err := groupcommit.Ask(ctx, q, func(rows *groupcommit.Rows, row *[]string) error {
		var id int64
		var at millis
		var user, nickname, text string
		err := rows.Scan(&id, &at, &user, &nickname, &text)
		*row = []string{number(id), moment(at), user, nickname, text}
		return err
	}, `SELECT m.id, m.created_at, coalesce(m.user_id, ''), coalesce(u.nickname, ''), m.message FROM messages m
		LEFT JOIN users u ON u.id = m.user_id ORDER BY m.id`)
	return slices.Concat([][]string{{"message_id", "at", "user_id", "nickname", "message"}}, rows), err
}

// ---- plan.json

// planFile is a plan as PUT takes it.
type planFile struct {
	Polls []planned `json:"polls"`
}

type planned struct {
	Title       string          `json:"title"`
	Description string          `json:"description"`
	Kind        string          `json:"kind"`
	Options     []plannedOption `json:"options,omitempty"`
	Multiple    bool            `json:"multiple"`
	Hidden      bool            `json:"hidden"`
	Named       bool            `json:"named"`
	Seconds     *int64          `json:"seconds,omitempty"`
	Points      int64           `json:"points"`
	Right       json.RawMessage `json:"right,omitempty"`
	Explanation string          `json:"explanation"`
}

type plannedOption struct {
	Text    string `json:"text"`
	Correct bool   `json:"correct"`
}

func planOf(polls []taken) planFile {
	var list []planned
	for _, p := range polls {
		if p.place == nil {
			continue
		}
		one := planned{p.title, p.description, p.kind, nil, p.multiple, p.hidden, p.named, p.seconds, p.points,
			json.RawMessage(p.key), p.explanation}
		for _, o := range p.options {
			one.Options = append(one.Options, plannedOption{o.text, o.correct})
		}
		list = append(list, one)
	}
	return planFile{output.List(list)}
}
