package class

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pollwire/data/files"
	"pollwire/data/groupcommit"
)

// lesson is a class in the middle of it: a teacher (1), Kim (2), Lee (3), a student who was removed (4); polls of the
// plan by the teacher (1: choice, 2: number, 3: words) and by Lee (4), one of Kim's own (5), and one by the teacher in
// which nobody is named (6).
const lesson = `
UPDATE server SET teacher_mark = 'm';
INSERT INTO users (id, nickname, created_at, teaches, removed) VALUES (1, 'Han', 1, 'm', 0), (2, 'Kim', 2, NULL, 0),
	(3, '=Lee', 3, 'old', 0), (4, 'gone', 4, NULL, 1);
INSERT INTO polls (id, title, description, multiple, hidden, is_active, ends_at, created_at, created_by, kind, named,
	points, explanation, key) VALUES
	(1, 'choice', '', 1, 0, 1, NULL, 1, 1, 'choice', 1, 2, 'because', ''),
	(2, 'number', '', 0, 0, 1, 5000, 1, 1, 'number', 1, 1, '', '{"value":10,"tolerance":0.5}'),
	(3, 'words', '', 0, 0, 1, NULL, 1, 1, 'text', 1, 4, '', '["three way  handshake"]'),
	(4, 'of Lee', '', 0, 0, 1, NULL, 1, 3, 'choice', 0, 0, '', ''),
	(5, 'of Kim', '', 0, 0, 1, NULL, 1, 2, 'choice', 1, 50, '', ''),
	(6, 'secret', '', 0, 0, 1, NULL, 1, 1, 'choice', 0, 0, '', '');
INSERT INTO options (id, poll_id, position, text, correct) VALUES (1, 1, 0, 'a', 1), (2, 1, 1, 'b', 1),
	(3, 1, 2, '=c', 0),
	(4, 4, 0, 'd', 0), (5, 4, 1, 'e', 0), (6, 5, 0, 'f', 1), (7, 5, 1, 'g', 0), (8, 6, 0, 'h', 0), (9, 6, 1, 'i', 0);
INSERT INTO plan VALUES (2, 1), (1, 0), (3, 2), (4, 3);
INSERT INTO votes VALUES (1, 2, 1, 9), (1, 2, 2, 9), (1, 3, 1, 9), (1, 1, 1, 9), (1, 1, 2, 9), (4, 2, 4, 9),
	(5, 2, 6, 9), (6, 2, 8, 9), (1, 4, 1, 9);
INSERT INTO answers VALUES (2, 2, '10.5', '10.5', 10.5, 9), (2, 3, '10.51', '10.51', 10.51, 9),
	(3, 2, 'Four', 'four', NULL, 9), (3, 3, 'THREE  way handshake', 'three way handshake', NULL, 9);
INSERT INTO messages VALUES (1, 'message', 2, '+1', 9), (2, 'message', 1, 'hello', 9);
INSERT INTO memos VALUES (1, 1, 5, 'of Han', 9, 9), (2, 2, 1, 'of Kim', 9, 9);
INSERT INTO files VALUES ('han.txt', 'v1', '', 1), ('kim.txt', 'v2', '', 2);
INSERT INTO roster VALUES ('kim', 'Kim', '12', 0, 2), ('park', 'Park', NULL, 1, NULL);
INSERT INTO events VALUES (7, 'x', 0, '{}', 9);
UPDATE class SET current = 1, title = 'Networks';
UPDATE polls SET is_active = 0 WHERE id = 1;
UPDATE polls SET rounds = '[{"voters":3,"options":[
	{"id":4,"votes":3,"percentage":100},{"id":5,"votes":0,"percentage":0}]}]'
	WHERE id = 4;`

func opened(t *testing.T) *groupcommit.DB {
	t.Helper()
	schema, err := os.ReadFile("../schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "pollwire.db")
	db, err := groupcommit.Open(path, groupcommit.Config{Schema: string(schema) + lesson})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// points is what the scores say, in short.
func points(s scores) string {
	var b strings.Builder
	for _, s := range s.Scores {
		fmt.Fprintf(&b, "%s %d of %d right, %d points; ", s.User.Nickname, s.Right, s.Answered, s.Points)
	}
	return fmt.Sprintf("%sof %d", b.String(), s.Of)
}

// What is right gets points, in the polls of the plan and of teachers; before a poll is closed only the teacher knows.
func TestScores(t *testing.T) {
	db := opened(t)
	for _, tt := range []struct {
		name string
		at   millis
		open bool
		want string
	}{
		{"for the teacher", 1000, true, "=Lee 1 of 3 right, 4 points; Kim 2 of 3 right, 3 points; of 7"},
		{"for everybody", 1000, false, "Kim 1 of 1 right, 2 points; =Lee 0 of 1 right, 0 points; of 2"},
		{"when the time of the second is over", 5000, false,
			"Kim 2 of 2 right, 3 points; =Lee 0 of 2 right, 0 points; of 3"},
	} {
		got, until, err := readScores(t.Context(), db.Readers(), tt.at, tt.open)
		if points(got) != tt.want || err != nil {
			t.Errorf("%s: %s, %v, want %s", tt.name, points(got), err, tt.want)
		}
		if tt.at < 5000 && until != 5000 {
			t.Errorf("%s: they hold until %d, want 5000", tt.name, until)
		}
	}
}

// What everybody sees is reckoned once, and anew when something has changed.
func TestScoresAreReckonedOnce(t *testing.T) {
	c := &Class{Config: Config{DB: opened(t)}}
	ask := func(at millis, want string) {
		t.Helper()
		if got, err := c.closedScores(t.Context(), at); points(got) != want || err != nil {
			t.Errorf("at %d: %s, %v, want %s", at, points(got), err, want)
		}
	}
	ask(1000, "Kim 1 of 1 right, 2 points; =Lee 0 of 1 right, 0 points; of 2")
	c.scores.scores.Of = 99 // to see whether it is reckoned
	ask(1001, "Kim 1 of 1 right, 2 points; =Lee 0 of 1 right, 0 points; of 99")
	ask(5000, "Kim 2 of 2 right, 3 points; =Lee 0 of 2 right, 0 points; of 3")
	if err := c.DB.Do(t.Context(), "UPDATE users SET nickname = 'Lee' WHERE id = 3"); err != nil {
		t.Fatal(err)
	}
	ask(5001, "Kim 2 of 2 right, 3 points; Lee 0 of 2 right, 0 points; of 3")
}

// unzipped returns what is in a file, by the names.
func unzipped(t *testing.T, body []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		texts[f.Name] = string(text)
	}
	return texts
}

func TestExport(t *testing.T) {
	db := opened(t)
	var e *export
	err := db.Snapshot(t.Context(), func(q *groupcommit.Reader) (err error) {
		e, err = readExport(t.Context(), q, 1000)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	e.exercises = [][]string{{"user_id", "exercise", "best"}, {"2", "=tcp", "7"}} // somebody else's table
	body, err := e.zip(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	texts := unzipped(t, body)
	for name, rows := range map[string][]string{
		"polls.csv": {
			"1|1|choice||choice|closed|1|1|2|Han|T|1|4|a|1|4||because",
			"1|1|choice||choice|closed|1|1|2|Han|T|1|4|b|1|2||because",
			"1|1|choice||choice|closed|1|1|2|Han|T|1|4|'=c|0|0||because",
			`2|2|number||number|open|0|1|1|Han|T|1|2|10.5|1|1|10 ± 0.5|`,
			`2|2|number||number|open|0|1|1|Han|T|1|2|10.51|0|1|10 ± 0.5|`,
			`3|3|words||text|open|0|1|4|Han|T|1|2|Four|0|1|three way  handshake|`,
			`3|3|words||text|open|0|1|4|Han|T|1|2|THREE  way handshake|1|1|three way  handshake|`,
			"4|4|of Lee||choice|open|0|0|0|'=Lee|T|1|3|d||3||", "4|4|of Lee||choice|open|0|0|0|'=Lee|T|1|3|e||0||",
			"4|4|of Lee||choice|open|0|0|0|'=Lee|T|2|1|d||1||", "4|4|of Lee||choice|open|0|0|0|'=Lee|T|2|1|e||0||",
			"5||of Kim||choice|open|0|1|50|Kim|T|1|1|f|1|1||", "5||of Kim||choice|open|0|1|50|Kim|T|1|1|g|0|0||",
			"6||secret||choice|open|0|0|0|Han|T|1|1|h||1||", "6||secret||choice|open|0|0|0|Han|T|1|1|i||0||",
		},
		"ballots.csv": {"1|choice|1|Han|a | b|1|T", "1|choice|2|Kim|a | b|1|T", "1|choice|3|'=Lee|a|0|T",
			"1|choice|4|gone|a|0|T", "2|number|2|Kim|10.5|1|T", "2|number|3|'=Lee|10.51|0|T", "3|words|2|Kim|Four|0|T",
			"3|words|3|'=Lee|THREE  way handshake|1|T", "5|of Kim|2|Kim|f|1|T"},
		"scores.csv": {"3|'=Lee|4|1|3|7", "2|Kim|3|2|3|7"},
		"people.csv": {"1|Han||teacher||T||0|0|1|1", "2|Kim||student|Kim|T||0|0|6|1", "3|'=Lee||student||T||0|0|3|0",
			"4|gone||student||T||0|1|1|0"},
		"chat.csv":      {"1|T|2|Kim|'+1", "2|T|1|Han|hello"},
		"exercises.csv": {"2|'=tcp|7"},
	} {
		wantTable(t, name, texts[name], rows)
	}
	if !strings.Contains(texts["plan.json"], `"text": "=c"`) || strings.Contains(texts["plan.json"], "of Kim") {
		t.Errorf("plan.json = %s", texts["plan.json"])
	}
	for name, text := range texts {
		heading, _, _ := strings.Cut(strings.TrimPrefix(text, "\ufeff"), "\r\n")
		for _, column := range strings.Split(heading, ",") {
			if strings.HasSuffix(name, ".csv") && !strings.Contains(texts["README.txt"], column) {
				t.Errorf("README.txt does not explain %s of %s", column, name)
			}
		}
	}
}

// wantTable holds a table against lines in which | stands between cells and T for any moment.
func wantTable(t *testing.T, name, text string, want []string) {
	t.Helper()
	if !strings.HasPrefix(text, "\ufeff") || !strings.HasSuffix(text, "\r\n") {
		t.Errorf("%s = %q, want a mark at its beginning and CR LF", name, text)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%s: %v", name, err)
	}
	var got []string
	for _, row := range rows[1:] {
		for i, cell := range row {
			if _, err := time.Parse("2006-01-02 15:04:05", cell); err == nil {
				row[i] = "T"
			}
		}
		got = append(got, strings.Join(row, "|"))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Of each table, what is left of it.
func left(t *testing.T, db *groupcommit.DB) string {
	t.Helper()
	var b strings.Builder
	for _, q := range []string{"SELECT 'users ' || group_concat(nickname) FROM users",
		`SELECT 'polls ' || group_concat(title || ' ' || draft || is_active || voters || ' ' || coalesce(ends_at, '-') ||
			rounds || ' by ' || created_by) FROM (SELECT * FROM polls JOIN turnout ON poll_id = id ORDER BY id)`,
		"SELECT 'options ' || count(*) || ' ' || sum(votes) || ' ' || sum(correct) FROM options",
		"SELECT 'ballots ' || count(*) FROM ballots", "SELECT 'messages ' || count(*) FROM messages",
		"SELECT 'memos ' || group_concat(content || ' ' || coalesce(poll_id, '-')) FROM memos",
		"SELECT 'files ' || group_concat(name) FROM files",
		"SELECT 'going ' || coalesce(group_concat(name), '') FROM files_to_delete",
		"SELECT 'roster ' || group_concat(name || coalesce(user_id, '')) FROM roster",
		"SELECT 'class ' || title || coalesce(current, '') FROM class",
		"SELECT 'plan ' || coalesce(group_concat(poll_id), '') FROM (SELECT * FROM plan ORDER BY position)"} {
		text, err := groupcommit.Value[*string](context.Background(), db.Readers(), q)
		if err != nil {
			t.Fatal(err)
		}
		if text != nil {
			b.WriteString(*text + "; ")
		}
	}
	return b.String()
}

func TestANewClass(t *testing.T) {
	for _, tt := range []struct {
		name  string
		stays Renewal
		want  string
	}{
		{"with the plan", Renewal{KeepPlan: true, By: 1}, "users Han; polls choice 100 - by 1,number 100 - by 1," +
			"words 100 - by 1,of Lee 100 - by 1; options 5 0 2; ballots 0; messages 0; memos of Han -; files han.txt; " +
			"going kim.txt; roster Kim,Park; class Networks; plan 1,2,3,4; "},
		{"without it, and with files", Renewal{KeepFiles: true}, "users Han; ballots 0; messages 0; " +
			"memos of Han -; files han.txt; going ; roster Kim,Park; class Networks; plan ; "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := opened(t)
			before := left(t, db)
			var removed []files.Version
			path, err := RenewAtRest(t.Context(), db, tt.stays, func(_ context.Context, v []files.Version) error {
				removed = v
				if got := left(t, db); got != tt.want {
					t.Errorf("before files are removed: %s\nwant %s", got, tt.want)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := left(t, db), strings.Replace(tt.want, "going kim.txt", "going ", 1); got != want {
				t.Errorf("left is %s\nwant %s", got, want)
			}
			if fmt.Sprint(removed) != map[bool]string{true: "[]", false: "[{kim.txt v2}]"}[tt.stays.KeepFiles] {
				t.Errorf("removed are %v", removed)
			}
			c, err := groupcommit.Open(path, groupcommit.Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if got := left(t, c); got != before {
				t.Errorf("the copy is %s\nwant %s", got, before)
			}
		})
	}
}

// Where no teacher is left, polls of the plan that students made go to one who is made for them.
func TestANewClassWithoutATeacher(t *testing.T) {
	db := opened(t)
	err := db.Do(t.Context(), "UPDATE server SET teacher_mark = 'new'")
	if err == nil {
		remove := func(context.Context, []files.Version) error { return nil }
		_, err = RenewAtRest(t.Context(), db, Renewal{KeepPlan: true}, remove)
	}
	if got := left(t, db); err != nil || !strings.HasPrefix(got, "users Teacher; polls choice 100 - by 5,") {
		t.Errorf("left is %s, %v", got, err)
	}
	if seq, err := groupcommit.Value[int64](t.Context(), db.Readers(), "SELECT seq FROM server"); seq != 1 || err != nil {
		t.Errorf("the last event was %d, %v, want one that nobody has", seq, err)
	}
}
