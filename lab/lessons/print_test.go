package lessons

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// told is a scene with one event of each type.
var told = []Event{
	{Type: Begin, Lesson: "x", Text: Text{"The aim.", "목표."}, Server: "127.0.0.1", Interface: "lo",
		Capture: "port 8000"},
	{Type: Step, Lesson: "x", Step: 1, Text: Text{strings.Repeat("a word and another ", 10),
		strings.Repeat("낱말 하나와 또 하나 ", 10)}},
	{Type: Connection, Step: 1, Network: "tcp", Client: "127.0.0.1:5", Server: "127.0.0.1:8000"},
	{Type: Sent, Step: 1, Lines: []string{"GET / HTTP/1.1", "", "body"}},
	{Type: Received, Step: 1, Lines: []string{"HTTP/1.1 200 OK"}},
	{Type: Filter, Step: 1, Filter: strings.TrimSuffix(strings.Repeat("tcp.port == 5 && ", 10), " && "), Packets: 1,
		Exact: true, Text: Text{"one", "하나"}},
	{Type: Filter, Step: 1, Filter: "tcp", Packets: 1, Text: Text{"some", "몇 개"}},
	{Type: Note, Step: 1, Text: Text{"seen", "보았다"}},
	{Type: Setting, Step: 1, Text: Text{"set this", "이것을 설정한다"}, Tshark: []string{"-o", "a.b:c"}},
	{Type: Table, Step: 1, Text: Text{"way\tbytes", "방식\t바이트"},
		Lines: []string{"long polling\t7", "SSE\t12345678"}},
	{Type: Unable, Step: 1, Text: Text{"not here", "여기서는 안 된다"}},
	{Type: Question, Text: Text{"Why?", "왜?"}, Answer: Text{"Because.", "그래서."}},
	{Type: End, Lesson: "x"},
}

func TestPrintedForPeople(t *testing.T) {
	for lang, wanted := range map[string][]string{
		"en": {"x  The aim.", "\n1  a word", "connection  tcp  127.0.0.1:5 -> 127.0.0.1:8000\n",
			"   > GET / HTTP/1.1\n   >\n   > body\n   < HTTP/1.1 200 OK\n",
			"1 packet: one", "at least 1: some", "left out    not here",
			"Wireshark   set this\n   way               bytes\n   long polling          7\n   SSE            12345678\n",
			"Questions\n1  Why?\n   Answer: Because.", "End of x"},
		"ko": {"x  목표.", "\n1  낱말", "연결        tcp", "패킷 1개: 하나", "패킷 1개 이상: 몇 개",
			"   방식             바이트\n", "질문\n1  왜?\n   답: 그래서.", "x 끝"},
	} {
		var b strings.Builder
		p := &printer{w: &b, lang: lang, answers: true}
		for _, e := range told {
			p.tell(e)
		}
		for _, w := range wanted {
			if !strings.Contains(b.String(), w) {
				t.Errorf("-lang %s lacks %q:\n%s", lang, w, b.String())
			}
		}
		for line := range strings.Lines(b.String()) {
			if strings.Contains(line, "tcp.port") {
				if !strings.Contains(line, told[5].Filter) {
					t.Errorf("a filter is broken: %q", line)
				}
			} else if n := width(strings.TrimSuffix(line, "\n")); n > 100 || strings.HasSuffix(line, " \n") ||
				strings.Contains(line, noBreak) {
				t.Errorf("%d columns: %q", n, line)
			}
		}
	}
}

func TestAnswersAreForWhoWantsThem(t *testing.T) {
	var people, machines strings.Builder
	p, j := &printer{w: &people, lang: "en"}, &jsonPrinter{w: &machines, lang: "en"}
	for _, e := range told {
		p.tell(e)
		j.tell(e)
	}
	if strings.Contains(people.String()+machines.String(), "Because") {
		t.Error("the answer is told to everybody")
	}
}

func TestPrintedForMachines(t *testing.T) {
	var b strings.Builder
	p := &jsonPrinter{&b, "ko", true}
	for _, e := range told {
		p.tell(e)
	}
	all := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(all) != len(told) {
		t.Fatalf("%d lines for %d events", len(all), len(told))
	}
	for i, e := range told {
		var l struct {
			Type, Text, Answer, Filter string
			Packets                    *int
			Exact                      *bool
		}
		if err := json.Unmarshal([]byte(all[i]), &l); err != nil || l.Type != string(e.Type) || l.Text != e.Text[KO] ||
			l.Answer != e.Answer[KO] || l.Filter != e.Filter {
			t.Errorf("%s: %v", all[i], err)
		}
		if (l.Packets != nil && l.Exact != nil && *l.Exact == e.Exact) != (e.Type == Filter) {
			t.Errorf("%s: packets and exact belong to filters", all[i])
		}
	}
	if !strings.Contains(b.String(), "&& tcp.port") {
		t.Error("filters are escaped, so that nobody can read them")
	}
}

// What programs get is described where the lessons are.
func TestTheDescriptionForProgramsIsComplete(t *testing.T) {
	var names []string
	source, err := os.ReadFile("scene.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\t[A-Z]\w+ +Type = "([a-z]+)"`).FindAllStringSubmatch(string(source), -1) {
		names = append(names, m[1])
	}
	if len(names) < 10 {
		t.Fatalf("only the types %q were found", names)
	}
	fields := reflect.TypeFor[line]()
	for i := range fields.NumField() {
		name, _, _ := strings.Cut(fields.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	for lang := range suffixes {
		text, err := fillSheet("index", lang, map[string]string{"rows": ""})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if !strings.Contains(text, "`"+name+"`") {
				t.Errorf("sheets/index%s does not tell of `%s`", suffixes[lang], name)
			}
		}
	}
}
