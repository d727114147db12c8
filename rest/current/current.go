// Package current remembers values as they are now, by their numbers: what is asked for at each call and seldom
// changes. Whoever changes one says so behind the commit, and from then on nobody gets the old one any more.
package current

import "sync"

// most is how many values a Cache remembers. With more it starts anew rather than grow.
const most = 20_000

// Cache remembers values. The zero Cache is ready to use, from any goroutine.
type Cache[V any] struct {
	mu      sync.RWMutex // guards what follows; nothing is asked while it is held
	byID    map[int64]V
	changes int64 // how many there were: what was read before one may be old behind it
}

// Get returns a value, if it is remembered.
func (c *Cache[V]) Get(id int64) (V, bool) {
	v, ok, _ := c.get(id)
	return v, ok
}

func (c *Cache[V]) get(id int64) (v V, ok bool, changes int64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	v, ok = c.byID[id]
	return v, ok, c.changes
}

// Find is Get, and what is not remembered it asks for. What was changed while it asked, it asks for once more.
func (c *Cache[V]) Find(id int64, ask func() (V, error)) (V, error) {
	for {
		v, ok, changes := c.get(id)
		if ok {
			return v, nil
		}
		v, err := ask()
		if err != nil || c.keep(id, v, changes) {
			return v, err
		}
	}
}

// keep remembers a value that was read after so many changes. It reports false if there were more meanwhile.
func (c *Cache[V]) keep(id int64, v V, changes int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes != changes {
		return false
	}
	c.putLocked(id, v)
	return true
}

// Changed says that a value is another one now.
func (c *Cache[V]) Changed(id int64, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	c.putLocked(id, v)
}

func (c *Cache[V]) putLocked(id int64, v V) {
	if c.byID == nil || len(c.byID) >= most {
		c.byID = map[int64]V{}
	}
	c.byID[id] = v
}

// Forget says that any value may be another one now.
func (c *Cache[V]) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	c.byID = nil
}
