package lessons

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// A recording is made anew when the lesson has changed, not because a port has: a change of the captures in docs should
// mean something.

// saysTheSame: two runs of a lesson, which told the same but for values.
func (r *recording) saysTheSame(other *recording) bool {
	return slices.EqualFunc(r.lasting(), other.lasting(), func(a, b Event) bool {
		return a.Type == b.Type && a.Step == b.Step && a.Host == b.Host && a.Packets == b.Packets && a.Exact == b.Exact &&
			alike(a.Filter, b.Filter) && alike(a.Text[EN], b.Text[EN]) && alike(a.Text[KO], b.Text[KO]) &&
			len(a.Proofs) == len(b.Proofs) && alike(a.Answer[EN], b.Answer[EN]) && alike(a.Answer[KO], b.Answer[KO]) &&
			len(a.Lines) == len(b.Lines)
	}) && slices.Equal(sorted(r.captures), sorted(other.captures))
}

// lasting are the events that a sheet or its answers have.
func (r *recording) lasting() []Event {
	return slices.DeleteFunc(slices.Clone(r.events), func(e Event) bool {
		return e.Type == Sent || e.Type == Received || e.Type == Connection
	})
}

// alike: two texts are the same but for words of which one at least has a digit: numbers, times, addresses, keys. By
// chance a key has none in both; then the lesson is recorded anew for nothing.
func alike(a, b string) bool {
	return slices.EqualFunc(strings.Fields(a), strings.Fields(b), func(a, b string) bool {
		return a == b || strings.ContainsAny(a+b, "0123456789")
	})
}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
