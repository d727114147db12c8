package class

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pollwire/test/rig"
)

// ballot is what a pupil may answer, and whether that is right, as the one who wrote the questions knows.
type ballot struct {
	options []string
	number  float64
	text    string
	right   bool
}

// part is a question of the lesson.
type part struct {
	title   string
	body    rig.Object // nil: it comes from questions
	points  int64      // 0: nothing is right
	named   bool
	ballots []ballot
}

// questions are in GIFT, the others in JSON.
const questions = `One. Which port does HTTPS use? {=443 ~80 ~8080#No.}

Two. Which are transports? {~%50%TCP ~%50%UDP ~%-100%HTTP}

Three. An IPv4 address has 32 bits. {T}

Four. How many bits has an IPv6 address? {#128:2}

Five. Who resends what was lost? {=TCP =Transmission Control Protocol}
`

func chosen(right bool, options ...string) ballot { return ballot{options: options, right: right} }
func count(right bool, n float64) ballot          { return ballot{number: n, right: right} }
func word(right bool, text string) ballot         { return ballot{text: text, right: right} }

var abc = []any{"가", "나", "다"}

var parts = []part{
	{"Timed", rig.Object{"seconds": 5, "points": 2, "options": []any{rig.Object{"text": "가", "correct": true}, "나"}},
		2, true, []ballot{chosen(true, "가"), chosen(false, "나"), chosen(true, "가")}},
	{"One", nil, 1, true, []ballot{chosen(true, "443"), chosen(false, "80"), chosen(false, "8080")}},
	{"Two", nil, 1, true, []ballot{chosen(true, "TCP", "UDP"), chosen(false, "TCP"), chosen(false, "TCP", "UDP", "HTTP"),
		chosen(true, "UDP", "TCP"), chosen(false, "HTTP")}},
	{"Three", nil, 1, true, []ballot{chosen(true, "True"), chosen(false, "False")}},
	{"Four", nil, 1, true, []ballot{count(true, 128), count(true, 126), count(true, 130), count(false, 130.5),
		count(false, -128), count(false, 32)}},
	{"Five", nil, 1, true, []ballot{word(true, "TCP"), word(true, "tcp"), word(true, "transmission  control protocol"),
		word(false, "=UDP"), word(false, "TC P")}},
	{"Hidden", rig.Object{"hidden": true, "points": 5, "multiple": true, "options": []any{"가", rig.Object{"text": "나",
		"correct": true}, rig.Object{"text": "다", "correct": true}}}, 5, true, []ballot{chosen(true, "나", "다"),
		chosen(false, "가"), chosen(false, "가", "나", "다")}},
	{"Named", rig.Object{"named": true, "options": abc}, 0, true, []ballot{chosen(false, "가"), chosen(false, "다")}},
	{"Nameless", rig.Object{"options": abc}, 0, false, []ballot{chosen(false, "가"), chosen(false, "나")}},
	{"A number", rig.Object{"kind": "number", "hidden": true}, 0, false, []ballot{count(false, 1.5), count(false, 7),
		count(false, 7), count(false, -3), count(false, 100)}},
	{"A word", rig.Object{"kind": "text"}, 0, false, []ballot{word(false, "어렵다"), word(false, "+easy"),
		word(false, "Easy")}},
	{"Twice", rig.Object{"points": 3, "options": []any{"가", rig.Object{"text": "나", "correct": true}, "다"}}, 3, true,
		[]ballot{chosen(false, "가"), chosen(true, "나"), chosen(false, "다")}},
}

// school is the lesson as it goes on, and what must come of it.
type school struct {
	*lesson
	pupils []*pupil
	asked  []Asked          // in the order of parts
	final  []map[int]ballot // by question: the ballots that count, by pupil
	first  map[int]ballot   // those of the first round of the last question
	slow   time.Duration    // the longest that pupils needed to follow
}

// opinion is what a pupil answers; false: nothing.
func opinion(pupil, question, attempt int) (ballot, bool) {
	list := parts[question].ballots
	i := (pupil*7 + question*3 + attempt*5) % (len(list) + 1)
	if i == len(list) {
		return ballot{}, false
	}
	return list[i], true
}

// sent is the ballot as it travels.
func (b ballot) sent(p Asked) rig.Object {
	switch p.Kind {
	case "number":
		return rig.Object{"number": b.number}
	case "text":
		return rig.Object{"text": b.text}
	}
	ids := []int64{}
	for _, text := range b.options {
		for _, o := range p.Options {
			if o.Text == text {
				ids = append(ids, o.ID)
			}
		}
	}
	if len(ids) == 1 {
		return rig.Object{"option_id": ids[0]}
	}
	return rig.Object{"option_ids": ids}
}

// A lesson of twelve questions with sixty pupils, who come by all ways, with a crash in the middle of it. All of it is
// counted here once more, by hand.
func TestALesson(t *testing.T) {
	s := &school{lesson: begin(t), first: map[int]ballot{}}
	s.prepare()
	s.pupils = pupils(s.Rig, 60, func(i int) string { return "학생 " + strconv.Itoa(i) })
	rig.Want[rig.User](s, 200, "PATCH", "/api/auth/me", s.pupils[3].AccessToken, rig.Object{"nickname": "=SUM(1)"})
	s.pupils[3].User.Nickname = "=SUM(1)"
	for q := range parts {
		s.show(q)
		switch {
		case q == 4:
			s.crash(q)
		case parts[q].title == "Twice":
			s.voting(q, 0)
			s.first = maps.Clone(s.final[q])
			clear(s.final[q])
			rig.Want[Asked](s, 201, "POST", s.asked[q].path()+"/rounds", s.teacher.AccessToken, nil)
			s.voting(q, 1)
		default:
			s.voting(q, 0)
		}
		s.whatStudentsSee(q)
	}
	s.close()
	s.counted()
	s.wantTaken()
	if code := s.End(os.Interrupt); code != 0 {
		t.Errorf("the server ends with %d", code)
	}
	s.restart()
	s.counted()
	s.wantTaken()
	t.Logf("the last pupil followed within %v", s.slow)
}

// prepare makes the plan, of GIFT and of JSON, and puts it into the order of parts.
func (s *school) prepare() {
	s.Helper()
	s.plan("POST", questions, "Content-Type", "text/plain")
	var list []any
	for _, p := range parts {
		if p.body != nil {
			p.body["title"] = p.title
			list = append(list, p.body)
		}
	}
	all := s.plan("POST", rig.Object{"polls": list}).Polls
	list = nil
	for _, p := range parts {
		i := slices.IndexFunc(all, func(a Asked) bool { return strings.HasPrefix(a.Title, p.title) })
		if i < 0 {
			s.Fatalf("%s is not in the plan: %+v", p.title, all)
		}
		s.asked = append(s.asked, all[i])
		s.final = append(s.final, map[int]ballot{})
		list = append(list, rig.Object{"id": all[i].ID})
		if all[i].Points != p.points || all[i].Named != p.named || all[i].Status != "draft" {
			s.Errorf("%s has %d points, named %v, and is %s", p.title, all[i].Points, all[i].Named, all[i].Status)
		}
	}
	if got := s.plan("PUT", rig.Object{"polls": list}); len(got.Polls) != len(parts) {
		s.Fatalf("the plan is %v", got)
	}
}

// show makes a question the current one, and waits for all pupils to know.
func (s *school) show(q int) {
	s.Helper()
	s.refused(404, "no_such", "GET", s.asked[q].path(), s.pupils[q].AccessToken, nil)
	began := time.Now()
	s.set(rig.Object{"current": s.asked[q].ID})
	if err := rig.Together(len(s.pupils), func(i int) error { return s.pupils[i].follows(s.asked[q].ID) }); err != nil {
		s.Fatal(err)
	}
	s.slow = max(s.slow, time.Since(began))
}

// voting lets all pupils answer. Some think again, and some take their answer back.
func (s *school) voting(q, attempt int) {
	s.Helper()
	err := rig.Together(len(s.pupils), func(i int) error {
		p := s.pupils[i]
		last, any := opinion(i, q, attempt)
		if before, some := opinion(i, q, attempt+1); some && (i+q)%3 == 0 {
			if err := p.mustVote(s.asked[q], before); err != nil {
				return err
			}
			if !any {
				return p.withdraw(s.asked[q])
			}
		}
		if !any {
			return nil
		}
		return p.mustVote(s.asked[q], last)
	})
	if err != nil {
		s.Fatal(err)
	}
	for i := range s.pupils {
		if b, any := opinion(i, q, attempt); any {
			s.final[q][i] = b
		}
	}
}

func (p *pupil) mustVote(q Asked, b ballot) error {
	o, err := p.vote(q.ID, b.sent(q))
	if err == nil && o.status != 200 {
		err = fmt.Errorf("%s: pupil %d by %s votes %v: %d %s", q.Title, p.n, p.way, b, o.status, o.body)
	}
	return err
}

func (p *pupil) withdraw(q Asked) error {
	o, err := p.ask("DELETE", q.path()+"/vote", nil, nil)
	if err == nil && o.status != 204 {
		err = fmt.Errorf("%s: pupil %d takes a vote back: %d %s", q.Title, p.n, o.status, o.body)
	}
	return err
}

// crash kills the server while the pupils vote. What was answered is there; who has had no answer votes once more.
func (s *school) crash(q int) {
	s.Helper()
	answered := make([]bool, len(s.pupils))
	var n atomic.Int64
	enough := make(chan bool)
	go func() {
		<-enough
		s.Process.Process.Kill()
	}()
	rig.Together(len(s.pupils), func(i int) error {
		b, any := opinion(i, q, 0)
		if !any || s.pupils[i].way == "Socket.IO by polling" { // whose client takes a broken connection for a mistake
			return nil
		}
		o, err := s.pupils[i].vote(s.asked[q].ID, b.sent(s.asked[q]))
		if answered[i] = err == nil && o.status == 200; answered[i] && n.Add(1) == 10 {
			close(enough)
		}
		return nil
	})
	s.restart()
	for i, p := range s.pupils {
		var v Asked
		if _, err := p.ask("GET", s.asked[q].path(), nil, &v); err != nil {
			s.Fatal(err)
		}
		if b, _ := opinion(i, q, 0); answered[i] && v.MyVote != b.number {
			s.Errorf("pupil %d voted %v and was told so; behind the crash it is %v", i, b.number, v.MyVote)
		}
	}
	s.voting(q, 0)
}

// restart starts the server on what the last one has left, and lets all pupils come back to it.
func (s *school) restart() {
	s.Helper()
	for _, p := range s.pupils {
		p.stop()
	}
	s.Kill()
	before := s.lesson
	s.lesson = &lesson{Process: rig.Spawn(s.TB, before.dir, "-teacher-key", key), dir: before.dir, teacher: before.teacher}
	for _, p := range s.pupils {
		<-p.ended // with the connection to the last one
		p.listen(s.Rig)
		var v View
		if _, err := p.ask("GET", "/api/class", nil, &v); err != nil || v.Current == nil {
			s.Fatalf("who comes back finds %+v, %v", v, err)
		}
	}
}

// whatStudentsSee is nothing of what is right, nor of what is hidden, nor of points, while a poll is open.
func (s *school) whatStudentsSee(q int) {
	s.Helper()
	p := s.see(s.asked[q], s.pupils[0].AccessToken)
	if p.Status == "open" && (p.Right != nil || p.Explanation != nil ||
		slices.ContainsFunc(p.Options, func(o option) bool { return o.Correct != nil })) {
		s.Errorf("%s tells what is right: %+v", p.Title, p)
	}
	hidden := strings.Contains(fmt.Sprint(parts[q].body), "hidden:true")
	if hidden && (p.Answers != nil || slices.ContainsFunc(p.Options, func(o option) bool { return o.Votes != nil })) {
		s.Errorf("%s tells what is hidden: %+v", p.Title, p)
	}
	var closed int64
	if time.Now().After(*s.see(s.asked[0], "").EndsAt) {
		closed = parts[0].points
	}
	got := rig.Want[scores](s, 200, "GET", "/api/class/scores", s.pupils[0].AccessToken, nil)
	if got.Of != closed && got.Of != parts[0].points { // it may have ended in between
		s.Errorf("students are told of scores of %d while the polls are open", got.Of)
	}
}

// close ends all polls. The first one ended by its time, over the crash.
func (s *school) close() {
	s.Helper()
	for deadline := time.Now().Add(rig.Patience); s.see(s.asked[0], "").Status != "closed"; {
		if time.Now().After(deadline) {
			s.Fatal("a poll of five seconds does not end")
		}
		time.Sleep(20 * time.Millisecond)
	}
	for _, p := range s.asked[1:] {
		rig.Want[Asked](s, 200, "PATCH", p.path(), s.teacher.AccessToken, rig.Object{"is_active": false})
	}
	for _, p := range s.pupils {
		o, err := p.vote(s.asked[0].ID, parts[0].ballots[1].sent(s.asked[0]))
		if err != nil || o.status != 409 {
			s.Fatalf("a vote by %s in a poll that has ended: %v, %v", p.way, o, err)
		}
	}
}
