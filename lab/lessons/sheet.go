package lessons

import (
	"fmt"
	"strconv"
	"strings"

	"pollwire/ops/blanks"
)

// sheet is a lesson that was played, in one of the two languages.
type sheet struct {
	*played
	lang string
	// whole: it has all that was told of this one run, for who was not there.
	whole bool
}

// fill is a text of the folder sheets with all that is known of the lesson. question is how one of its questions looks.
func (s sheet) fill(name, question string) (string, error) {
	var questions []string
	for _, e := range s.events {
		if e.Type == Question {
			text, err := blanks.Fill(question, map[string]string{"n": strconv.Itoa(len(questions) + 1),
				"text": markdown(e.Text.In(s.lang)), "answer": markdown(e.Answer.In(s.lang)), "blank": blank(80)})
			if err != nil {
				return "", err
			}
			questions = append(questions, text)
		}
	}
	values := map[string]string{"name": s.Name, "title": s.Title.In(s.lang), "aim": markdown(s.Aim.In(s.lang)),
		"ports": s.portNames(),
		"found": s.found(), "seen": s.seen(), "questions": strings.Join(questions, "\n\n"), "real": "", "loopback": "",
		"plot": s.Plot}
	if s.Loopback {
		values["loopback"] = "yes"
	}
	if s.real() {
		values["real"] = "yes"
	}
	return fillSheet(name, s.lang, values)
}

// real tells whether some of the lesson passes by the server, whose own capture then lacks it.
func (s sheet) real() bool {
	_, all := s.shown()
	return !all
}

// portNames are the ones that placeholders of the sheet stand for.
func (s sheet) portNames() string {
	var all []string
	for i, port := range s.ports() {
		all = append(all, fmt.Sprintf("PORT%d = %s", i+1, port))
	}
	return strings.Join(all, ", ")
}

// found is the part of a sheet on what to look at. It has room for what somebody finds.
func (s sheet) found() string {
	var b strings.Builder
	n, mine, known := 0, "", map[string]bool{}
	for _, e := range s.events {
		text := markdown(e.Text.In(s.lang))
		switch e.Type {
		case Step:
			fmt.Fprintf(&b, "%s### %s\n\n%s\n", mine, Text{"Step %d", "%d단계"}.With(e.Step).In(s.lang), text)
			n, mine = 0, "\n"+Text{"What I see", "관찰한 내용"}.In(s.lang)+": "+blank(60)+"\n\n"
		case Connection:
			if !known[e.Client] {
				fmt.Fprintf(&b, "\n%s: %s `%s` → `%s`\n", Text{"Connection", "연결"}.In(s.lang), strings.ToUpper(e.Network),
					e.Client, e.Server)
			}
			known[e.Client] = true
		case Filter:
			n++
			b.WriteString(s.filter(e, n))
		case Begin, Sent, Received, Question, End: // lines stand in the terminal
		case Note: // it tells what should be found
			if s.whole {
				b.WriteString("\n" + text + "\n")
			}
		default: // what Wireshark has to be told, a table of numbers
			b.WriteString("\n" + s.other(e, text))
		}
	}
	return b.String() + strings.TrimSuffix(mine, "\n")
}

// filter is the nth of its step, with room for the packets that it should show.
func (s sheet) filter(e Event, n int) string {
	text := fmt.Sprintf("\n- **%d-%d** `%s`\\\n  %s: %s", e.Step, n, e.Filter, inCapture(e).In(s.lang),
		markdown(e.Text.In(s.lang)))
	if e.Packets > 0 || !e.Exact {
		text += "\\\n  No. " + blank(20)
	}
	return text + "\n"
}

// other is a table with room for its numbers, or what Wireshark has to be told.
func (s sheet) other(e Event, text string) string {
	if len(e.Lines) == 0 {
		return fmt.Sprintf("**Wireshark**: %s\n", text)
	}
	return table(text, e.Lines, func(i int, cell string) string {
		if i > 0 && !s.whole {
			return ""
		}
		return cell
	})
}

// seen is what the lesson told of this run besides packets.
func (s sheet) seen() string {
	var b strings.Builder
	for _, e := range s.events {
		text := markdown(e.Text.In(s.lang))
		switch e.Type {
		case Begin, Step, Connection, Sent, Received, Filter, Unable, Question, End:
		case Note:
			fmt.Fprintf(&b, "- %s: %s\n", Text{"Step %d", "%d단계"}.With(e.Step).In(s.lang), text)
		default:
			if len(e.Lines) > 0 {
				b.WriteString("\n" + table(text, e.Lines, func(_ int, cell string) string { return cell }) + "\n")
			}
		}
	}
	return b.String()
}

// table is one of Markdown; what is in its cells, say by its column, fill tells.
func table(heads string, rows []string, fill func(int, string) string) string {
	var b strings.Builder
	columns := strings.Split(heads, "\t")
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(columns, " | "), strings.Repeat(" --- |", len(columns)))
	for _, row := range rows {
		cells := strings.Split(row, "\t")
		for i := range cells {
			cells[i] = fill(i, cells[i])
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	return b.String()
}

// blank is where somebody writes.
func blank(n int) string { return strings.Repeat("_", n) }

// markdown is plain text in Markdown.
func markdown(text string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "<", "&lt;", "`", "\\`").Replace(text)
}
