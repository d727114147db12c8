package lessons

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"pollwire/lab/netbox"
	"pollwire/ops/desktop"
	"pollwire/ops/settings"
)

const usage = `Usage: pollwire lab                      lists the lessons
       pollwire lab NAME... [flags]      plays them
       pollwire lab all [flags]          plays all
       pollwire lab kit [FOLDER] [flags] writes a profile and a dissector for Wireshark
       pollwire lab check FILE           says what a capture shows, and what it lacks
       pollwire lab plot FILE            draws a TCP connection of a capture, as SVG and in small
       pollwire lab sheets FOLDER        writes sheets for handing out, with answers for who teaches
       pollwire lab NAME -run CODE       plays your run of an exercise: make the traffic that it asks for
       pollwire lab hand-in CODE FILE field=value...   hands in your capture and answers
       pollwire lab record FOLDER [NAME...] records ready captures, for who can't play
       pollwire lab sandbox FILE [-- HOST COMMAND...]  a network to play in, with a prompt or one command
       pollwire lab browser [-- FLAG...] tells how Chrome or Edge speaks HTTP/3 to a server; -start starts it
       pollwire lab apparmor             prints a profile with which AppArmor lets it make networks

A lesson says where to look: copy its filters. With -quiet it only says what it does, for a sheet that
is marked; an exercise is played so by itself. -answers is for who teaches: it wants the teacher key in
the folder -data, or the -token of a teacher.

A lesson is played against the server at -url, by default the one on this computer. Where none is
running there it starts one itself, with a temporary database. Lessons about networks bring
their own: on Linux, without the rights of an administrator. The FILE of a sandbox says, a part a line:

  host a b                                      computers
  router r                                      computers that pass on what is for others
  switch s
  link a 10.0.1.1/24  r 10.0.1.254/24  delay 20ms loss 1%
  link r 10.0.2.254/24  s                       also: jitter 5ms, rate 8M, queue 20, double 1%,
  link b 10.0.2.1/24  s                         reorder 1%, mtu 1400
  route a 10.9.0.0/16 via 10.0.1.254            by hand; otherwise hosts find their ways

`

// maxPace is the longest time between two steps. Some steps make a connection that is used in the next one only, and
// the server waits 10 s for what it begins with. Other limits of the server are further off: all lessons were played at
// this pace, and kept their promises.
const maxPace = 9 * time.Second

// options are what can be set on the command line.
type options struct {
	url, lang, captureReal, capture, keyLog  string
	pace                                     time.Duration
	answers, json, own, net, ready, loopback bool
	quiet, start                             bool
	data                                     string
	stream                                   int
	svg                                      string
	transfers                                Transfers
	captures, from                           string
	seed                                     uint64
	runCode, token                           string
	names                                    []string
	command                                  []string // behind --
	given                                    []string // the flags that were given, for the program's second self
}

func (o *options) flags() *flag.FlagSet {
	f := flag.NewFlagSet("pollwire lab", flag.ContinueOnError)
	f.SetOutput(io.Discard) // Run prints errors itself, in one line
	f.StringVar(&o.url, "url", "", "`URL` of the server's API (default "+defaultURL+")")
	f.BoolVar(&o.own, "own", false, "start a server for the lesson even where one is running")
	f.DurationVar(&o.pace, "pace", time.Second, "the `time` between two steps: 0, 500ms, 3s; at most "+maxPace.String())
	f.BoolVar(&o.quiet, "quiet", false, "say what is done, in words: no filter, and nothing that a question asks for")
	f.BoolVar(&o.answers, "answers", false, "print the answers to the questions, with the numbers of this run: for who "+
		"teaches")
	f.StringVar(&o.data, "data", cmp.Or(os.Getenv("POLLWIRE_DATA"), "pollwire-data"),
		"the `folder` with the teacher key, for -answers")
	f.BoolVar(&o.json, "json", false, "print one JSON object a line, for programs")
	f.StringVar(&o.lang, "lang", desktop.Language(), "`ko` or en (default: that of the system)")
	f.StringVar(&o.capture, "capture", "", "write what the server saw into `FILE`, a pcapng")
	f.StringVar(&o.captureReal, "capture-real", "", "let dumpcap, a part of Wireshark, write the packets into `FILE`")
	f.BoolVar(&o.net, "net", false, "play it between two hosts of a network in this program (Linux), which captures it")
	f.BoolVar(&o.ready, "ready", false, "do not play: write a recorded run, its captures and its sheet, into that folder")
	f.StringVar(&o.from, "from", "",
		"the `folder` of recorded runs (default: captures beside the program, or "+readyFolder+")")
	f.StringVar(&o.captures, "captures", DefaultCaptures,
		"the `folder` into which networks write a pcapng for each host")
	f.Uint64Var(&o.seed, "seed", 1, "a `number` that decides what such a network loses by chance")
	f.IntVar(&o.stream, "stream", -1, "the `number` of the connection to plot, as tcp.stream (default: the largest)")
	f.StringVar(&o.svg, "svg", "", "the `FILE` into which plot draws (default: after the capture)")
	f.StringVar(&o.runCode, "run", "", "play the tasks of the run with this `CODE`")
	f.StringVar(&o.token, "token", os.Getenv("POLLWIRE_TOKEN"),
		"your `token`, for hand-in and for -answers (default: POLLWIRE_TOKEN)")
	f.BoolVar(&o.loopback, "loopback", false, "play rdt over loopback even where it could have a network of its own")
	f.IntVar(&o.transfers.Window, "window", usualTransfers.Window, "how many `packets` rdt may have under way: 1 to 32")
	f.Float64Var(&o.transfers.Loss, "loss", usualTransfers.Loss, "the `part` of all packets that rdt loses: 0 to 0.5")
	f.BoolVar(&o.start, "start", false, "let browser start one, and wait for its end")
	f.StringVar(&o.keyLog, "keylog", cmp.Or(os.Getenv("SSLKEYLOGFILE"), DefaultKeyLog),
		"the `file` to which lessons with TLS append its secrets, and in which the kit lets Wireshark look for them")
	return f
}

// parse reads the command line. Names and flags may stand in any order: pollwire lab http -pace 0.
func (o *options) parse(args []string) error {
	f := o.flags()
	if i := slices.Index(args, "--"); i >= 0 {
		args, o.command = args[:i], args[i+1:]
	}
	for len(args) > 0 {
		if err := f.Parse(args); err != nil {
			return err
		}
		if args = f.Args(); len(args) > 0 {
			o.names, args = append(o.names, args[0]), args[1:]
		}
	}
	f.Visit(func(set *flag.Flag) { o.given = append(o.given, "-"+set.Name+"="+set.Value.String()) })
	switch {
	case o.lang != "ko" && o.lang != "en":
		return fmt.Errorf("-lang %s: must be ko or en", o.lang)
	case o.pace < 0 || o.pace > maxPace:
		return fmt.Errorf(
			"-pace %v: must be from 0 to %v: a server closes a connection that brings no request for 10s", o.pace, maxPace)
	case o.transfers.Window < 1 || o.transfers.Window > 32:
		return fmt.Errorf("-window %d: must be from 1 to 32", o.transfers.Window)
	case !(o.transfers.Loss >= 0 && o.transfers.Loss <= 0.5): // NaN is neither
		return fmt.Errorf("-loss %v: must be from 0 to 0.5", o.transfers.Loss)
	case o.own && o.url != "":
		return errors.New("-own and -url: one or the other")
	}
	return nil
}

// Run is `pollwire lab`; it returns the exit status.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer, newServer Start) int {
	var o options
	err := o.parse(args)
	if errors.Is(err, flag.ErrHelp) {
		settings.Help(stdout, usage, o.flags())
		return 0
	}
	if err == nil {
		err = o.run(ctx, stdout, newServer)
	}
	if ctx.Err() != nil {
		return 0 // Ctrl-C is how one leaves
	}
	if err != nil {
		for l := range strings.SplitSeq(err.Error(), "\n") {
			if l != errTold.Error() {
				fmt.Fprintln(stderr, "pollwire lab:", l)
			}
		}
		return 1
	}
	return 0
}

func (o *options) run(ctx context.Context, stdout io.Writer, newServer Start) error {
	if len(o.names) == 0 {
		o.list(stdout)
		return nil
	}
	if o.runCode != "" {
		return o.playRun(ctx, stdout)
	}
	switch o.names[0] {
	case "hand-in":
		return o.handIn(ctx, stdout, o.names[1:])
	case "kit":
		return o.kit(ctx, stdout, o.names[1:])
	case "plot":
		return o.plot(ctx, stdout, o.names[1:])
	case "check":
		return o.check(ctx, stdout, o.names[1:])
	case "sheets", "record":
		return o.make(ctx, stdout, newServer)
	case "browser":
		return o.browser(ctx, stdout)
	case "apparmor":
		return profile(stdout)
	case "sandbox":
		return o.sandbox(ctx, stdout)
	}
	wanted, err := choose(o.names)
	if err != nil {
		return err
	}
	if err := o.mayHaveAnswers(ctx); err != nil {
		return err
	}
	if o.ready {
		return o.offer(ctx, wanted, stdout)
	}
	return o.playChosen(ctx, stdout, wanted, newServer)
}

// make writes what is made of lessons, all of which have to be played for it.
func (o *options) make(ctx context.Context, stdout io.Writer, newServer Start) error {
	sheets := o.names[0] == "sheets"
	if len(o.names) < 2 || sheets && len(o.names) > 2 {
		return fmt.Errorf("%s: into which FOLDER?", o.names[0])
	}
	switch {
	case !netbox.Inside():
		return inBox(ctx, o.names)
	case sheets:
		return Sheets(ctx, newServer, o.names[1], stdout)
	}
	return recordAll(ctx, o.names[1], o.names[2:], newServer, stdout)
}

// playChosen plays lessons on a stage or in networks, as each of them wants it.
func (o *options) playChosen(ctx context.Context, stdout io.Writer, wanted []Lesson, newServer Start) (err error) {
	wanted, over := o.apart(wanted)
	if len(over) > 0 {
		if err = o.playOverLoopback(ctx, stdout, over, nil); err != nil || len(wanted) == 0 {
			return err
		}
	}
	inBox := func(l Lesson) bool { return l.Box || o.net }
	boxed := slices.DeleteFunc(slices.Clone(wanted), func(l Lesson) bool { return !inBox(l) })
	if err := o.ownCaptures(boxed); err != nil {
		return err
	}
	if wanted = slices.DeleteFunc(wanted, inBox); len(wanted) > 0 {
		err = o.playAll(ctx, stdout, wanted, newServer)
	}
	if len(boxed) > 0 && ctx.Err() == nil {
		err = errors.Join(err, o.playBoxed(ctx, boxed, stdout, newServer))
	}
	return err
}

// playAll plays lessons on a stage, captured if that is wanted.
func (o *options) playAll(ctx context.Context, stdout io.Writer, wanted []Lesson, newServer Start) error {
	if o.capture != "" {
		if err := showable(wanted); err != nil {
			return ofFlag("capture", err)
		}
	}
	st, stop, err := o.stage(ctx, wanted, newServer)
	if err != nil {
		return err
	}
	st.KeyLog = o.keyLog
	if err = st.Reserve(wanted); err == nil {
		err = o.captured(ctx, st, wanted, func() error { return o.play(ctx, st, wanted, stdout) })
	}
	return errors.Join(err, stop())
}

// choose finds lessons by their names.
func choose(names []string) (wanted []Lesson, err error) {
	all := All()
	for _, name := range names {
		i := slices.IndexFunc(all, func(l Lesson) bool { return l.Name == name })
		switch {
		case name == "all":
			wanted = append(wanted, all...)
		case i < 0:
			return nil, fmt.Errorf("no lesson %s; pollwire lab lists them", name)
		default:
			wanted = append(wanted, all[i])
		}
	}
	return wanted, nil
}

// list prints the names and titles.
func (o *options) list(w io.Writer) {
	before := ""
	for _, l := range All() {
		if title, _ := taughtIn(l.Name); !o.json && title.In(o.lang) != before {
			before = title.In(o.lang)
			fmt.Fprintln(w, before)
		}
		if o.json {
			(&jsonPrinter{w: w}).write(map[string]string{"lesson": l.Name, "title": l.Title.In(o.lang), "aim": l.Aim.In(o.lang)})
		} else {
			fmt.Fprintf(w, "  %-12s %s\n", l.Name, l.Title.In(o.lang))
		}
	}
	if !o.json {
		fmt.Fprintf(w, "\n  %s\n",
			Text{"pollwire lab NAME plays one, pollwire lab all plays all, pollwire lab -h tells more.",
				"pollwire lab 이름 으로 하나를, pollwire lab all 로 전부를 실행합니다. 자세한 것은 pollwire " +
					"lab -h 를 보세요."}.In(o.lang))
	}
}

// stage finds a server or starts one.
func (o *options) stage(ctx context.Context, wanted []Lesson, newServer Start) (*Stage, func() error, error) {
	if !o.own {
		url := o.url
		if url == "" {
			url = defaultURL
		}
		st, err := Find(ctx, url)
		if err == nil || o.url != "" || !errors.Is(err, errNobody) {
			return st, func() error { return nil }, err
		}
	}
	host := "127.0.0.1"
	if slices.ContainsFunc(wanted, func(l Lesson) bool { return l.IPv6 }) {
		host = ""
	}
	return start(host, newServer)
}

// play plays one after the other.
func (o *options) play(ctx context.Context, st *Stage, wanted []Lesson, w io.Writer) error {
	return each(ctx, wanted, func(l Lesson) error { return o.playOne(ctx, st, l, w) })
}

// each does something with one lesson after the other. One that can't be played doesn't keep the others from it.
func each(ctx context.Context, wanted []Lesson, play func(Lesson) error) (err error) {
	for _, l := range wanted {
		failed := play(l)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if failed != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", l.Name, failed))
		}
	}
	return err
}

// teller is how events are told: to people, or to programs.
func (o *options) teller(w io.Writer, ownServer bool) func(Event) {
	tell := (&printer{w: w, lang: o.lang, answers: o.answers, own: ownServer}).tell
	if o.json {
		tell = (&jsonPrinter{w, o.lang, o.answers}).tell
	}
	if o.quiet {
		return quietly(tell)
	}
	return tell
}

func (o *options) playOne(ctx context.Context, st *Stage, l Lesson, w io.Writer) error {
	if service := st.lacks(l); service != "" {
		return fmt.Errorf("the server offers no %s", service)
	}
	tell := o.teller(w, st.Own)
	return Play(ctx, l, st, o.pace, func(e Event) {
		if e.Type == End {
			st.tellOtherwise(tell, l.Name)
		}
		tell(e)
		if what, lacks := missing(l); e.Type == Begin && o.capture != "" && lacks {
			tell(Event{Type: Unable, Lesson: l.Name, Text: what})
		}
	})
}
