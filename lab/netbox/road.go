package netbox

import (
	"container/heap"
	"sync"
	"time"
)

// road holds the frames that are under way, and delivers each at its time.
type road struct {
	to    end
	alarm *alarm

	mu     sync.Mutex // guards what follows; no frame is delivered while it is held
	frames flying
	size   int    // bytes
	count  uint64 // of all so far
	busy   bool   // frames are being delivered: who comes must not overtake
}

// travelling is a frame that is under way.
type travelling struct {
	frame []byte
	note  string
	at    time.Time
	n     uint64 // of those that arrive at the same time, who left first comes first
}

type flying []travelling

func (f flying) Len() int      { return len(f) }
func (f flying) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *flying) Push(x any)   { *f = append(*f, x.(travelling)) }
func (f flying) Less(i, j int) bool {
	return f[i].at.Before(f[j].at) || f[i].at.Equal(f[j].at) && f[i].n < f[j].n
}

func (f *flying) Pop() any {
	last := (*f)[len(*f)-1]
	(*f)[len(*f)-1] = travelling{} // the frame itself can go
	*f = (*f)[:len(*f)-1]
	return last
}

func (r *road) open() (err error) {
	r.alarm, err = newAlarm()
	return err
}

func (r *road) close() {
	if r.alarm != nil {
		r.alarm.close()
	}
}

// room: as much as a network may hold is not under way yet.
func (r *road) room(size int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.size+size <= maxFlying
}

// add puts a frame on its way. What arrives at once is delivered at once, by who brings it.
func (r *road) add(frame []byte, note string, at, now time.Time) {
	r.mu.Lock()
	if !at.After(now) && len(r.frames) == 0 && !r.busy {
		r.mu.Unlock()
		r.to.arrive(frame, note)
		return
	}
	r.count++
	r.size += len(frame)
	heap.Push(&r.frames, travelling{frame, note, at, r.count})
	if r.frames[0].n == r.count {
		r.alarm.set(at)
	}
	r.mu.Unlock()
}

// run delivers until the road is closed.
func (r *road) run() {
	for r.alarm.wait() {
		for {
			t, ok := r.due()
			if !ok {
				break
			}
			r.to.arrive(t.frame, t.note)
		}
	}
}

// due is the next frame that has to be delivered now. If there is none, the alarm is set for the next one.
func (r *road) due() (t travelling, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy = false
	if len(r.frames) == 0 {
		return t, false
	}
	if next := r.frames[0].at; next.After(time.Now()) {
		r.alarm.set(next)
		return t, false
	}
	r.busy = true
	t = heap.Pop(&r.frames).(travelling)
	r.size -= len(t.frame)
	return t, true
}

// clear loses all that is under way.
func (r *road) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.frames, r.size = nil, 0
}
