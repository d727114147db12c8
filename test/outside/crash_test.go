package outside

// The program is killed while it is busy, again and again on the same database. What it has acknowledged must be there.

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pollwire/test/rig"
)

// deeds is what one person has done so far, and what of it was acknowledged.
type deeds struct {
	rig.Session
	said, noted map[string]int64 // texts of messages and memos, and the id that was acknowledged; 0: no answer came
	voted       int64            // the option acknowledged last, 0: none
	voting      int64            // the option of a vote that was sent behind that, and not answered
}

// act does one thing after the other until the server is gone. Each text is used once.
func (d *deeds) act(r *rig.Rig, round int, poll rig.Poll, acked chan<- bool) error {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	// post reports ok where the answer came whole, else that the server is gone.
	post := func(path string, body rig.Object) (id int64, ok bool, err error) {
		text, err := json.Marshal(body)
		if err != nil {
			return 0, false, err
		}
		req, err := http.NewRequest("POST", r.API+path, strings.NewReader(string(text)))
		if err != nil {
			return 0, false, err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+d.AccessToken)
		resp, err := client.Do(req)
		if err != nil {
			return 0, false, nil
		}
		defer resp.Body.Close()
		answer, err := io.ReadAll(resp.Body)
		if err != nil {
			return 0, false, nil
		}
		var out struct{ ID int64 }
		if err := json.Unmarshal(answer, &out); err != nil || resp.StatusCode/100 != 2 {
			return 0, false, fmt.Errorf("POST %s = %s %s, want 2xx", path, resp.Status, answer)
		}
		acked <- true
		return out.ID, true, nil
	}
	for n := 0; ; n++ {
		text := fmt.Sprintf("%s, round %d, number %d", d.User.Nickname, round, n)
		d.said[text], d.noted[text] = 0, 0
		id, ok, err := post("/api/chat/messages", rig.Object{"message": text})
		if d.said[text] = id; !ok {
			return err
		}
		d.voting = poll.Options[(round+n)%3].ID
		if _, ok, err = post(fmt.Sprintf("/api/polls/%d/vote", poll.ID), rig.Object{"option_id": d.voting}); !ok {
			return err
		}
		d.voted, d.voting = d.voting, 0
		id, ok, err = post("/api/memos", rig.Object{"content": text, "poll_id": poll.ID})
		if d.noted[text] = id; !ok {
			return err
		}
	}
}

func TestKilledTwentyTimes(t *testing.T) {
	const rounds, people, enough = 20, 12, 40
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, "pollwire.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var class []*deeds
	var poll rig.Poll
	all := 0
	for round := range rounds + 1 {
		p := rig.Spawn(t, dir)
		if round == 0 {
			for i := range people {
				class = append(class, &deeds{Session: p.Guest(fmt.Sprint("Kim ", i)), said: map[string]int64{},
					noted: map[string]int64{}})
			}
			poll = p.NewPoll(class[0].AccessToken)
		}
		for _, d := range class {
			checkDeeds(t, db, d, round)
		}
		checkFile(t, db)
		if t.Failed() {
			t.Fatalf("after kill %d", round)
		}
		if round == rounds {
			checkAnswers(t, p, class, poll)
			break
		}
		acked := make(chan bool, 100_000) // never full: nobody waits for the counter
		var burst sync.WaitGroup
		for _, d := range class {
			burst.Go(func() {
				if err := d.act(p.Rig, round, poll, acked); err != nil {
					t.Error(err)
				}
			})
		}
		for range enough + 5*round { // in the middle of the burst, each time at another place
			select {
			case <-acked:
			case err := <-p.Exited:
				t.Fatalf("the program ended by itself: %v, stderr: %s", err, p.Stderr)
			}
		}
		p.End(os.Kill)
		burst.Wait()
		all += enough + 5*round + len(acked)
	}
	t.Logf("%d acknowledged changes survived %d kills", all, rounds)
}

// checkDeeds compares what is stored with what one person was told, after a crash.
func checkDeeds(t testing.TB, db *sql.DB, d *deeds, round int) {
	t.Helper()
	stored := func(query string) map[string]int64 {
		list := map[string]int64{}
		rows, err := db.Query(query, d.User.ID)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var text string
			var id int64
			if err := rows.Scan(&text, &id); err != nil {
				t.Fatal(err)
			}
			if _, twice := list[text]; twice {
				t.Errorf("%q is stored twice", text)
			}
			list[text] = id
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		return list
	}
	compare := func(what string, told, found map[string]int64) {
		for text, id := range told {
			if got, ok := found[text]; id != 0 && got != id {
				t.Errorf("%s %d %q was acknowledged and is stored as %d (%t)", what, id, text, got, ok)
			}
		}
		for text := range found {
			if _, ok := told[text]; !ok {
				t.Errorf("%s %q is stored and was never sent", what, text)
			}
		}
		maps.Copy(told, found) // what was stored without an answer must stay, too
	}
	compare("message", d.said, stored("SELECT message, id FROM messages WHERE user_id = ?"))
	compare("memo", d.noted, stored("SELECT content, id FROM memos WHERE user_id = ?"))
	ballot := stored("SELECT 'vote ' || option_id, option_id FROM votes WHERE user_id = ?")
	var now int64
	for _, option := range ballot {
		now = option
	}
	if len(ballot) > 1 || now != d.voted && (d.voting == 0 || now != d.voting) {
		t.Errorf("%s voted for option %d, then perhaps for %d; stored is %v", d.User.Nickname, d.voted, d.voting, ballot)
	}
	d.voted, d.voting = now, 0
}

// checkFile asks SQLite whether the file is whole, and counts.
func checkFile(t testing.TB, db *sql.DB) {
	t.Helper()
	for query, due := range map[string]string{
		"SELECT group_concat(integrity_check) FROM pragma_integrity_check":                                  "ok",
		"SELECT count(*) FROM pragma_foreign_key_check":                                                     "0",
		"SELECT count(*) FROM options o WHERE votes <> (SELECT count(*) FROM votes WHERE option_id = o.id)": "0",
		"SELECT count(*) FROM turnout t WHERE voters <> " +
			"(SELECT count(DISTINCT user_id) FROM ballots b WHERE b.poll_id = t.poll_id)": "0",
	} {
		var got string
		if err := db.QueryRow(query).Scan(&got); err != nil || got != due {
			t.Errorf("%s = %s, %v, want %s", query, got, err, due)
		}
	}
}

// checkAnswers asks the restarted server for the result and for everybody's own vote.
func checkAnswers(t testing.TB, p *rig.Process, class []*deeds, poll rig.Poll) {
	t.Helper()
	votes := map[int64]int64{}
	path := fmt.Sprintf("/api/polls/%d", poll.ID)
	for _, d := range class {
		votes[d.voted]++
		if got := rig.Want[rig.Poll](p, 200, "GET", path, d.AccessToken, nil); len(got.MyVote) != 1 ||
			got.MyVote[0] != d.voted {
			t.Errorf("GET %s as %s: my_vote %v, want %d", path, d.User.Nickname, got.MyVote, d.voted)
		}
	}
	got := rig.Want[rig.Poll](p, 200, "GET", path, "", nil)
	for _, o := range got.Options {
		if *o.Votes != votes[o.ID] {
			t.Errorf("GET %s: option %d has %d votes, want %d", path, o.ID, *o.Votes, votes[o.ID])
		}
	}
	if got.TotalVotes != int64(len(class)) || got.Voters != int64(len(class)) {
		t.Errorf("GET %s: %d votes of %d voters, want %d", path, got.TotalVotes, got.Voters, len(class))
	}
}
