// Voters is a class at work: so many people join as guests over WebSockets (RFC 6455), vote at random again and again,
// chat now and then, hear what everybody hears, and leave.
//
//	go run ./test/e2e/voters -poll 7                                   30 voters for 10 s on this machine
//	go run ./test/e2e/voters -url ws://127.0.0.1:8001/ws -n 300 -poll 7 -for 30s -chat 2s
//
// It serves for rehearsing a lesson, for a look at a busy capture, and for finding out how many people a machine can
// bear. When all have left, it prints what happened, and exits with 1 if anything went wrong:
//
//	{"voters":300,"joined":300,"votes":2459,"messages":18,"events":{"chat:message_received":5131,"user:joined":45490,
//	 "user:left":39515,"users:online":300,"vote:result":48437},"errors":{},"closed":{"1000":300},"seconds":9.8}
//
// It needs the poll's options, and so the API. Where that is, it learns like a browser that was given the wrong port:
// the port of the sockets sends it to the page, and the page's /ports.json names the port of the API. -api spares it
// that.
//
// Supported: ws and wss; a wss server may have any certificate, since nothing that is sent here is a secret.
// Not supported: coming back after a lost connection; what a browser does is tested with browsers.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// Limits of what may be asked for: it is a rehearsal, and not a weapon.
const (
	maxVoters = 2000
	maxTime   = 2 * time.Minute
	minPace   = 10 * time.Millisecond
)

// run is the whole program; it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c := crowd{spread: 1500 * time.Millisecond, patience: 10 * time.Second}
	f := c.flags(stderr)
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if err := c.check(f.Args()); err != nil {
		fmt.Fprintln(stderr, "voters:", err)
		return 2
	}
	report, err := c.run(ctx)
	if err != nil {
		fmt.Fprintln(stderr, "voters:", err)
		return 1
	}
	for _, example := range report.examples {
		fmt.Fprintln(stderr, "voters:", example)
	}
	json.NewEncoder(stdout).Encode(report)
	if len(report.Errors) > 0 {
		return 1
	}
	return 0
}

func (c *crowd) flags(stderr io.Writer) *flag.FlagSet {
	f := flag.NewFlagSet("voters", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&c.url, "url", "ws://127.0.0.1:8001/ws", "where the sockets are")
	f.StringVar(&c.api, "api", "", "where the API is, such as http://127.0.0.1:8000 (default: as the page says)")
	f.Int64Var(&c.poll, "poll", 0, "the id of the poll")
	f.IntVar(&c.n, "n", 30, "how many voters, up to 2000")
	f.DurationVar(&c.lasts, "for", 10*time.Second, "how long they vote, up to 2m")
	f.DurationVar(&c.pace, "pace", time.Second, "from a vote to the next of the same voter, on average; 10ms or more")
	f.DurationVar(&c.chat, "chat", 0, "from a chat message to the next, of anybody; 10ms or more (default: no chat)")
	return f
}

// check holds the settings against the limits.
func (c *crowd) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("%q is too much: there are only flags", rest)
	case c.poll < 1:
		return errors.New("-poll: the id of an open poll is needed")
	case c.n < 1 || c.n > maxVoters:
		return fmt.Errorf("-n: must be from 1 to %d", maxVoters)
	case c.lasts <= 0 || c.lasts > maxTime:
		return fmt.Errorf("-for: must be above 0, and at most %v", maxTime)
	case c.pace < minPace:
		return fmt.Errorf("-pace: must be at least %v", minPace)
	case c.chat != 0 && c.chat < minPace:
		return fmt.Errorf("-chat: must be 0 or at least %v", minPace)
	}
	return nil
}
