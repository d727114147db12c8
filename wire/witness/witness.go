// Package witness remembers of connections what tells later whether a capture of them is true: both ends, when they
// began, how many bytes each side sent, and a digest of each block of them.
//
//	w := witness.New()
//	l = w.Listener(l)                    // connections are remembered while w is on
//	h = w.Handler(h)                     // GET /?run=7gk2m4xp makes its connection one of the run 7gk2m4xp
//	for _, r := range w.Of("7gk2m4xp") {
//		at, same := r.Compare(witness.Client, 0, data)
//	}
//
// What nobody asks for is forgotten: a connection that ends without having been named, and the oldest of those that
// were when there are too many. Nothing is on disk: after a restart there are no witnesses of what was before, which
// Missed tells. What goes over QUIC is not remembered.
//
// A digest is the first half of the tag that AES-GCM gives to a block which is all additional data (GMAC, NIST SP
// 800-38D), under a key of this process: who does not know it can't make other bytes with the same digest. That a nonce
// must not come twice does not matter to tags that nobody is shown. A Record can be sent as JSON, key and all, to
// another process of ours that compares (package lab/reader).
package witness

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	block   = 256       // bytes
	sumSize = 8         // bytes of a digest
	most    = 4 << 20   // bytes of one direction; what comes behind them is only counted
	perName = 200       // connections
	inAll   = 20_000    // connections that are kept
	size    = 256 << 10 // blocks that are kept of all of them: 2 MiB of digests stand for 64 MiB
)

// Side is one of the two ends.
type Side int

const (
	Client Side = iota
	Server
)

// Witness remembers connections. Make one with New.
type Witness struct {
	on  atomic.Bool
	key [16]byte
	sum digester

	mu     sync.Mutex           // guards what follows, and what Record says it does
	open   map[ends]*Record     // connections that are open
	named  map[string][]*Record // by what they were named
	oldest []*Record            // all that are named, oldest first
	blocks int                  // of all that are named
	since  time.Time            // what was named and began before this may be forgotten
}

// ends are those of a connection.
type ends struct{ client, server netip.AddrPort }

// New makes one that is off.
func New() *Witness {
	w := &Witness{open: map[ends]*Record{}, named: map[string][]*Record{}}
	rand.Read(w.key[:])
	w.sum = newDigester(w.key)
	return w
}

// digester makes digests with one key.
type digester struct{ aead cipher.AEAD }

func newDigester(key [16]byte) digester {
	b, _ := aes.NewCipher(key[:]) // 16 bytes are a key
	aead, _ := cipher.NewGCM(b)   // and AES has blocks of 16
	return digester{aead}
}

// of is the digest of a block.
func (d digester) of(b []byte) (sum [sumSize]byte) {
	var tag [16]byte
	return [sumSize]byte(d.aead.Seal(tag[:0], nonce[:], nil, b))
}

var nonce [12]byte // of zeros

// Turn switches it on or off. A connection is remembered if it was on when the connection began.
func (w *Witness) Turn(on bool) {
	if !w.on.Swap(on) && on {
		w.mu.Lock()
		w.since = time.Now()
		w.mu.Unlock()
	}
}

// Missed is when the last connection may have begun that was named and is not remembered: since w was off, or has
// forgotten it. It is zero where there can be none, since names of them were given only from begun on.
func (w *Witness) Missed(begun time.Time) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if begun.Before(w.since) {
		return w.since
	}
	return time.Time{}
}

// Record is what is remembered of a connection.
type Record struct {
	Client, Server netip.AddrPort
	Began          time.Time
	Whole          bool // it was remembered from its beginning

	w     *Witness
	name  string // guarded by w.mu, and so is kept
	kept  int    // blocks, as they are counted in w
	sides [2]digest
}

// digest is what one side has sent.
type digest struct {
	mu     sync.Mutex      // guards what follows
	n      int64           // bytes
	blocks [][sumSize]byte // digests of those that are full
	part   []byte          // of the block that is not
}

// add takes what was sent.
func (d *digest) add(sum digester, b []byte) (full int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.n += int64(len(b))
	for len(b) > 0 && len(d.blocks) < most/block {
		take := min(len(b), block-len(d.part))
		d.part, b = append(d.part, b[:take]...), b[take:]
		if len(d.part) == block {
			d.blocks, d.part = append(d.blocks, sum.of(d.part)), d.part[:0]
			full++
		}
	}
	return full
}

// full is how many blocks are full.
func (d *digest) full() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.blocks)
}

// Bytes is how many a side has sent.
func (r *Record) Bytes(side Side) int64 {
	d := &r.sides[side]
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.n
}

// Compare compares what a side is said to have sent, from an offset on, with what it has: block by block, as far as
// they lie in it whole. at is where the first block begins that differs, or where the side had sent no more.
func (r *Record) Compare(side Side, from int64, data []byte) (at int64, same bool) {
	d := &r.sides[side]
	d.mu.Lock()
	defer d.mu.Unlock()
	end := from + int64(len(data))
	if end > d.n {
		return d.n, false
	}
	for i := (from + block - 1) / block; i < int64(len(d.blocks)) && (i+1)*block <= end; i++ {
		begin := i*block - from
		if r.w.sum.of(data[begin:begin+block]) != d.blocks[i] {
			return i * block, false
		}
	}
	tail := int64(len(d.blocks)) * block // what is kept as it is
	for i := max(tail, from); i < end && i < tail+int64(len(d.part)); i++ {
		if data[i-from] != d.part[i-tail] {
			return i, false
		}
	}
	return 0, true
}

// ---- connections

// Listener returns l with all its connections remembered, from the next one on that begins while w is on.
func (w *Witness) Listener(l net.Listener) net.Listener { return &listener{l, w} }

type listener struct {
	net.Listener
	w *Witness
}

func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil || !l.w.on.Load() {
		return c, err
	}
	client, server := addrPort(c.RemoteAddr()), addrPort(c.LocalAddr())
	if !client.IsValid() {
		return c, nil // no IP: a Unix socket
	}
	r := &Record{Client: client, Server: server, Began: time.Now(), Whole: true, w: l.w}
	l.w.mu.Lock()
	l.w.open[ends{client, server}] = r
	l.w.mu.Unlock()
	return &conn{Conn: c, r: r}, nil
}

// addrPort is an IPv4 address as such, also where a socket for both versions calls it ::ffff:192.0.2.1.
func addrPort(a net.Addr) netip.AddrPort {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	p := t.AddrPort()
	return netip.AddrPortFrom(p.Addr().Unmap().WithZone(""), p.Port())
}

// conn is a connection that is remembered. It is no *net.TCPConn: what that can do beside Read and Write would pass
// unseen.
type conn struct {
	net.Conn
	r *Record

	reading sync.Mutex
	peeked  []byte // has been read from the network, and by nobody yet
}

// Peek returns the first byte that has not been read yet.
func (c *conn) Peek() (byte, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if len(c.peeked) == 0 {
		var b [1]byte
		if n, err := c.receive(b[:]); n == 0 {
			return 0, err
		}
		c.peeked = b[:]
	}
	return c.peeked[0], nil
}

func (c *conn) Read(b []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if len(c.peeked) > 0 && len(b) > 0 {
		n := copy(b, c.peeked)
		c.peeked = c.peeked[n:]
		return n, nil
	}
	return c.receive(b)
}

func (c *conn) receive(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.r.add(Client, b[:n])
	return n, err
}

func (c *conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.r.add(Server, b[:n])
	return n, err
}

// CloseWrite says that nothing more will be sent.
func (c *conn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return http.ErrNotSupported
	}
	return half.CloseWrite()
}

func (c *conn) Close() error {
	c.r.w.mu.Lock()
	k := ends{c.r.Client, c.r.Server}
	if c.r.w.open[k] == c.r {
		delete(c.r.w.open, k)
	}
	c.r.w.mu.Unlock()
	return c.Conn.Close()
}

func (r *Record) add(side Side, b []byte) {
	if full := r.sides[side].add(r.w.sum, b); full > 0 {
		r.w.mu.Lock()
		defer r.w.mu.Unlock()
		if r.name != "" {
			r.kept += full
			r.w.blocks += full
			r.w.makeRoom()
		}
	}
}

// ---- names

// Of returns the connections of a name, in the order in which they were named.
func (w *Witness) Of(name string) []*Record {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]*Record(nil), w.named[name]...)
}

// inQuery is how a request names its connection. What follows behind a hyphen makes no other name.
var inQuery = regexp.MustCompile(`(?:^|&)run=([0-9a-z]{1,16})(?:-[0-9a-z]*)?(?:&|$)`)

// Handler names the connections of requests that have a run in their query.
func (w *Witness) Handler(h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.RawQuery, "run=") {
			if found := inQuery.FindStringSubmatch(r.URL.RawQuery); found != nil {
				w.name(r, found[1])
			}
		}
		h.ServeHTTP(rw, r)
	})
}

func (w *Witness) name(r *http.Request, name string) {
	client, err := netip.ParseAddrPort(r.RemoteAddr)
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if err != nil || !ok || !w.on.Load() {
		return
	}
	client = netip.AddrPortFrom(client.Addr().Unmap().WithZone(""), client.Port())
	k := ends{client, addrPort(local)}
	w.mu.Lock()
	defer w.mu.Unlock()
	record := w.open[k]
	if record == nil { // it began while w was off
		record = &Record{Client: k.client, Server: k.server, Began: time.Now(), w: w}
	}
	known := func(r *Record) bool { return r.Client == k.client && r.Server == k.server && !r.Whole }
	if record.name != "" || slices.ContainsFunc(w.named[name], known) {
		return
	}
	if of := w.named[name]; len(of) >= perName {
		w.forget(slices.Index(w.oldest, of[0]))
	}
	record.name, record.kept = name, record.sides[Client].full()+record.sides[Server].full()
	w.blocks += record.kept
	w.named[name] = append(w.named[name], record)
	w.oldest = append(w.oldest, record)
	w.makeRoom()
}

// makeRoom forgets the oldest that are named. It is called with w.mu held.
func (w *Witness) makeRoom() {
	for len(w.oldest) > inAll || w.blocks > size && len(w.oldest) > 1 {
		w.forget(0)
	}
}

// forget forgets one of the oldest. It is called with w.mu held.
func (w *Witness) forget(i int) {
	r := w.oldest[i]
	if i == 0 {
		w.oldest = w.oldest[1:]
	} else {
		w.oldest = slices.Delete(w.oldest, i, i+1)
	}
	w.blocks -= r.kept
	rest := slices.DeleteFunc(w.named[r.name], func(o *Record) bool { return o == r })
	if w.named[r.name] = rest; len(rest) == 0 {
		delete(w.named, r.name)
	}
	r.name = ""
	if r.Began.After(w.since) {
		w.since = r.Began.Add(1) // it is among those that began before
	}
}
