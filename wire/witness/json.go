package witness

import (
	"encoding/json"
	"net/netip"
	"time"
)

// sent is a Record in JSON.
type sent struct {
	Client, Server netip.AddrPort
	Began          time.Time
	Whole          bool
	Key            []byte
	Sides          [2]sentSide
}

type sentSide struct {
	Bytes  int64
	Blocks []byte // the digests, one behind the other
	Part   []byte
}

// MarshalJSON writes what Compare needs, as it is now.
func (r *Record) MarshalJSON() ([]byte, error) {
	s := sent{Client: r.Client, Server: r.Server, Began: r.Began, Whole: r.Whole, Key: r.w.key[:]}
	for i := range r.sides {
		d := &r.sides[i]
		d.mu.Lock()
		s.Sides[i] = sentSide{Bytes: d.n, Part: append([]byte(nil), d.part...)}
		for _, sum := range d.blocks {
			s.Sides[i].Blocks = append(s.Sides[i].Blocks, sum[:]...)
		}
		d.mu.Unlock()
	}
	return json.Marshal(s)
}

// UnmarshalJSON makes a Record that can be compared with, and sent on. What comes later is not in it.
func (r *Record) UnmarshalJSON(text []byte) error {
	var s sent
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	w := &Witness{}
	copy(w.key[:], s.Key)
	w.sum = newDigester(w.key)
	r.Client, r.Server, r.Began, r.Whole, r.w = s.Client, s.Server, s.Began, s.Whole, w
	for i, side := range s.Sides {
		d := &r.sides[i]
		d.n, d.blocks, d.part = side.Bytes, nil, side.Part
		for b := side.Blocks; len(b) >= sumSize; b = b[sumSize:] {
			d.blocks = append(d.blocks, [sumSize]byte(b))
		}
	}
	return nil
}
