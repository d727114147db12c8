package class

// The plan: the polls of the lesson, in their order.
//
//	GET  /api/class/plan  ->  200 {"polls":[Poll...]}
//	PUT  /api/class/plan {"polls":[Poll as POST /api/polls takes it, "id" where it exists]}  ->  200 the same
//	POST /api/class/plan  the same, behind what is there
//
// Both take questions in Moodle's GIFT, too, as text/plain. What is new is a draft. Of a poll that exists, what is sent
// is changed: {"id":7} alone only has its place. PUT deletes the drafts that it leaves out; polls that were opened only
// leave the plan. It is all or nothing: one transaction. Who sends along {"was":[7,8]}, the ids of the plan as he knows
// it, gets a 409 where it is another by now: else he would undo, unseen, what another teacher has done.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"pollwire/class/gift"
	"pollwire/class/question"
	"pollwire/data/groupcommit"
	"pollwire/rest/input"
	"pollwire/rest/output"
	"pollwire/rest/problem"
	"pollwire/rest/strictjson"
)

const (
	maxPlan     = 200       // polls
	maxPlanBody = 512 << 10 // bytes
)

// Writer is what the database is changed with, inside a transaction. Who is handed one only hands it on.
type Writer = groupcommit.Writer

// PlanConfig is how a Plan gets at polls. news tells of a change behind the commit; it is nil where nobody is told. A
// poll that does not exist is ErrNotFound.
type PlanConfig struct {
	DB     *groupcommit.DB
	Add    func(w *Writer, u User, in question.Edit) (id int64, news func(), err error)
	Change func(w *Writer, u User, id int64, in question.Edit) (news func(), err error)
	Drop   func(w *Writer, id int64) error // deletes a draft
	Shown  func(ctx context.Context, u User, ids []int64) ([]any, error)
}

// Plan is the one of this server.
type Plan struct{ PlanConfig }

// entry is one of the plan as it is sent: a poll that exists, what is to be changed in it, or a new one.
type entry struct {
	id   int64          // 0: new
	edit *question.Edit // nil: stays as it is
}

func (p Plan) handlePlan(w http.ResponseWriter, r *http.Request, u User) error {
	v, err := p.view(r.Context(), u)
	if err != nil {
		return err
	}
	return output.Show(w, r, v)
}

type planView struct {
	Polls []any `json:"polls"`
}

func (p Plan) view(ctx context.Context, u User) (planView, error) {
	ids, err := readPlan(ctx, p.DB.Readers())
	if err != nil {
		return planView{}, err
	}
	polls, err := p.Shown(ctx, u, ids)
	return planView{output.List(polls)}, err
}

func (p Plan) handleChange(w http.ResponseWriter, r *http.Request, u User, whole bool) error {
	entries, was, err := readEntries(w, r)
	if err != nil {
		return err
	}
	if err := p.change(r.Context(), u, entries, was, whole); err != nil {
		return err
	}
	v, err := p.view(r.Context(), u)
	if err != nil {
		return err
	}
	return output.JSON(w, http.StatusOK, v)
}

// ---- reading what is sent

// readEntries returns the polls, and the plan as the client knows it, nil where that was not sent.
func readEntries(w http.ResponseWriter, r *http.Request) (entries []entry, was *[]int64, err error) {
	if input.MediaType(r) == "text/plain" {
		text, err := input.LongText(w, r, maxPlanBody)
		if err != nil {
			return nil, nil, err
		}
		entries, err = readGIFT(text)
		return entries, nil, err
	}
	var in struct {
		Polls *[]json.RawMessage `json:"polls"`
		Was   *[]int64           `json:"was"`
	}
	if err := input.LongJSON(w, r, &in, maxPlanBody); err != nil {
		return nil, nil, err
	}
	entries, err = toEntries(in.Polls)
	return entries, in.Was, err
}

func toEntries(polls *[]json.RawMessage) (entries []entry, err error) {
	var v input.Values
	switch {
	case polls == nil:
		v.Add("polls", "is missing").Coded("missing")
	case len(*polls) > maxPlan:
		v.Add("polls", "must not be more than %d", maxPlan).Coded("too_many", "most")
	default:
		for i, text := range *polls {
			e, err := readEntry(text)
			if err != nil {
				return nil, within(i, err)
			}
			if e.id != 0 && slices.ContainsFunc(entries, func(other entry) bool { return other.id == e.id }) {
				v.Add(input.Item("polls", i), "is there twice").Coded("twice")
			}
			entries = append(entries, e)
		}
	}
	return entries, v.Err()
}

// readEntry reads a poll whose id, if it has one, stands beside what is to be changed.
func readEntry(text json.RawMessage) (e entry, err error) {
	members, err := strictjson.Members(text)
	if err != nil {
		return e, problem.Refuse(problem.Malformed, "%v", err)
	}
	if id, sent := members["id"]; sent {
		if err := json.Unmarshal(id, &e.id); err != nil || e.id <= 0 {
			return e, problem.Refuse(problem.Malformed, `"id" must be a positive integer`)
		}
		if delete(members, "id"); len(members) == 0 {
			return e, nil
		}
	}
	rest, err := json.Marshal(members)
	if err == nil {
		e.edit = new(question.Edit)
		err = input.Unmarshal(rest, e.edit)
	}
	return e, err
}

// within says in which poll of the plan something is wrong.
func within(i int, err error) error {
	p := (*problem.Refusal)(nil)
	if !errors.As(err, &p) {
		return err
	}
	told := *p
	told.Fields = slices.Clone(p.Fields)
	for j := range told.Fields {
		told.Fields[j].Field = fmt.Sprintf("polls[%d].%s", i, told.Fields[j].Field)
	}
	told.Detail = fmt.Sprintf("polls[%d]: %s", i, p.Detail)
	return &told
}

// ---- GIFT

var giftLimits = gift.Limits{Questions: maxPlan, Title: question.MaxTitle, Text: question.MaxDescription,
	MinOptions: question.MinOptions, MaxOptions: question.MaxOptions, Option: question.MaxText,
	Texts: question.MaxRight, Explanation: question.MaxExplanation}

func readGIFT(text string) (entries []entry, err error) {
	var v input.Values
	for _, q := range gift.Parse(&v, text, giftLimits) {
		entries = append(entries, entry{edit: editOf(q)})
	}
	return entries, v.Err()
}

// editOf makes of a question what a client would send. Its result is hidden until it is closed, as the form of the page
// has it: what others answer is no help.
func editOf(q gift.Question) *question.Edit {
	title, description := q.Heading(question.MaxTitle)
	in := &question.Edit{Title: &title, Description: &description, Kind: &q.Kind, Explanation: &q.Explanation,
		Hidden: new(true)}
	switch q.Kind {
	case gift.Choice:
		in.Multiple = &q.Multiple
		in.Options = new([]question.Option(nil))
		for _, o := range q.Options {
			*in.Options = append(*in.Options, question.Option{Text: o.Text, Correct: o.Correct})
		}
	case gift.Number:
		in.Right = strictjson.Nullable[question.Right]{Sent: true,
			Value: &question.Right{Value: q.Value, Tolerance: q.Tolerance}}
	default:
		in.Right = strictjson.Nullable[question.Right]{Sent: true, Value: &question.Right{Texts: q.Texts}}
	}
	return in
}
