package output

import (
	"encoding/json"
	"sync/atomic"
)

// Shared is the JSON of an object that is the same for everybody but for its last member. It is made when it is first
// needed. The zero Shared is ready.
type Shared struct{ all atomic.Pointer[[]byte] }

// Last is a value that can write itself.
type Last interface{ AppendJSON([]byte) []byte }

// With returns the JSON of v(), a struct with members, and behind them one more. v must return the same each time.
func (s *Shared) With(v func() any, name string, last Last) (json.RawMessage, error) {
	all := s.all.Load()
	if all == nil {
		made, err := Encode(v())
		if err != nil {
			return nil, err
		}
		all = &made // another goroutine may have made the same, which does no harm
		s.all.Store(all)
	}
	const room = 40 // bytes: what is there beside the name and a few ids
	b := make([]byte, 0, len(*all)+len(name)+room)
	b = append(b, (*all)[:len(*all)-1]...) // but for the brace
	b = append(append(append(b, `,"`...), name...), `":`...)
	return append(last.AppendJSON(b), '}'), nil
}
