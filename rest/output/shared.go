package output

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"

	"pollwire/rest/rfc9110"
)

// What is kept of one object. What nearly everybody gets differs in few ways: in which of a few options one has chosen.
const (
	maxReady      = 8       // different ends
	maxReadyBytes = 4 << 10 // of one of them; larger ones are made anew each time
)

// Shared is the JSON of an object that is the same for everybody but for its last member. It is made when it is first
// needed, and kept with each end that it got. The zero Shared is ready.
type Shared struct {
	mu    sync.RWMutex // guards what follows; never held while something is encoded
	all   []byte       // without the last member
	ready map[string]*Ready
}

// With returns the JSON of v(), a struct with members, and behind them one more, whose value is last, in JSON. v must
// return the same each time.
func (s *Shared) With(v func() any, name string, last []byte) (*Ready, error) {
	s.mu.RLock()
	all, r := s.all, s.ready[string(last)]
	s.mu.RUnlock()
	if r != nil {
		return r, nil
	}
	if all == nil {
		made, err := Encode(v())
		if err != nil {
			return nil, err
		}
		all = made // another goroutine may have made the same, which does no harm
	}
	b := make([]byte, 0, len(all)+len(name)+len(last)+len(`,"":`))
	b = append(b, all[:len(all)-1]...) // but for the brace
	b = append(append(append(b, `,"`...), name...), `":`...)
	r = &Ready{JSON: append(append(b, last...), '}')}
	s.keep(all, string(last), r)
	return r, nil
}

func (s *Shared) keep(all []byte, last string, r *Ready) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = all
	if s.ready == nil {
		s.ready = map[string]*Ready{}
	}
	if len(s.ready) < maxReady && len(r.JSON) <= maxReadyBytes {
		s.ready[last] = r
	}
}

// Ready is JSON that many get, and the fields of the header that follow from it.
type Ready struct {
	JSON json.RawMessage

	once         sync.Once
	etag, length []string
}

// Show is the function Show for what is ready.
func (a *Ready) Show(w http.ResponseWriter, r *http.Request) error {
	if !plain(r) {
		return Show(w, r, a.JSON)
	}
	a.once.Do(func() {
		a.etag, a.length = []string{rfc9110.StrongETag(a.JSON)}, []string{strconv.Itoa(len(a.JSON))}
	})
	h := w.Header()
	describe(h, typeJSON, a.etag)
	varyByAsker(h)
	h["Accept-Ranges"], h["Content-Length"] = inBytes, a.length
	w.WriteHeader(http.StatusOK)
	w.Write(a.JSON) // fails where the client has gone, which is no error of ours
	return nil
}
