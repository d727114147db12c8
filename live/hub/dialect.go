package hub

// A Chunk is what is written in one piece: whole frames, or lines of a stream. All who listen in one dialect share it,
// and nobody may change it.
type Chunk struct {
	Bytes  []byte
	Events []*Event // what Bytes tells, in this order; none for what was sent to one listener alone
}

// A Dialect is a way to write events, shared by all listeners of a kind. Each event is encoded once in each.
type Dialect struct{ encode func(*Event) []byte }

// NewDialect makes a dialect of a pure function. It is meant for package variables: what an event was encoded to is
// kept with it, by the address of its dialect.
func NewDialect(encode func(*Event) []byte) *Dialect { return &Dialect{encode} }

// bare is the dialect of who has chosen none.
var bare = NewDialect(func(e *Event) []byte { return e.Data })

// chunk returns the event in this dialect. Several goroutines may ask at the same time.
func (d *Dialect) chunk(e *Event) *Chunk {
	for {
		known := e.encoded.Load()
		if found := known.find(d); found != nil {
			return &found.chunk
		}
		added := &encoding{d, Chunk{d.encode(e), []*Event{e}}, known}
		if e.encoded.CompareAndSwap(known, added) {
			return &added.chunk
		}
	}
}

// encoding is a chunk in one dialect, and a list of the same in others: there are few, so looking through them costs
// less than a map.
type encoding struct {
	dialect *Dialect
	chunk   Chunk
	next    *encoding
}

// find returns nil if what is looked for is not in the list. The list may be empty.
func (n *encoding) find(d *Dialect) *encoding {
	for n != nil && n.dialect != d {
		n = n.next
	}
	return n
}
