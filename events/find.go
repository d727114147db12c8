package events

import (
	"cmp"
	"regexp"
	"sync"
)

// A Mention is an event as it stands in bytes that were made for a client.
type Mention struct{ Name, Seq string }

// mentioned knows an event by its name and number: in a list of this package, in its stream, in a packet of Socket.IO, and
// in a message of a WebSocket.
var mentioned = regexp.MustCompile(`"seq":(\d+),"event":"([^"]+)"|id: (\d+)\nevent: (\S+)|42\["([^"]+)",.*?,"(\d+)"\]|"event":"([^"]+)","data":.*?,"seq":(\d+)\}`)

// A Finder finds the events in chunks. The same chunk goes to a thousand clients, so it remembers the last ones. The zero
// Finder is ready.
type Finder struct {
	mu   sync.Mutex
	seen map[*byte]sighting // by where a chunk begins
}

type sighting struct {
	length int
	found  []Mention
}

const maxSeen = 64

// In finds the events in what was written of them in any of these ways. It is for notes: it tells what a reader of the
// wire would look for, and a text that looks the same is found, too. The chunk must not be changed afterwards.
func (f *Finder) In(chunk []byte) []Mention {
	if len(chunk) == 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.seen[&chunk[0]]; s.length == len(chunk) {
		return s.found
	}
	if len(f.seen) >= maxSeen || f.seen == nil {
		f.seen = map[*byte]sighting{} // they are not for long
	}
	found := in(chunk)
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
