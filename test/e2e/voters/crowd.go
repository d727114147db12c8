package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// crowd is what all voters have in common.
type crowd struct {
	url, api          string
	poll              int64
	n                 int
	lasts, pace, chat time.Duration
	// Not settings: tests change them.
	spread   time.Duration // they come one after the other, within this time
	patience time.Duration // for an answer of the server

	// Found out by run.
	origin  string    // of the page: a server may take no other
	options []int64   // of the poll
	until   time.Time // the end of the voting
}

// tally counts what happened to one voter, or to all of them.
type tally struct {
	Joined   int            `json:"joined"`
	Votes    int            `json:"votes"`    // acknowledged
	Messages int            `json:"messages"` // acknowledged
	Events   map[string]int `json:"events"`   // received, by name; without acks
	Errors   map[string]int `json:"errors"`   // "409 Conflict", or what was to be done
	Closed   map[string]int `json:"closed"`   // by the code of the server's close frame; 1006: there was none

	examples []string // of errors, in full
}

// report is what is printed in the end.
type report struct {
	Voters int `json:"voters"`
	tally
	Seconds float64 `json:"seconds"`
}

// maxExamples is how many errors are told in full: a thousand voters would have a thousand times the same to say.
const maxExamples = 5

func newTally() tally {
	return tally{Events: map[string]int{}, Errors: map[string]int{}, Closed: map[string]int{}}
}

// fail notes an error under a name that many may share.
func (t *tally) fail(name string, err error) {
	t.Errors[name]++
	if len(t.examples) < maxExamples {
		t.examples = append(t.examples, fmt.Sprintf("%s: %v", name, err))
	}
}

func (t *tally) add(one tally) {
	t.Joined += one.Joined
	t.Votes += one.Votes
	t.Messages += one.Messages
	for _, pair := range [][2]map[string]int{{t.Events, one.Events}, {t.Errors, one.Errors}, {t.Closed, one.Closed}} {
		for name, n := range pair[1] {
			pair[0][name] += n
		}
	}
	t.examples = append(t.examples, one.examples[:min(len(one.examples), maxExamples-len(t.examples))]...)
}

// run lets all voters in, waits until the last one has left, and returns what happened. The error is that of a server
// that could not even be asked for the poll.
func (c *crowd) run(ctx context.Context) (report, error) {
	began := time.Now()
	if err := c.find(ctx); err != nil {
		return report{}, err
	}
	c.until = time.Now().Add(c.spread + c.lasts)
	ctx, cancel := context.WithDeadline(ctx, c.until)
	defer cancel()
	all := make([]*voter, c.n)
	var voting, talking sync.WaitGroup
	for i := range all {
		v := newVoter(c, i)
		all[i] = v
		voting.Go(func() { v.live(ctx, c.spread*time.Duration(i)/time.Duration(c.n)) })
	}
	if c.chat > 0 {
		talking.Go(func() { c.talk(ctx, all) })
	}
	voting.Wait()
	cancel() // they may all have been thrown out early
	talking.Wait()
	sum := report{Voters: c.n, tally: newTally()}
	for _, v := range all {
		sum.add(v.tally)
	}
	sum.Seconds = time.Since(began).Round(100 * time.Millisecond).Seconds()
	return sum, nil
}

// talk asks one voter after the other, at random, to say something.
func (c *crowd) talk(ctx context.Context, all []*voter) {
	tick := time.NewTicker(c.chat)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		select {
		case all[rand.IntN(len(all))].say <- fmt.Sprintf("message %d", n):
		default: // it has not said the last one yet
		}
	}
}

// ---- the poll

// maxBody is the most that is read of an answer.
const maxBody = 1 << 20

// find learns what there is to vote for.
func (c *crowd) find(ctx context.Context) error {
	transport := &http.Transport{TLSClientConfig: anyCertificate, DisableKeepAlives: true}
	client := &http.Client{Transport: transport, Timeout: c.patience}
	c.origin = "http://localhost"
	if c.api == "" {
		if err := c.findAPI(ctx, client); err != nil {
			return fmt.Errorf("find the API: %w; -api can name it", err)
		}
	}
	var poll struct {
		Options  []struct{ ID int64 }
		IsActive bool `json:"is_active"`
	}
	if _, err := get(ctx, client, fmt.Sprintf("%s/api/polls/%d", strings.TrimSuffix(c.api, "/"), c.poll),
		&poll); err != nil {
		return err
	}
	if !poll.IsActive || len(poll.Options) == 0 {
		return fmt.Errorf("poll %d is closed", c.poll)
	}
	for _, o := range poll.Options {
		c.options = append(c.options, o.ID)
	}
	return nil
}

// findAPI goes from the sockets' port to the page, and from there to the API.
func (c *crowd) findAPI(ctx context.Context, client *http.Client) error {
	at, err := url.Parse(c.url)
	if err != nil {
		return err
	}
	root := &url.URL{Scheme: strings.Replace(at.Scheme, "ws", "http", 1), Host: at.Host, Path: "/"}
	page, err := get(ctx, client, root.String(), nil)
	if err != nil {
		return err
	}
	var places struct{ Ports map[string]string }
	if _, err := get(ctx, client, page.JoinPath("ports.json").String(), &places); err != nil {
		return err
	}
	c.origin = page.Scheme + "://" + page.Host
	root.Host = net.JoinHostPort(at.Hostname(), places.Ports["http"])
	c.api = root.String()
	return nil
}

// get reads JSON into v, unless that is nil, and returns where it was led to.
func get(ctx context.Context, client *http.Client, from string, v any) (*url.URL, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("GET %s: %s %.200s", from, resp.Status, body)
	}
	if err == nil && v != nil {
		err = json.Unmarshal(body, v)
	}
	return resp.Request.URL, err
}

var anyCertificate = &tls.Config{InsecureSkipVerify: true}
