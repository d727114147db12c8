package envelope

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pollwire/rest/problem"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ text, event, data, id, wrong string }{
		{`{"event":"say","data":{"a":1},"id":7}`, "say", `{"a":1}`, "7", ""},
		{`{"event":"say"}`, "say", "{}", "", ""},
		{`{"event":"say","id":"x\u0031","data":[ 1 ]}`, "say", "[ 1 ]", `"x\u0031"`, ""}, // as it was sent
		{`{"event":"say","id":-1.5e3}`, "say", "{}", "-1.5e3", ""},
		{`{"event":"say","id":null}`, "say", "{}", "", `"id" must be`},
		{`{"event":"say","id":{}}`, "say", "{}", "", `"id" must be`},
		{`{"event":"say","id":true}`, "say", "{}", "", `"id" must be`},
		{`{"event":null,"id":7}`, "", "{}", "7", `"event" must not be null`},
		{`{"data":{},"id":7}`, "", "{}", "7", `"event" is missing`},
		{`{"event":5,"id":7}`, "", "{}", "7", "event"},
		{`{"event":"say","evnt":1,"id":7}`, "say", "{}", "7", "evnt"},
		{`{"event":"say","event":"sing","id":7}`, "sing", "{}", "7", "twice"},
		{`{"event":"say","id":7`, "", "{}", "", "end"},
		{`[]`, "", "{}", "", ""},
		{``, "", "{}", "", "it ends"},
	} {
		m, err := Parse([]byte(c.text))
		if m.Event != c.event || string(m.Data) != c.data || string(m.ID) != c.id {
			t.Errorf("Parse(%q) = %q %q %q, want %q %q %q", c.text, m.Event, m.Data, m.ID, c.event, c.data, c.id)
		}
		if good := c.wrong == "" && c.text != "[]"; good != (err == nil) || !good && !errors.Is(err, problem.Malformed) {
			t.Errorf("Parse(%q): %v", c.text, err)
		} else if err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("Parse(%q): %v, want a word about %q", c.text, err, c.wrong)
		}
	}
}

func TestWhatIsSent(t *testing.T) {
	reply := func(event string, id json.RawMessage, data any) string {
		text, err := Reply(event, id, data)
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	for got, want := range map[string]string{
		reply("ack", json.RawMessage(`"a"`), map[string]int{"n": 1}): `{"event":"ack","id":"a","data":{"n":1}}`,
		reply("error", nil, []int{}):                                 `{"event":"error","data":[]}`,
		string(Event("resync", []byte("{}"), 0)):                     `{"event":"resync","data":{}}`,
		string(Event("news", []byte(`{"n":1}`), 9)):                  `{"event":"news","data":{"n":1},"seq":9}`,
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Whatever comes, an answer to it is JSON.
func FuzzParse(f *testing.F) {
	for _, text := range []string{`{"event":"say","data":{"a":1},"id":7}`, `{"event":"say","id":"x"}`, `{"id":-0}`,
		`{"event":"a","id":1e`, "[]", ""} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := Parse(text)
		if err != nil && !errors.Is(err, problem.Malformed) {
			t.Fatal(err)
		}
		answer, err := Reply("ack", m.ID, m.Data)
		if err != nil || !json.Valid(answer) {
			t.Fatalf("an answer to %q: %q, %v", text, answer, err)
		}
	})
}
