package class

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"
)

// storeSeenEvery is how long it takes at most until who was seen is on disk. Each request of each person would be a
// write otherwise.
const storeSeenEvery = time.Minute

// seen knows when people did something for the last time, since the program has started. The zero seen has seen nobody.
type seen struct{ byID sync.Map } // int64 -> *sight

type sight struct {
	at     atomic.Int64 // millis
	stored int64        // the at that is on disk; only keepSeen touches it
}

func (s *seen) saw(id int64, at millis) {
	found, ok := s.byID.Load(id)
	if !ok {
		found, _ = s.byID.LoadOrStore(id, &sight{})
	}
	found.(*sight).at.Store(int64(at))
}

// last returns when somebody was seen, 0 if never.
func (s *seen) last(id int64) millis {
	if found, ok := s.byID.Load(id); ok {
		return millis(found.(*sight).at.Load())
	}
	return 0
}

// fresh returns what is not on disk yet, as pairs of id and time in JSON, "" for nothing; stored is to be called when
// it is.
func (s *seen) fresh() (pairs string, stored func()) {
	var list [][2]int64
	was := map[*sight]int64{}
	s.byID.Range(func(id, found any) bool {
		if one := found.(*sight); one.at.Load() != one.stored {
			was[one] = one.at.Load()
			list = append(list, [2]int64{id.(int64), was[one]})
		}
		return true
	})
	if len(list) == 0 {
		return "", nil
	}
	text, _ := json.Marshal(list) // numbers
	return string(text), func() {
		for one, at := range was {
			one.stored = at
		}
	}
}

// Saw notes that somebody does something now.
func (p *People) Saw(id int64) { p.seen.saw(id, millis(time.Now().UnixMilli())) }

// keepSeen stores who was seen, until ctx ends and once more then.
func (p *People) keepSeen(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(storeSeenEvery)
	defer tick.Stop()
	for ended := false; !ended; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			ended = true
		}
		pairs, stored := p.seen.fresh()
		if pairs == "" {
			continue
		}
		if err := p.storeSeen(context.WithoutCancel(ctx), pairs); err != nil {
			failed(err)
		} else {
			stored()
		}
	}
}
