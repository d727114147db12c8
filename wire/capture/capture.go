// Package capture writes down a server's own traffic as Wireshark reads it: no rights, no driver and no key log are
// needed, as the packets are rebuilt from what the server's connections read and write.
//
//	curl -sN http://localhost:3001/capture | wireshark -k -i -
//
//	draft-ietf-opsawg-pcapng  the file format: blocks, comments, Decryption Secrets Blocks (DSB)
//	RFC 9850                  the lines of a DSB, SSLKEYLOGFILE
//	RFC 9293, 768             TCP and UDP      RFC 791, 8200  IPv4 and IPv6      RFC 1071  their checksum
//
// A Recorder wraps listeners and packet connections. Each connection that they accept notes what passes, below TLS, so
// that what is written down is what travels. Blocks go, in order of time, into the bounded queue of each reader:
//
//	Conn.Read, Conn.Write -> stream: segments, their time set by the Recorder -> the queue of each reader -> Copy
//	crypto/tls's key log  -> a DSB before the next packet of that connection
//
// What is real: who talked with whom, when, all bytes in both directions and their order, TLS included, each Write and
// Read as what was sent in one go, which side ended the connection, and resets. What is rebuilt, since a program sees
// bytes and no packets: the headers of IP and TCP, sequence numbers, the cut into segments, acknowledgements, the
// handshake, and what a client does after the server has closed. So nothing is ever lost, late or sent twice here.
// Packets that are nothing but rebuilt are on an interface of their own, "rebuilt", each a nanosecond behind what
// caused it: frame.interface_name != "rebuilt" leaves them out. To study TCP itself capture the interface.
//
// Who asks for a capture also gets, from its beginning, what is open already, as long as that has carried little;
// a connection that has carried more starts in the middle, and a comment says so. Nothing here waits for a reader:
// whose queue is full loses the rest of the capture, and the last packet that it gets says so. A connection over which
// a capture is read is in none.
//
// Supported: TCP and UDP, IPv4 and IPv6, TLS 1.2 and 1.3, comments. Not supported: SYN without a connection (a port
// scan), ICMP, what has arrived and was never read, the time a packet took. A nil *Recorder is switched off: it wraps
// nothing and costs nothing.
package capture

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pollwire/live/wake"
	"pollwire/wire/pcapng"
)

// Limits of memory, in bytes.
const (
	maxHistory   = 256 << 10 // of the packets of an open connection that are kept for readers to come
	maxHistories = 32 << 20  // of all of them
	maxQueue     = 32 << 20  // of what waits for a reader: several downloads
	maxReaders   = 4
)

// Recorder collects packets and hands them to its readers.
type Recorder struct {
	info    Info
	reading atomic.Int32 // how many readers there are
	kept    atomic.Int64 // bytes of history

	mu      sync.Mutex // guards what follows, and what readers have; locked after a Conn's own; no I/O while it is held
	last    int64      // the time of the last packet
	conns   map[ends]*Conn
	hellos  map[random]*Conn // by what a client's hello and a key log have in common
	readers map[*reader]bool
	closed  bool
}

// ends are the two ends of a connection.
type ends struct{ client, server netip.AddrPort }

// New makes a Recorder. What is missing in info, its comment, is that headers are rebuilt.
func New(info Info) *Recorder {
	if info.Comment == "" {
		info.Comment = comment
	}
	return &Recorder{info: info, conns: map[ends]*Conn{}, hellos: map[random]*Conn{}, readers: map[*reader]bool{}}
}

const comment = "Written by the server itself from what its connections read and wrote. Real are the addresses, the " +
	"times, all bytes and their order. " +
	"The headers of IP and TCP are rebuilt: sequence numbers, segments, acknowledgements, handshakes. Nothing is ever " +
	"lost or repeated here. Packets of which the server saw nothing have invented times, also in what follows from " +
	"these (the initial round-trip time), and an interface of their own: frame.interface_name != \"rebuilt\" hides " +
	"them. To study TCP itself, capture the interface. The secrets of TLS are in this file: whoever has it can read " +
	"everything."

// publish stamps blocks and queues them for all readers. It returns their time.
func (r *Recorder) publish(blocks []byte) int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = max(time.Now().UnixNano(), r.last+1) // the clock may be set back, a file may not
	at := r.last
	r.last = pcapng.Stamp(blocks, at)
	for reader := range r.readers {
		reader.push(blocks)
	}
	return at
}

// add notes a connection.
func (r *Recorder) add(c *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns[c.ends] = c
}

// remove forgets it.
func (r *Recorder) remove(c *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conns[c.ends] == c { // the client may have taken its port once more
		delete(r.conns, c.ends)
	}
	if r.hellos[c.secrets.random] == c {
		delete(r.hellos, c.secrets.random)
	}
}

// Close ends all captures, after what was recorded so far.
func (r *Recorder) Close() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for reader := range r.readers {
		reader.end(errClosed)
	}
}

// attach begins to tell a new reader everything that is published from now on. It returns what was published before
// and is still kept: the packets of the connections that are open.
func (r *Recorder) attach() (*reader, [][]byte, error) {
	reader := &reader{news: wake.NewBell()}
	r.mu.Lock()
	if r.closed || len(r.readers) == maxReaders {
		defer r.mu.Unlock()
		if r.closed {
			return nil, nil, errClosed
		}
		return nil, nil, errTooMany
	}
	r.readers[reader] = true
	r.reading.Add(1)
	r.last = max(time.Now().UnixNano(), r.last)
	now := r.last
	open := make([]*Conn, 0, len(r.conns))
	for _, c := range r.conns {
		open = append(open, c)
	}
	r.mu.Unlock()

	var past []chunk
	for _, c := range open {
		past = append(past, c.before(now)...)
	}
	slices.SortFunc(past, func(a, b chunk) int { return cmp.Compare(a.at, b.at) })
	var blocks [][]byte
	for _, p := range past {
		blocks = append(blocks, p.blocks)
	}
	return reader, blocks, nil
}

func (r *Recorder) detach(reader *reader) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.readers, reader)
	r.reading.Add(-1)
}
