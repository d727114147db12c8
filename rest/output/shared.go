package output

import (
	"encoding/json"
	"strconv"
	"sync/atomic"
)

// Shared is the JSON of an object that is the same for everybody but for its last member, a list of ids. It is made
// when it is first needed. The zero Shared is ready.
type Shared struct{ all atomic.Pointer[[]byte] }

// With returns the JSON of v(), a struct with members, and behind them one more, null where there are no ids. v must
// return the same each time.
func (s *Shared) With(v func() any, name string, ids []int64) (json.RawMessage, error) {
	all := s.all.Load()
	if all == nil {
		made, err := Encode(v())
		if err != nil {
			return nil, err
		}
		all = &made // another goroutine may have made the same, which does no harm
		s.all.Store(all)
	}
	const id = 20 // digits at most, with the comma
	b := make([]byte, 0, len(*all)+len(name)+len(`,"":null}`)+len(ids)*id)
	b = append(b, (*all)[:len(*all)-1]...) // but for the brace
	b = append(append(append(b, `,"`...), name...), `":`...)
	return append(appendIDs(b, ids), '}'), nil
}

func appendIDs(b []byte, ids []int64) []byte {
	if len(ids) == 0 {
		return append(b, "null"...)
	}
	for i, id := range ids {
		b = append(b, "[,"[min(i, 1)])
		b = strconv.AppendInt(b, id, 10)
	}
	return append(b, ']')
}
