package exercise

import (
	"bytes"
	"cmp"
	"net/url"
	"slices"
	"strings"

	"pollwire/lab/apps"
	"pollwire/lab/trace"
)

// talkWith reads the first connection on which the client sent a text; what is not there has nothing in it.
func (c *Capture) talkWith(text string) *apps.Talk { return talkOf(c.StreamWith(text)) }

func talkOf(s *trace.Stream) *apps.Talk {
	if s == nil {
		return &apps.Talk{}
	}
	return apps.Of(s)
}

// asked finds the requests for a target on a connection, those that were answered whole.
func asked(t *apps.Talk, method, target string) (all []*apps.HTTP) {
	for _, m := range t.HTTP {
		if m.Method == method && m.Target == target && m.Answer != nil && m.Answer.Whole {
			all = append(all, m)
		}
	}
	return all
}

// firstAsked is the first of them that is answered with a status; nil where there is none.
func firstAsked(t *apps.Talk, method, target string, status int) *apps.HTTP {
	for _, m := range asked(t, method, target) {
		if m.Answer.Status == status {
			return m
		}
	}
	return nil
}

// of makes a func of a value of a message, for one that may not be there when it is called.
func of(m **apps.HTTP, value func(*apps.HTTP) Value) func() Value {
	return func() Value {
		if *m == nil {
			return Value{}
		}
		return value(*m)
	}
}

// ofAnswer is the same of the answer to a request.
func ofAnswer(m **apps.HTTP, value func(*apps.HTTP) Value) func() Value {
	return of(m, func(m *apps.HTTP) Value { return value(m.Answer) })
}

// The values that many fields ask for.
func shownIn(m *apps.HTTP) Value { return Numbered(m.Packet) }
func bodyOf(m *apps.HTTP) Value  { return Of(len(m.Body)) }
func headOf(m *apps.HTTP) Value  { return Of(m.Head - m.From) }
func wholeOf(m *apps.HTTP) Value { return Of(m.To - m.From) }

// more is a value and n.
func more(n int, value func(*apps.HTTP) Value) func(*apps.HTTP) Value {
	return func(m *apps.HTTP) Value {
		v := value(m)
		v.number += float64(n)
		return v
	}
}

// times are those of the packets that bring bytes of a message: of the first, and of the one with which it is whole.
func times(t *apps.Talk, r apps.Range) (began, whole float64, ok bool) {
	numbers := t.Sent[r.Side].PacketsOf(r.From, r.To)
	for p := range t.Stream.Packets() {
		at := float64(p.Time.UnixNano()%1e15) / 1e9
		if len(numbers) > 0 && p.Number == numbers[0] {
			began, ok = at, true
		}
		if p.Number == r.Packet {
			whole = at
		}
	}
	return began, whole, ok
}

// request is one of a run, with the connection that it came on.
type request struct {
	*apps.HTTP
	talk  *apps.Talk
	path  string
	query url.Values
}

// requests are those that name a run in their query, on whichever connections, in the order of their packets.
func (c *Capture) requests(code string) (all []request) {
	for _, s := range c.Streams {
		if !said(s, "run="+code) {
			continue
		}
		t := apps.Of(s)
		for _, m := range t.HTTP {
			u, err := url.Parse(m.Target)
			if name, _, _ := strings.Cut(query(u, err).Get("run"), "-"); name == code {
				all = append(all, request{m, t, u.Path, u.Query()})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b request) int { return cmp.Compare(a.Packet, b.Packet) })
	return all
}

func query(u *url.URL, err error) url.Values {
	if err != nil {
		return nil
	}
	return u.Query()
}

// said tells whether a client sent a text.
func said(s *trace.Stream, text string) bool {
	return slices.ContainsFunc(s.Sent(trace.Client).Chunks(), func(chunk trace.Chunk) bool {
		return bytes.Contains(chunk.Data, []byte(text))
	})
}
