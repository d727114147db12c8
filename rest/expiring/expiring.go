// Package expiring remembers values that are good until a moment that is known, such as what a token stands for.
package expiring

import "sync"

// most is how many values a Cache remembers. With more it starts anew rather than grow.
const most = 20_000

// Cache remembers values by their keys; each knows whether it is good no more. The zero Cache is ready to use, from any
// goroutine.
type Cache[V interface{ Expired() bool }] struct {
	mu    sync.RWMutex // guards byKey
	byKey map[string]V
}

// Get returns a value that is good.
func (c *Cache[V]) Get(key string) (V, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	v, ok := c.byKey[key]
	return v, ok && !v.Expired()
}

// Forget says that no value may be good any more.
func (c *Cache[V]) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byKey = nil
}

// Put remembers a value.
func (c *Cache[V]) Put(key string, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byKey == nil || len(c.byKey) >= most {
		c.byKey = map[string]V{}
	}
	c.byKey[key] = v
}
