package groupcommit

import (
	"errors"
	"iter"
	"maps"
	"sync"
)

// Limits of a Cache: more than is in use at a time.
const (
	MaxParts = 5000 // of one row; with more, only the row itself is kept

	maxRows     = 1000
	maxAllParts = 100_000
	maxWanted   = 64 // rows to be read at the end of one transaction, for whose answers others wait
)

// Cache keeps rows by their id as they were last committed, and with each row its parts: what belongs to one member of
// it, such as the choice of one person. Readers find them without SQL, and the writer checks a burst of changes against
// them. Its Ended belongs into Config.Ended.
//
// What readers see changes at one place only, in Ended: behind the commit and before anybody is told of it. So they
// never see what may still be undone, nor anything older than what they were told, and no value that was read before a
// commit can come to stand behind it, because no reader puts any in.
type Cache[T, P any] struct {
	load      func(w *Writer, id int64) (T, error)
	loadParts func(w *Writer, id int64, row T) (map[int64]P, error)
	recount   func(row T, parts iter.Seq2[P, P]) (T, bool)

	mu       sync.RWMutex // guards what follows; only the writer's goroutine changes kept
	kept     map[int64]*entry[T, P]
	allParts int
	wanted   map[int64]bool // rows that readers did not find

	// What the running transaction has read, dropped and changed. Only the writer's goroutine touches it.
	fresh   map[int64]*entry[T, P]
	dropped map[int64]bool
	changed map[int64]map[int64]P
}

type entry[T, P any] struct {
	row   T
	parts map[int64]P // nil: too many
}

// NewCache makes an empty cache. load reads a row; inside a transaction it sees what that has changed so far. parts
// reads the parts of a row by their members, nil if they are more than MaxParts. recount, if not nil, is a quicker way
// than load to a row whose parts were changed: it gets the row as it was, and what each part was and is; it returns a
// row of its own, or false where the row must be read.
func NewCache[T, P any](load func(w *Writer, id int64) (T, error),
	parts func(w *Writer, id int64, row T) (map[int64]P, error),
	recount func(row T, parts iter.Seq2[P, P]) (T, bool)) *Cache[T, P] {
	return &Cache[T, P]{load: load, loadParts: parts, recount: recount, kept: map[int64]*entry[T, P]{},
		wanted: map[int64]bool{}, fresh: map[int64]*entry[T, P]{}, dropped: map[int64]bool{},
		changed: map[int64]map[int64]P{}}
}

// ---- for readers

// Read returns a row and the part of a member, the zero P for one who has none and for nobody, member 0. It may be
// called from any goroutine. ok is false where they aren't kept: then SQL knows them, and Want has them kept.
func (c *Cache[T, P]) Read(id, member int64) (row T, part P, ok bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e := c.kept[id]
	if e == nil || e.parts == nil && member != 0 {
		return row, part, false
	}
	return e.row, e.parts[member], true
}

// Find is Read, and where nothing is kept it asks the disk by ask and has the row kept.
//
// The disk is ahead of what is kept, from a commit until Ended. So what has come to be kept while the disk was asked
// goes before what the disk said, or the next one who reads could get an older row. Without a member nobody ever gets
// a row older than one that was given out before.
func (c *Cache[T, P]) Find(db *DB, id, member int64, ask func() (T, P, error)) (T, P, error) {
	if row, part, ok := c.Read(id, member); ok {
		return row, part, nil
	}
	askedRow, askedPart, err := ask()
	if err != nil {
		return askedRow, askedPart, err
	}
	if row, part, ok := c.Read(id, member); ok {
		return row, part, nil
	}
	c.Want(db, id)
	return askedRow, askedPart, nil
}

// Want has the writer read a row at the end of its next transaction, and begin one if nothing waits. It doesn't wait.
func (c *Cache[T, P]) Want(db *DB, id int64) {
	c.mu.Lock()
	_, kept := c.kept[id]
	ask := !kept && !c.wanted[id] && len(c.wanted) < maxWanted
	if ask {
		c.wanted[id] = true
	}
	c.mu.Unlock()
	if ask && len(db.jobs) == 0 {
		db.poke()
	}
}

// ---- for the writer's goroutine

// Get returns a row. Inside a transaction that called Set it may lag behind.
func (c *Cache[T, P]) Get(w *Writer, id int64) (T, error) {
	if c.dropped[id] {
		return c.load(w, id)
	}
	if e := c.entry(id); e != nil {
		return e.row, nil
	}
	row, err := c.load(w, id)
	if err != nil {
		return row, err
	}
	parts, err := c.loadParts(w, id, row)
	if err == nil {
		c.fresh[id] = &entry[T, P]{row, parts}
	}
	return row, err
}

func (c *Cache[T, P]) entry(id int64) *entry[T, P] {
	if e := c.kept[id]; e != nil {
		return e
	}
	return c.fresh[id]
}

// Part returns the part of a member as the running transaction has left it. ok is false where SQL must be asked.
func (c *Cache[T, P]) Part(id, member int64) (part P, ok bool) {
	e := c.entry(id)
	if e == nil || e.parts == nil || c.dropped[id] {
		return part, false
	}
	if part, ok := c.changed[id][member]; ok {
		return part, true
	}
	return e.parts[member], true
}

// Set says that the running transaction has changed the part of a member, of a row that it got by Get. That row is
// brought up to date when the transaction has ended. It must be the last thing that its piece does: a piece that fails
// takes nothing back.
func (c *Cache[T, P]) Set(id, member int64, part P) {
	if c.changed[id] == nil {
		c.changed[id] = map[int64]P{}
	}
	c.changed[id][member] = part
}

// Drop says that the running transaction changes or deletes rows in another way.
func (c *Cache[T, P]) Drop(ids ...int64) {
	for _, id := range ids {
		c.dropped[id] = true
	}
}

// Ended is to be called after each transaction, with its error.
func (c *Cache[T, P]) Ended(w *Writer, err error) {
	wanted := c.settle(err)
	rows := make(map[int64]T, len(c.changed)) // read before the lock is taken: no reader waits for SQL
	for id, parts := range c.changed {
		row, ok := c.count(id, parts)
		if !ok {
			var err error
			row, err = c.load(w, id)
			ok = err == nil
		}
		if ok {
			rows[id] = row
		}
	}
	for id := range wanted {
		c.Get(w, id) // what can't be read isn't kept
	}
	c.publish(rows)
}

// count finds a row by recount. What is kept, or was read when the transaction began, is from before its changes.
func (c *Cache[T, P]) count(id int64, parts map[int64]P) (row T, ok bool) {
	e := c.entry(id)
	if c.recount == nil || e == nil || e.parts == nil {
		return row, false
	}
	return c.recount(e.row, func(yield func(was, is P) bool) {
		for member, part := range parts {
			if !yield(e.parts[member], part) {
				return
			}
		}
	})
}

// settle forgets what is not as it was, and returns what readers have asked for.
func (c *Cache[T, P]) settle(err error) (wanted map[int64]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wanted, c.wanted = c.wanted, map[int64]bool{}
	if err != nil {
		if !errors.Is(err, errAgain) {
			clear(c.kept) // by rights all is as it was before, but then the disk may be failing
			c.allParts = 0
		}
		clear(c.dropped)
		clear(c.fresh)
		clear(c.changed)
	}
	for id := range c.dropped {
		c.remove(id)
		delete(c.fresh, id)
		delete(c.changed, id)
	}
	clear(c.dropped)
	return wanted
}

// publish lets readers see what was committed: all of it at one moment.
func (c *Cache[T, P]) publish(rows map[int64]T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, e := range c.fresh {
		c.makeRoom(1, len(e.parts))
		c.kept[id] = e
		c.allParts += len(e.parts)
	}
	for id, parts := range c.changed {
		row, read := rows[id]
		e := c.kept[id]
		if e == nil || !read {
			c.remove(id)
			continue
		}
		e.row = row
		c.allParts -= len(e.parts)
		if e.parts != nil {
			maps.Copy(e.parts, parts)
		}
		if len(e.parts) > MaxParts {
			e.parts = nil
		}
		c.allParts += len(e.parts)
	}
	c.makeRoom(0, 0)
	clear(c.fresh)
	clear(c.changed)
}

func (c *Cache[T, P]) remove(id int64) {
	if e := c.kept[id]; e != nil {
		c.allParts -= len(e.parts)
		delete(c.kept, id)
	}
}

// makeRoom removes whatever comes first, in no order: to find out what is least in use would cost each reader a note.
// What is in use comes back with the next Want.
func (c *Cache[T, P]) makeRoom(rows, parts int) {
	for id := range c.kept {
		if len(c.kept)+rows <= maxRows && c.allParts+parts <= maxAllParts {
			return
		}
		c.remove(id)
	}
}
