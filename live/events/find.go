package events

import (
	"cmp"
	"regexp"
	"sync"
)

// A Mention is an event as it stands in bytes that were made for a client.
type Mention struct{ Name, Seq string }

// mentioned finds the name and the number of an event in the four forms in which events leave: in a list of this
// package, in its stream, in a packet of Socket.IO, and in a message of a WebSocket.
var mentioned = regexp.MustCompile(
	`"seq":(\d+),"event":"([^"]+)"|id: (\d+)\nevent: (\S+)|42\["([^"]+)",.*?,"(\d+)"\]|"event":"([^"]+)","data":.*?,"seq":(\d+)\}`)

// A Finder finds the events in chunks. The same chunk goes to a thousand clients, so it remembers what it found in the
// last ones. The zero Finder is ready to use, from any goroutine.
type Finder struct {
	mu sync.Mutex
	// by the address of the chunk's first byte; the chunk is kept, so no other can get that address
	seen map[*byte]sighting
}

type sighting struct {
	length int
	found  []Mention
}

const maxSeen = 64 // chunks

// In finds the events in a chunk, in whichever form they were written. It is for comments in a capture: it finds what a
// person who reads the bytes would take for an event, also a text that only looks the same. The chunk must not be
// changed afterwards.
func (f *Finder) In(chunk []byte) []Mention {
	if len(chunk) == 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.seen[&chunk[0]]; s.length == len(chunk) {
		return s.found
	}
	found := in(chunk)
	if len(found) == 0 {
		return nil // an answer, which goes to one client alone
	}
	if len(f.seen) >= maxSeen || f.seen == nil {
		// a chunk goes to all its clients within a moment, so the old ones are not asked for again
		f.seen = map[*byte]sighting{}
	}
	f.seen[&chunk[0]] = sighting{len(chunk), found}
	return found
}

func in(chunk []byte) (found []Mention) {
	for _, m := range mentioned.FindAllSubmatch(chunk, -1) {
		found = append(found, Mention{
			Name: cmp.Or(string(m[2]), string(m[4]), string(m[5]), string(m[7])),
			Seq:  cmp.Or(string(m[1]), string(m[3]), string(m[6]), string(m[8])),
		})
	}
	return found
}
