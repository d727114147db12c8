package class

// What came of the lesson, counted by hand.

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"pollwire/test/rig"
)

// folded is what is counted together.
func (b ballot) folded(kind string) string {
	if kind == "number" {
		return strconv.FormatFloat(b.number, 'g', -1, 64)
	}
	return strings.ToLower(strings.Join(strings.Fields(b.text), " "))
}

// tally counts ballots by option, or by answer.
func tally(kind string, ballots map[int]ballot) map[string]int64 {
	n := map[string]int64{}
	for _, b := range ballots {
		if kind == "choice" {
			for _, o := range b.options {
				n[o]++
			}
		} else {
			n[b.folded(kind)]++
		}
	}
	return n
}

// counted holds results, ballots and scores against the count.
func (s *school) counted() {
	s.Helper()
	for q, asked := range s.asked {
		p := s.see(asked, s.pupils[q].AccessToken)
		want, got := tally(p.Kind, s.final[q]), map[string]int64{}
		for _, o := range p.Options {
			if *o.Votes > 0 {
				got[o.Text] = *o.Votes
			}
		}
		if p.Answers != nil {
			for _, a := range *p.Answers {
				b := ballot{text: fmt.Sprint(a.Value)}
				b.number, _ = a.Value.(float64)
				got[b.folded(p.Kind)] = a.Count
			}
		}
		if !maps.Equal(got, want) || p.Voters != int64(len(s.final[q])) {
			s.Errorf("%s = %v of %d, counted are %v of %d", p.Title, got, p.Voters, want, len(s.final[q]))
		}
		s.wantNumbers(p, s.final[q])
		s.wantBallots(q)
	}
	last := s.see(s.asked[len(parts)-1], "")
	got := map[string]int64{}
	for _, o := range last.Rounds[0].Options {
		i := slices.IndexFunc(last.Options, func(now option) bool { return now.ID == o.ID })
		got[last.Options[i].Text] = o.Votes
	}
	if want := tally("choice", s.first); !maps.Equal(got, want) || last.Rounds[0].Voters != int64(len(s.first)) {
		s.Errorf("the first round was %v of %d, counted are %v of %d", got, last.Rounds[0].Voters, want, len(s.first))
	}
	s.wantScores()
}

func (s *school) wantNumbers(p Asked, ballots map[int]ballot) {
	s.Helper()
	if p.Kind != "number" {
		return
	}
	var all []float64
	for _, b := range ballots {
		all = append(all, b.number)
	}
	slices.Sort(all)
	n := len(all)
	if median := (all[(n-1)/2] + all[n/2]) / 2; *p.Min != all[0] || *p.Max != all[n-1] || *p.Median != median {
		s.Errorf("%s is %v, %v, %v, want %v, %v, %v", p.Title, *p.Min, *p.Median, *p.Max, all[0], median, all[n-1])
	}
}

// wantBallots reads all ballots of a question, page after page.
func (s *school) wantBallots(q int) {
	s.Helper()
	path := s.asked[q].path() + "/ballots"
	if !parts[q].named {
		s.refused(409, "not_named", "GET", path, s.teacher.AccessToken, nil)
		return
	}
	type page struct {
		Ballots []struct {
			User      rig.User
			OptionIDs []int64 `json:"option_ids"`
			Number    *float64
			Text      string
			Correct   *bool
		}
		NextBefore *int64 `json:"next_before"`
	}
	seen, query := 0, "?limit=17"
	for {
		got := rig.Want[page](s, 200, "GET", path+query, s.teacher.AccessToken, nil)
		for _, b := range got.Ballots {
			seen++
			want, any := s.final[q][s.numberOf(b.User.ID)]
			right := b.Correct != nil && *b.Correct
			if !any || right != want.right || (b.Correct == nil) != (parts[q].points == 0) || b.Text != want.text ||
				b.Number != nil && *b.Number != want.number || len(b.OptionIDs) != len(want.options) {
				s.Errorf("%s: the ballot of %s is %+v, want %+v", parts[q].title, b.User.Nickname, b, want)
			}
		}
		if got.NextBefore == nil {
			break
		}
		query = fmt.Sprint("?limit=17&before=", *got.NextBefore)
	}
	if seen != len(s.final[q]) {
		s.Errorf("%s has %d ballots, want %d", parts[q].title, seen, len(s.final[q]))
	}
}

func (s *school) numberOf(user int64) int {
	return slices.IndexFunc(s.pupils, func(p *pupil) bool { return p.User.ID == user })
}

// points are what a pupil has reached: points, right answers, answers.
func (s *school) points(i int) (points, right, answered int64) {
	for q, p := range parts {
		b, any := s.final[q][i]
		if p.points == 0 || !any {
			continue
		}
		answered++
		if b.right {
			right++
			points += p.points
		}
	}
	return points, right, answered
}

const ofAll = 2 + 5*1 + 5 + 3 // points

func (s *school) ranked() (order []int) {
	for i := range s.pupils {
		if _, _, answered := s.points(i); answered > 0 {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		aPoints, aRight, _ := s.points(a)
		bPoints, bRight, _ := s.points(b)
		return cmp.Or(cmp.Compare(bPoints, aPoints), cmp.Compare(bRight, aRight), cmp.Compare(a, b))
	})
	return order
}

func (s *school) wantScores() {
	s.Helper()
	var want strings.Builder
	for _, i := range s.ranked() {
		points, right, answered := s.points(i)
		fmt.Fprintf(&want, "%s %d %d/%d; ", s.pupils[i].User.Nickname, points, right, answered)
	}
	fmt.Fprint(&want, "of ", ofAll)
	for who, token := range map[string]string{"a student": s.pupils[0].AccessToken, "the teacher": s.teacher.AccessToken} {
		if got := rig.Want[scores](s, 200, "GET", "/api/class/scores", token, nil).String(); got != want.String() {
			s.Errorf("%s is told of the scores\n%s, counted are\n%s", who, got, &want)
		}
	}
}

// ---- what is taken home

// cell is a text as it stands in a table that a spreadsheet opens.
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// inTable is what of the columns stands in a table of the ZIP, a line for each row, sorted.
func (s *school) inTable(text string, columns ...string) []string {
	s.Helper()
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil || len(rows) == 0 {
		s.Fatal(errors.Join(err, errors.New("no table: "+text)))
	}
	var lines []string
	for _, row := range rows[1:] {
		var cells []string
		for _, c := range columns {
			cells = append(cells, row[slices.Index(rows[0], c)])
		}
		lines = append(lines, strings.Join(cells, " ; "))
	}
	slices.Sort(lines)
	return lines
}

func (s *school) same(what string, got, want []string) {
	s.Helper()
	if slices.Sort(want); !slices.Equal(got, want) {
		s.Errorf("%s has %d lines:\n%s\ncounted are %d:\n%s", what, len(got), strings.Join(got, "\n"), len(want),
			strings.Join(want, "\n"))
	}
}

func (s *school) wantTaken() {
	s.Helper()
	_, texts := s.taken()
	var ballots, results, scores []string
	for q, p := range parts {
		kind := s.asked[q].Kind
		for i, b := range s.final[q] {
			if !p.named {
				continue
			}
			correct := map[bool]string{true: "1", false: "0"}[b.right]
			if p.points == 0 {
				correct = ""
			}
			ballots = append(ballots, fmt.Sprintf("%d ; %s ; %s ; %s", s.asked[q].ID, cell(s.pupils[i].User.Nickname),
				cell(b.words(s.asked[q])), correct))
		}
		if p.title == "Twice" {
			results = append(results, s.lines(q, 1, tally(kind, s.first), len(s.first))...)
			results = append(results, s.lines(q, 2, tally(kind, s.final[q]), len(s.final[q]))...)
			continue
		}
		results = append(results, s.lines(q, 1, tally(kind, s.final[q]), len(s.final[q]))...)
	}
	for _, i := range s.ranked() {
		points, right, answered := s.points(i)
		scores = append(scores, fmt.Sprintf("%s ; %d ; %d ; %d ; %d", cell(s.pupils[i].User.Nickname), points, right,
			answered, ofAll))
	}
	s.same("ballots.csv", s.inTable(texts["ballots.csv"], "poll_id", "nickname", "answer", "correct"), ballots)
	s.same("scores.csv", s.inTable(texts["scores.csv"], "nickname", "points", "right", "answered", "of"), scores)
	got := s.inTable(texts["polls.csv"], "poll_id", "round", "voters", "votes", "answer")
	for i := range got { // of texts that are counted together, one stands for all
		got[i] = strings.ToLower(strings.Join(strings.Fields(got[i]), " "))
	}
	slices.Sort(got)
	s.same("polls.csv", got, results)
	if n := len(s.inTable(texts["people.csv"], "nickname")); n != 61 {
		s.Errorf("people.csv has %d people, want 61", n)
	}
}

// lines are those of a round in polls.csv. An option that nobody chose has one too.
func (s *school) lines(q, round int, votes map[string]int64, voters int) (lines []string) {
	for _, o := range s.asked[q].Options {
		votes[o.Text] += 0
	}
	for answer, n := range votes {
		lines = append(lines, strings.ToLower(fmt.Sprintf("%d ; %d ; %d ; %d ; %s", s.asked[q].ID, round, voters, n,
			cell(answer))))
	}
	return lines
}

// words are the ballot as people read it, options in the order of the question.
func (b ballot) words(p Asked) string {
	switch p.Kind {
	case "number":
		return b.folded("number")
	case "text":
		return b.text
	}
	var texts []string
	for _, o := range p.Options {
		if slices.Contains(b.options, o.Text) {
			texts = append(texts, o.Text)
		}
	}
	return strings.Join(texts, " | ")
}
