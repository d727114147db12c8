package groupcommit

// Cache keeps values by their row id as they were last committed. Only the writer's goroutine may touch it. A burst of
// changes to one row checks each against it, and reads the row once for all the answers of a transaction.
// Its Ended belongs into Config.Ended.
type Cache[T any] struct {
	// Load reads a value that is not kept. Inside a transaction it sees what that has changed so far.
	Load func(w *Statements, id int64) (T, error)

	byID  map[int64]T
	stale []int64
}

const maxCached = 1000 // more than are in use at a time

// Get returns a value. Inside a transaction that called Touch it may lag behind.
func (c *Cache[T]) Get(w *Statements, id int64) (T, error) {
	if v, ok := c.byID[id]; ok {
		return v, nil
	}
	v, err := c.Load(w, id)
	if err == nil {
		if c.byID == nil {
			c.byID = map[int64]T{}
		}
		c.byID[id] = v
	}
	return v, err
}

// Touch says that the running transaction changes a value in a way that its own checks need not see: it is read anew
// when the transaction has ended.
func (c *Cache[T]) Touch(id int64) { c.stale = append(c.stale, id) }

// Drop makes the next Get read the value anew.
func (c *Cache[T]) Drop(id int64) { delete(c.byID, id) }

// Ended is to be called after each transaction, with its error.
func (c *Cache[T]) Ended(err error) {
	if err != nil || len(c.byID) > maxCached {
		clear(c.byID) // on an error it may hold what has just been undone
	}
	for _, id := range c.stale {
		delete(c.byID, id)
	}
	c.stale = c.stale[:0]
}
