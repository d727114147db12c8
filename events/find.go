package events

import (
	"cmp"
	"regexp"
)

// A Mention is an event as it stands in bytes that were made for a client.
type Mention struct{ Name, Seq string }

// mentioned knows an event by its name and number: in a list of this package, in its stream, in a packet of Socket.IO, and
// in a message of a WebSocket.
var mentioned = regexp.MustCompile(`"seq":(\d+),"event":"([^"]+)"|id: (\d+)\nevent: (\S+)|42\["([^"]+)",.*?,"(\d+)"\]|"event":"([^"]+)","data":.*?,"seq":(\d+)\}`)

// In finds the events in what was written of them in any of these ways. It is for notes: it tells what a reader of the
// wire would look for, and a text that looks the same is found, too.
func In(chunk []byte) (found []Mention) {
	for _, m := range mentioned.FindAllSubmatch(chunk, -1) {
		found = append(found, Mention{
			Name: cmp.Or(string(m[2]), string(m[4]), string(m[5]), string(m[7])),
			Seq:  cmp.Or(string(m[1]), string(m[3]), string(m[6]), string(m[8])),
		})
	}
	return found
}
