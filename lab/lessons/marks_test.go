package lessons

import (
	"slices"
	"strings"
	"testing"
)

// What two plays have otherwise gets a mark, and nothing else.
func TestPlaceholders(t *testing.T) {
	for _, c := range []struct{ name, one, other, want string }{
		{"nothing differs", "1848 bytes", "1848 bytes", "1848 bytes"},
		{"a port in a filter", "`tcp.port == 41234`", "`tcp.port == 41299`", "`tcp.port == <PORT1>`"},
		{"a port in a text, with Korean behind it", "포트 41234에서", "포트 41299에서", "포트 `<PORT1>`에서"},
		{"an address", "`127.0.0.1:41234` to `127.0.0.1:50000`", "`127.0.0.1:41299` to `127.0.0.1:60000`",
			"`127.0.0.1:<PORT1>` to `127.0.0.1:<PORT2>`"},
		{"a value is called as its field", "`dns.id == 0x1a2b && udp`", "`dns.id == 0x99ff && udp`",
			"`dns.id == <ID1> && udp`"},
		{"a part of a word in quotes", "`http.host == \"lab_abc.txt\"`", "`http.host == \"lab_xyz.txt\"`",
			"`http.host == \"lab_<HOST1>.txt\"`"},
		{"the same value has the same name", "`tcp.len == 57` of 57.", "`tcp.len == 61` of 61.",
			"`tcp.len == <LEN1>` of `<LEN1>`."},
		{"fractions are the same by chance", "4.4 and 4.4 ms", "4.3 and 4.3 ms", "`<VALUE1>` and `<VALUE2>` ms"},
		{"another number of digits", "9 packets", "10 packets", "`<VALUE1>` packets"},
		{"another number of words", "it says: no such thing", "it says: never", "it says: `<VALUE1>`"},
		{"Hangul is not cut within", "값 가", "값 각", "값 `<VALUE1>`"},
	} {
		m := placeholders([]string{"41234", "50000"}, []string{"41299", "60000"})
		got, err := m.merge(c.one, c.other)
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
		if !m.fits(got, c.one) || !m.fits(got, c.other) {
			t.Errorf("%s: %q does not fit what it was made of", c.name, got)
		}
		if c.one != c.other && m.fits(c.one, c.other) {
			t.Errorf("%s: the values of one play fit those of another", c.name)
		}
	}
	if text, err := placeholders(nil, nil).merge("a\nb", "a"); err == nil {
		t.Errorf("a line too many becomes %q", text)
	}
}

func TestAFileFitsOtherValuesOnly(t *testing.T) {
	m := placeholders(nil, nil)
	for file, want := range map[string]bool{
		"# SYN\n`tcp.port == <PORT1>` shows 2.\n":  true,
		"# SYN\n`tcp.port == <PORT1>` shows 3.\n":  false,
		"# FIN\n`tcp.port == <PORT1>` shows 2.\n":  false,
		"# SYN\n`tcp.port == <PORT1>` shows 2.":    false,
		"# SYN\n`tcp.port == <PORT1>` shows 2.\n ": false,
		"": false,
	} {
		if got := m.fits(file, "# SYN\n`tcp.port == 41234` shows 2.\n"); got != want {
			t.Errorf("%q fits: %t", file, got)
		}
	}
	for file, want := range map[string]bool{"No. `12`: 3 of `4.5` ms": true, "No. `abc`: 3 of `1` ms": true,
		"No. `12`: 2 of `4.5` ms": false, "No. 12: 3 of `4.5` ms": false} {
		if got := exampleMarks.fits(file, "No. 41: 3 of 1.25 ms"); got != want {
			t.Errorf("%q fits: %t", file, got)
		}
	}
}

// Of a list each number has a mark, so that another system's list fits the same sheet.
func TestEachNumberOfAListIsMarked(t *testing.T) {
	e := Event{Type: Note, Text: Text{"after 1, 2, 4 s, not 1, 2", ""}, Varying: []string{"1, 2, 4"}}
	one := &played{events: []Event{e}}
	marked, err := exampleMarks.merge(e.Text[EN], otherwise([]*played{one})[0].events[0].Text[EN])
	if want := "after `1`, `2`, `4` s, not 1, 2"; err != nil || marked != want {
		t.Errorf("%s, %v, want %s", marked, err, want)
	}
	if !exampleMarks.fits(marked, "after 1, 3, 7 s, not 1, 2") {
		t.Errorf("%s does not fit another system's list", marked)
	}
}

// What a lesson names as varying has a mark, also where it is the same in both plays. The same number elsewhere has
// none.
func TestWhatVariesIsMarked(t *testing.T) {
	all, err := play(t, func(s *Scene) {
		s.Step(Text{"1", "1"})
		s.Varying(7)
		s.Note(Text{"7 of 77", "77 중 7"})
		s.Ask(Text{"Why 7?", "왜 7인가?"}, Text{"7.", "7."})
		s.Step(Text{"2", "2"})
		s.Note(Text{"7 again", "다시 7"})
	})
	if err != nil {
		t.Fatal(err)
	}
	one := &played{events: all}
	other := otherwise([]*played{one})[0]
	var told []string
	for i, e := range one.events {
		o := other.events[i]
		for _, texts := range [][2]string{{e.Text[EN], o.Text[EN]}, {e.Answer[EN], o.Answer[EN]}} {
			text, err := exampleMarks.merge(texts[0], texts[1])
			if err != nil {
				t.Fatal(err)
			}
			told = append(told, text)
		}
	}
	if got, want := strings.Join(slices.DeleteFunc(told, func(s string) bool { return s == "" }), "|"),
		"1|`7` of 77|2|7 again|Why `7`?|`7`."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if one.events[2].Text[EN] != "7 of 77" {
		t.Errorf("what was played was changed: %+v", one.events[2])
	}
}

// A sheet has room to write, and no answer. Its answers are elsewhere.
func TestASheet(t *testing.T) {
	p := &played{Lesson: Lesson{Name: "x", Spare: 1}, stage: &Stage{Ports: map[string]string{"http": "8000"}},
		events: []Event{
			{Type: Step, Step: 1, Text: Text{"A *first* step.", "첫 단계."}},
			{Type: Connection, Step: 1, Network: "tcp", Client: "127.0.0.1:5", Server: "127.0.0.1:8000"},
			{Type: Note, Step: 1, Text: Text{"Seen: 7.", "7을 보았다."}},
			{Type: Filter, Step: 1, Filter: "tcp.port == 5", Packets: 2, Exact: true, Text: Text{"two", "둘"}},
			{Type: Filter, Step: 1, Filter: "udp.port == 5", Exact: true, Text: Text{"none", "없음"}},
			{Type: "new", Step: 1, Text: Text{"Tell Wireshark.", "Wireshark에 알린다."}},
			{Type: "table", Step: 1, Text: Text{"way\tbytes", "방법\t바이트"}, Lines: []string{"SSE\t805"}},
			{Type: Question, Text: Text{"Why?", "왜?"}, Answer: Text{"Because.", "그래서."}},
		}}
	s := sheet{p, "en", false}
	found, seen := s.found(), s.seen()
	for _, want := range []string{`A \*first\* step.`, "TCP `127.0.0.1:5` → `127.0.0.1:8000`",
		"- **1-1** `tcp.port == 5`\\\n  2 packets: two\\\n  No. ___", "0 packets: none\n", "Tell Wireshark.",
		"| way | bytes |", "| SSE |  |", "What I see: ___"} {
		if !strings.Contains(found, want) {
			t.Errorf("a sheet lacks %q:\n%s", want, found)
		}
	}
	if strings.Contains(found, "Seen") || strings.Contains(found, "805") || strings.Contains(found, "none\\") {
		t.Errorf("a sheet tells what is to be found:\n%s", found)
	}
	if !strings.Contains(seen, "Step 1: Seen: 7.") || !strings.Contains(seen, "| SSE | 805 |") {
		t.Errorf("what was seen: %s", seen)
	}
	for kind, want := range map[string]string{"lesson": "\n1. Why? ___",
		"answered": "## x\n\nIn this run: PORT1 = 5.\n\n1. Why? Because.\n"} {
		question := map[string]string{"lesson": "{{n}}. {{text}} {{blank}}", "answered": "{{n}}. {{text}} {{answer}}"}[kind]
		if text, err := s.fill(kind, question); err != nil || !strings.Contains(text, want) ||
			strings.Contains(text, "Because") != strings.Contains(want, "Because") {
			t.Errorf("%s: %v\n%s", kind, err, text)
		}
	}
	if s.portNames() != "PORT1 = 5" || !s.real() {
		t.Errorf("%q, %t", s.portNames(), s.real())
	}
}
