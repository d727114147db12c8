package rdt

// Got is what a receiver has done.
type Got struct {
	Packets    int // that came
	Duplicates int // of these, those that had come before
	Discarded  int // of these, those that came too early for who keeps nothing (Go-Back-N), or for the window
	ACKs       int // sent
	Damaged    int // thrown away, besides
}

// Receiver has what came. Packets before base were delivered.
type Receiver struct {
	Config
	Got
	base int
	kept map[int]Packet // selective repeat: what came too early
	whole
}

// whole is what was delivered, in order.
type whole struct {
	data []byte
	done bool
}

// NewReceiver waits for the first packet.
func NewReceiver(c Config) (*Receiver, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return &Receiver{Config: c, kept: map[int]Packet{}}, nil
}

// Delivered is what came so far, without gaps, and whether that is all.
func (r *Receiver) Delivered() (data []byte, all bool) { return r.data, r.done }

// Hear is told of a packet and says what to answer. The last packet's ACK may get lost, so a receiver that has
// everything must go on answering: TCP does so in TIME-WAIT (RFC 9293 §3.6.1).
func (r *Receiver) Hear(p Packet) (ack Packet, answer bool) {
	if p.Type != Data || p.Variant != r.Variant || int(p.Number) >= r.Space {
		return ack, false
	}
	r.Packets++
	ack = Packet{Type: ACK, Variant: r.Variant, Window: 1}
	if r.Variant == SelectiveRepeat {
		ack.Number, ack.Window, answer = p.Number, byte(r.Window), r.anyOrder(p)
	} else {
		ack.Number, answer = r.inOrder(p), true
	}
	if answer {
		r.ACKs++
	}
	return ack, answer
}

// inOrder takes the one packet that is expected, and acknowledges the last one that was taken, again and again.
func (r *Receiver) inOrder(p Packet) uint16 {
	switch ahead := r.ahead(p.Number, r.base); {
	case ahead == 0 && !r.done:
		r.deliver(p)
	case ahead < r.Window && !r.done:
		r.Discarded++
	default:
		r.Duplicates++
	}
	return r.number(r.base + r.Space - 1) // the one before base; before the first there is one too, which nobody has sent
}

// anyOrder takes what is within the window. What is behind it was taken before, but its ACK may be lost: it gets one
// more.
func (r *Receiver) anyOrder(p Packet) (answer bool) {
	ahead := r.ahead(p.Number, r.base)
	_, known := r.kept[r.base+ahead]
	switch {
	case r.Space-ahead <= min(r.Window, r.base), known:
		r.Duplicates++
		return true
	case ahead >= r.Window || r.done:
		r.Discarded++
		return false
	}
	p.Data = append([]byte(nil), p.Data...) // p's is the buffer of who reads
	r.kept[r.base+ahead] = p
	for next, ok := r.kept[r.base]; ok; next, ok = r.kept[r.base] {
		delete(r.kept, r.base)
		r.deliver(next)
	}
	return true
}

func (r *Receiver) deliver(p Packet) {
	r.data = append(r.data, p.Data...)
	r.done = p.Last
	r.base++
}
