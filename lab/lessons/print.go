package lessons

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// printer writes events for people.
type printer struct {
	w       io.Writer
	lang    string
	answers bool
	own     bool // the server is our own
	asked   int
	began   time.Time
}

const indent = "   "

// labels stand before what has a label, in a column of their own.
var labels = map[Type]Text{
	Connection: {"connection", "연결"},
	Filter:     {"filter", "표시 필터"},
	Setting:    {"Wireshark", "Wireshark"},
	Unable:     {"left out", "생략"},
	Note:       {"", ""},
}

func (p *printer) tell(e Event) {
	text := e.Text.In(p.lang)
	switch e.Type {
	case Begin:
		p.began = time.Now()
		p.hang(e.Lesson+"  ", text)
		p.head(e)
	case Step:
		fmt.Fprintln(p.w)
		p.hang(fmt.Sprintf("%-3d", e.Step), text)
	case Connection:
		p.labelled(e.Type, fmt.Sprintf("%s  %s -> %s", e.Network, e.Client, e.Server))
	case Sent:
		p.lines("> ", e.Lines)
	case Received:
		p.lines("< ", e.Lines)
	case Filter:
		p.labelled(e.Type, strings.ReplaceAll(e.Filter, " ", noBreak))
		p.labelled("", inCapture(e).In(p.lang)+": "+text)
	case Note, Setting, Unable:
		p.labelled(e.Type, text)
	case Table:
		p.table(append([]string{text}, e.Lines...))
	case Question:
		if p.asked++; p.asked == 1 {
			fmt.Fprintf(p.w, "\n%s\n", Text{"Questions", "질문"}.In(p.lang))
		}
		p.hang(fmt.Sprintf("%-3d", p.asked), text)
		if p.answers {
			p.hang(indent, Text{"Answer: ", "답: "}.In(p.lang)+e.Answer.In(p.lang))
		}
	case End:
		fmt.Fprintln(p.w, "\n"+Text{"End of %s, after %v.", "%s 끝, 걸린 시간 %v."}.With(
			e.Lesson, time.Since(p.began).Round(time.Millisecond)).In(p.lang)+"\n")
	}
}

// head says against what is played, and how to watch.
func (p *printer) head(e Event) {
	if e.Interface == "" && e.Captures != "" { // a network writes its captures itself
		fmt.Fprintln(p.w)
		p.hang(indent+Text{"captures        ", "캡처            "}.In(p.lang),
			Text{"one file for each host, in %s", "호스트마다 파일 하나, 폴더 %s"}.With(e.Captures).In(p.lang))
		return
	}
	server := e.Server
	if p.own && server != "" {
		server += Text{", started for this, with a temporary database",
			", 이 실습을 위해 임시 데이터베이스로 시작한 서버"}.In(p.lang)
	}
	fmt.Fprintln(p.w)
	for _, row := range [][2]string{
		{Text{"server", "서버"}.In(p.lang), server},
		{Text{"interface", "인터페이스"}.In(p.lang), e.Interface},
		{Text{"capture filter", "캡처 필터"}.In(p.lang), e.Capture},
		{"Wireshark", Text{"pollwire lab kit writes a profile for it; without, a step says what it has to be told",
			"pollwire lab kit이 프로필을 만들어 준다. 없으면 필요한 설정을 단계에서 알려 " +
				"준다"}.In(p.lang)},
	} {
		if row[1] == "" {
			continue // over loopback there may be no server
		}
		p.hang(indent+row[0]+strings.Repeat(" ", max(16-width(row[0]), 1)), row[1])
	}
}

// count is how many packets a filter shows, in words.
func count(e Event) Text {
	switch {
	case !e.Exact && e.Packets == 0:
		return Text{"perhaps some", "있을 수도 있다"}
	case !e.Exact:
		return Text{"at least %d", "패킷 %d개 이상"}.With(e.Packets)
	case e.Packets == 1:
		return Text{"1 packet", "패킷 1개"}
	}
	return Text{"%d packets", "패킷 %d개"}.With(e.Packets)
}

func (p *printer) labelled(t Type, text string) {
	label := labels[t].In(p.lang)
	p.hang(indent+label+strings.Repeat(" ", max(12-width(label), 1)), text)
}

// lines shows lines of the wire. A control character has a picture of its own in Unicode: 1e is ␞.
func (p *printer) lines(mark string, all []string) {
	for _, l := range all {
		l = strings.Map(func(r rune) rune {
			if r < ' ' {
				return '\u2400' + r
			}
			return r
		}, l)
		fmt.Fprintln(p.w, strings.TrimRight(indent+mark+clip(l, 160), " "))
	}
}

// table writes rows below each other: the first column is text, the others are numbers.
func (p *printer) table(rows []string) {
	var widths []int
	for _, r := range rows {
		for i, cell := range strings.Split(r, "\t") {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], width(cell))
		}
	}
	for _, r := range rows {
		fmt.Fprint(p.w, indent)
		for i, cell := range strings.Split(r, "\t") {
			gap := strings.Repeat(" ", widths[i]-width(cell))
			if i == 0 {
				fmt.Fprint(p.w, cell, gap)
			} else {
				fmt.Fprint(p.w, "   ", gap, cell)
			}
		}
		fmt.Fprintln(p.w)
	}
}

// noBreak is a space at which no line is broken, on its way through hang. Filters are full of them: they are copied.
const noBreak = "\x00"

// hang writes text behind a head, in lines of at most 100 columns which begin below where the first one did.
func (p *printer) hang(head, text string) {
	const columns = 100
	margin := strings.Repeat(" ", width(head))
	line := head
	empty := true
	for _, word := range strings.Split(text, " ") {
		if !empty && width(line)+1+width(word) > columns {
			fmt.Fprintln(p.w, line)
			line, empty = margin, true
		}
		if !empty {
			line += " "
		}
		line, empty = line+word, false
	}
	fmt.Fprintln(p.w, strings.ReplaceAll(strings.TrimRight(line, " "), noBreak, " "))
}

// width is how many columns of a terminal a text takes: two for each Hangul syllable and other wide characters
// (Unicode UAX #11), as far as they are used here.
func width(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x1100 && r <= 0x115F || r >= 0x2E80 && r <= 0xD7A3 || r >= 0xFF01 && r <= 0xFF60 {
			n++
		}
	}
	return n
}

// line is an Event as a line of JSON, for machines. What an event does not have is left out.
type line struct {
	Type    string   `json:"type"`
	Lesson  string   `json:"lesson,omitempty"`
	Step    int      `json:"step,omitempty"`
	Text    string   `json:"text,omitempty"`
	Network string   `json:"network,omitempty"`
	Client  string   `json:"client,omitempty"`
	Server  string   `json:"server,omitempty"`
	Lines   []string `json:"lines,omitempty"`
	Filter  string   `json:"filter,omitempty"`
	Packets *int     `json:"packets,omitempty"`
	Exact   *bool    `json:"exact,omitempty"` // exactly so many packets, or at least
	Answer  string   `json:"answer,omitempty"`
	Proofs  []Proof  `json:"proofs,omitempty"`  // where its values are in the capture
	Tshark  []string `json:"tshark,omitempty"`  // what tshark has to be told: more arguments
	Varying []string `json:"varying,omitempty"` // values in the texts

	Interface string `json:"interface,omitempty"`
	Capture   string `json:"capture_filter,omitempty"`
	Captures  string `json:"captures,omitempty"` // the folder of a network's captures
	Host      string `json:"host,omitempty"`     // in whose capture the filter finds its packets
}

// jsonPrinter writes a JSON object a line (JSON Lines), so that a program reads along while the lesson plays.
type jsonPrinter struct {
	w       io.Writer
	lang    string
	answers bool
}

func (p *jsonPrinter) tell(e Event) {
	l := line{Type: string(e.Type), Lesson: e.Lesson, Step: e.Step, Text: e.Text.In(p.lang), Network: e.Network,
		Client: e.Client,
		Server: e.Server, Lines: e.Lines, Filter: e.Filter, Tshark: e.Tshark, Varying: e.Varying,
		Interface: e.Interface, Capture: e.Capture, Captures: e.Captures, Host: e.Host}
	if e.Type == Filter {
		l.Packets, l.Exact = &e.Packets, &e.Exact
	}
	if p.answers {
		l.Answer, l.Proofs = e.Answer.In(p.lang), e.Proofs
	}
	p.write(l)
}

func (p *jsonPrinter) write(v any) {
	e := json.NewEncoder(p.w)
	e.SetEscapeHTML(false) // filters are full of && and >
	e.Encode(v)
}
