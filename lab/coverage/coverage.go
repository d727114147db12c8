// Package coverage says what a capture shows, layer by layer, and what it lacks.
//
//	c, err := coverage.Of(ctx, t)           // t is a *trace.Trace
//	answer := c.In("ko")                    // what POST /api/coverage answers
//	answer.Print(os.Stdout)                 // what `pollwire lab check FILE` prints
//
// An item is one thing that can be seen: an ARP request, a retransmission, a status code of the class 4xx. Each has an
// id that stays the same, words in two languages, and the lesson that makes it. Found is what is there, with how often
// and where; missing is what a lesson makes and this capture has not.
package coverage

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pollwire/lab/apps"
	"pollwire/lab/trace"
)

// Coverage is counted before it is said in a language.
type Coverage struct {
	Packets int
	Bytes   int64 // on the wire
	Seconds float64
	Links   []uint16

	seen map[string]*sight
}

// sight is where an item was seen.
type sight struct {
	count   int
	packets []int
}

// most is how many packets of an item are named.
const most = 20

// Of looks at a capture. It ends early with ctx.
func Of(ctx context.Context, t *trace.Trace) (*Coverage, error) {
	c := &Coverage{Packets: len(t.Packets), seen: map[string]*sight{}}
	var first, last time.Time
	for i := range t.Packets {
		p := &t.Packets[i]
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c.Bytes += int64(p.Length)
		if !slices.Contains(c.Links, p.Interface.LinkType) && len(c.Links) < most {
			c.Links = append(c.Links, p.Interface.LinkType)
		}
		if !p.Time.IsZero() {
			if first.IsZero() || p.Time.Before(first) {
				first = p.Time
			}
			if p.Time.After(last) {
				last = p.Time
			}
		}
		c.packet(p)
	}
	c.Seconds = max(0, last.Sub(first).Seconds())
	return c, c.streams(ctx, t)
}

func (c *Coverage) streams(ctx context.Context, t *trace.Trace) error {
	for _, s := range t.Streams {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.stream(s, apps.Of(s))
	}
	return nil
}

// add notes that an item was seen in a packet.
func (c *Coverage) add(packet int, id string) {
	s := c.seen[id]
	if s == nil {
		if len(c.seen) >= maxItems {
			return
		}
		s = &sight{}
		c.seen[id] = s
	}
	s.count++
	if len(s.packets) < most && !slices.Contains(s.packets, packet) {
		s.packets = append(s.packets, packet)
	}
}

// maxItems is how many different ones are kept: ids with numbers in them come from the file.
const maxItems = 500

// Has reports how often an item is there.
func (c *Coverage) Has(id string) int {
	if s := c.seen[id]; s != nil {
		return s.count
	}
	return 0
}

// Answer is a Coverage in a language.
type Answer struct {
	Packets int       `json:"packets"`
	Bytes   int64     `json:"bytes"`
	Seconds float64   `json:"seconds"`
	Links   []string  `json:"links"`
	Found   []Found   `json:"found"`
	Missing []Missing `json:"missing"`
}

// Found is an item that is there. Packets are the first of them.
type Found struct {
	Layer   int    `json:"layer"`
	What    string `json:"what"`
	ID      string `json:"id"`
	Count   int    `json:"count"`
	Packets []int  `json:"packets"`
}

// Missing is one that a lesson makes.
type Missing struct {
	Layer  int    `json:"layer"`
	ID     string `json:"id"`
	What   string `json:"what"`
	Lesson string `json:"lesson"`
}

// In says it in a language, "ko" or any other for English, from the lowest layer up.
func (c *Coverage) In(lang string) Answer {
	a := Answer{Packets: c.Packets, Bytes: c.Bytes, Seconds: c.Seconds, Links: []string{}, Found: []Found{},
		Missing: []Missing{}}
	for _, l := range c.Links {
		a.Links = append(a.Links, linkName(l))
	}
	place := map[string]int{} // of an item in the list, so that order says something
	for i, item := range items {
		place[item.id] = i
		if s := c.seen[item.id]; s == nil && item.lesson != "" {
			a.Missing = append(a.Missing, Missing{item.layer, item.id, item.in(lang), item.lesson})
		}
	}
	for id, s := range c.seen {
		item := itemOf(id)
		slices.Sort(s.packets)
		a.Found = append(a.Found, Found{item.layer, item.in(lang), id, s.count, s.packets})
	}
	at := func(f Found) int {
		if i, ok := place[f.ID]; ok {
			return i
		}
		return place[familyOf(f.ID)]
	}
	slices.SortFunc(a.Found, func(x, y Found) int {
		return cmp.Or(x.Layer-y.Layer, at(x)-at(y), strings.Compare(x.ID, y.ID))
	})
	return a
}

func linkName(linkType uint16) string {
	if name, ok := links[linkType]; ok {
		return name
	}
	return fmt.Sprintf("link type %d", linkType)
}
