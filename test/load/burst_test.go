package load

// A whole school at once: many sockets, many votes.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pollwire/test/rig"
)

func TestAThousandSocketsHearEveryMessage(t *testing.T) {
	const sockets, speakers, each = 1000, 10, 10
	r := rig.Spawn(t, t.TempDir())
	all := r.Crowd(t, sockets)
	for i := range speakers {
		all = append(all, r.RawDial(t, "?token="+r.Guest(fmt.Sprint("Kim ", i)).AccessToken))
	}
	for i, w := range all[sockets:] {
		for n := range each { // without waiting
			w.Send(rig.Masked(rig.FinText, fmt.Sprintf(`{"event":"chat:message","data":{"message":"%d of %d"}}`, n, i)))
		}
	}
	heard := make([][]string, len(all))
	if err := rig.Together(len(all), func(i int) (err error) {
		heard[i], err = all[i].Chat(speakers * each)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for i := range heard {
		if !slices.Equal(heard[i], heard[0]) {
			t.Fatalf("socket %d heard\n%q\nthe first\n%q", i, heard[i], heard[0])
		}
	}
	var lastSeq, lastID int64
	next := make([]int, speakers)
	for _, text := range heard[0] {
		var e struct {
			Data struct {
				ID      int64
				Message string
			}
			Seq int64
		}
		var n, speaker int
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if _, err := fmt.Sscanf(e.Data.Message, "%d of %d", &n, &speaker); err != nil || n != next[speaker] ||
			e.Seq <= lastSeq || e.Data.ID <= lastID {
			t.Fatalf("%s came behind seq %d and id %d, want message %d of speaker %d", text, lastSeq, lastID, next[speaker],
				speaker)
		}
		next[speaker]++
		lastSeq, lastID = e.Seq, e.Data.ID
	}
	for i, w := range all { // and nothing more
		w.Send(rig.Masked(rig.FinPing, "more?"))
		if first, payload, err := w.Frame(); rig.InWords(first, payload) != "pong more?" {
			t.Fatalf("behind all messages socket %d heard %s, %v, want nothing", i, rig.InWords(first, payload), err)
		}
	}
}

// A ballot here is a number: option i counts 2^i. Each person counts up, so the sum of all ballots only ever rises,
// and a tally whose sum is smaller than the one before is a stale one.
func (r tallyJSON) sum() (sum int64) {
	for i, o := range r.Options {
		sum += *o.Votes << i
	}
	return sum
}

type tallyJSON struct {
	PollID     int64 `json:"poll_id"`
	TotalVotes int64 `json:"total_votes"`
	Voters     int64
	Options    []struct {
		ID    int64
		Votes *int64
	}
	MyVote []int64 `json:"my_vote"`
}

// behind tells what is wrong with a tally that comes after another one.
func (r tallyJSON) behind(old tallyJSON) error {
	total := int64(0)
	for _, o := range r.Options {
		total += *o.Votes
	}
	if r.sum() < old.sum() || r.Voters < old.Voters || total != r.TotalVotes {
		return fmt.Errorf("a tally of sum %d, %d voters, total %d (options: %d) behind one of sum %d, %d voters", r.sum(),
			r.Voters, r.TotalVotes, total, old.sum(), old.Voters)
	}
	return nil
}

func TestTwoThousandVotes(t *testing.T) {
	const voters, each = 200, 10
	r := rig.Spawn(t, t.TempDir())
	p := r.NewPoll(r.Guest("Kim").AccessToken, rig.Object{"options": strings.Split("abcdefgh", ""), "multiple": true})
	due := tallyJSON{Voters: voters}
	due.Options = make([]struct {
		ID    int64
		Votes *int64
	}, 8)
	for i := range due.Options {
		due.Options[i].Votes = new(int64)
	}
	ballot := func(voter, n int) (ids []int64) {
		for i, o := range p.Options {
			if (voter+n+1)>>i&1 == 1 {
				ids = append(ids, o.ID)
			}
		}
		return ids
	}
	tokens := make([]string, voters)
	for v := range tokens {
		tokens[v] = r.Guest(fmt.Sprint("Lee ", v)).AccessToken
		for i := range due.Options {
			if slices.Contains(ballot(v, each-1), p.Options[i].ID) {
				*due.Options[i].Votes++
				due.TotalVotes++
			}
		}
	}
	listeners := r.Crowd(t, 3)
	results := make([]int, len(listeners))
	began := time.Now()
	var listening sync.WaitGroup
	for i, w := range listeners {
		listening.Go(func() {
			results[i] = listen(t, w, due)
		})
	}
	if err := rig.Together(voters, func(v int) error {
		vote := votesByHTTP
		if v%2 == 1 {
			vote = votesBySocket
		}
		var last tallyJSON
		return vote(t, r.Rig, tokens[v], p.ID, each, func(n int) []int64 { return ballot(v, n) },
			func(n int, answer tallyJSON) error {
				defer func() { last = answer }()
				if !slices.Equal(answer.MyVote, ballot(v, n)) {
					return fmt.Errorf("ballot %d of voter %d was acknowledged with %v, want %v", n, v, answer.MyVote, ballot(v, n))
				}
				return answer.behind(last)
			})
	}); err != nil {
		t.Error(err)
	}
	listening.Wait()
	took := time.Since(began)
	for i, n := range results {
		if n == 0 || n > int(took/(50*time.Millisecond))+2 {
			t.Errorf("listener %d got %d results in %v, want at least one and at most one in 50 ms", i, n, took)
		}
	}
	t.Logf("%d votes in %v were told in %d results", voters*each, took, results[0])
	got := rig.Want[tallyJSON](r, 200, "GET", fmt.Sprintf("/api/polls/%d", p.ID), tokens[7], nil)
	if got.Voters != voters || got.TotalVotes != due.TotalVotes || !slices.Equal(got.MyVote, ballot(7, each-1)) {
		t.Errorf("GET after all votes = %+v, want %d voters, %d votes, mine %v", got, voters, due.TotalVotes,
			ballot(7, each-1))
	}
	for i, o := range got.Options {
		if *o.Votes != *due.Options[i].Votes {
			t.Errorf("option %d has %d votes, want %d", i, *o.Votes, *due.Options[i].Votes)
		}
	}
	for _, w := range listeners {
		noOther(t, w, due)
	}
}

// listen reads results until it has the last one, and tells how many there were. None may be older than the one before.
func listen(t *testing.T, w *rig.Wire, due tallyJSON) (results int) {
	var last tallyJSON
	for last.sum() < due.sum() {
		var e struct {
			Event string
			Data  tallyJSON
		}
		_, payload, err := w.Frame()
		if err == nil {
			err = json.Unmarshal(payload, &e)
		}
		if err == nil && e.Event == "vote:result" {
			results++
			err = e.Data.behind(last)
			last = e.Data
		}
		if err != nil {
			t.Errorf("a listener: %v, behind %d results", err, results)
			return results
		}
	}
	if last.Voters != due.Voters || last.TotalVotes != due.TotalVotes {
		t.Errorf("the last result is %+v, want %d voters and %d votes", last, due.Voters, due.TotalVotes)
	}
	return results
}

// noOther checks that behind the last result there is no other, though the same may be told again.
func noOther(t *testing.T, w *rig.Wire, due tallyJSON) {
	t.Helper()
	w.Send(rig.Masked(rig.FinPing, "more?"))
	for said := ""; said != "pong more?"; {
		first, payload, err := w.Frame()
		var e struct {
			Event string
			Data  tallyJSON
		}
		if said = rig.InWords(first, payload); err != nil || json.Unmarshal(payload, &e) == nil &&
			e.Event == "vote:result" && e.Data.sum() != due.sum() {
			t.Fatalf("behind the last result a listener heard %s, %v, want no other", payload, err)
		}
	}
}

// votesByHTTP casts n ballots, one after the other on one connection.
func votesByHTTP(t testing.TB, r *rig.Rig, token string, poll int64, n int, ballot func(int) []int64,
	check func(int, tallyJSON) error) error {
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.API, "http://"))
	if err != nil {
		return err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(3 * rig.Patience))
	in := bufio.NewReader(conn)
	for i := range n {
		body, err := json.Marshal(rig.Object{"option_ids": ballot(i)})
		if err != nil {
			return err
		}
		fmt.Fprintf(conn, "POST /api/polls/%d/vote HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: "+
			"application/json\r\nContent-Length: %d\r\n\r\n%s",
			poll, token, len(body), body)
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		var answer tallyJSON
		err = json.NewDecoder(resp.Body).Decode(&answer)
		if resp.StatusCode != 200 || err != nil {
			return fmt.Errorf("vote %d over HTTP = %s, %v, want 200", i, resp.Status, err)
		}
		resp.Body.Close()
		if err := check(i, answer); err != nil {
			return err
		}
	}
	return nil
}

// votesBySocket casts n ballots, one after the other over one socket.
func votesBySocket(t testing.TB, r *rig.Rig, token string, poll int64, n int, ballot func(int) []int64,
	check func(int, tallyJSON) error) error {
	w := r.ConnectRaw(t, "?token="+token)
	defer w.Close()
	w.SetDeadline(time.Now().Add(3 * rig.Patience))
	for i := range n {
		message, err := json.Marshal(rig.Object{"event": "vote:cast", "id": i,
			"data": rig.Object{"poll_id": poll, "option_ids": ballot(i)}})
		if err != nil {
			return err
		}
		w.Send(rig.Masked(rig.FinText, string(message)))
		var e struct {
			Event string
			ID    json.Number
			Data  tallyJSON
		}
		for e.ID.String() != strconv.Itoa(i) {
			_, payload, err := w.Frame()
			if err != nil {
				return err
			}
			if bytes.HasPrefix(payload, []byte(`{"event":"error"`)) {
				return fmt.Errorf("vote %d over a socket: %s, want an ack", i, payload)
			}
			if bytes.HasPrefix(payload, []byte(`{"event":"ack"`)) {
				if err := json.Unmarshal(payload, &e); err != nil {
					return fmt.Errorf("vote %d over a socket: %s, %w", i, payload, err)
				}
			}
		}
		if err := check(i, e.Data); err != nil {
			return err
		}
	}
	return nil
}
