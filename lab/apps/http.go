package apps

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"pollwire/lab/trace"
)

// HTTP is a message of HTTP/1.1 (RFC 9112 §2.1).
type HTTP struct {
	Range
	Method, Target string // of a request
	Status         int    // of a response; 0: it is a request
	Reason         string
	Version        string
	Header         []Field
	Trailer        []Field
	Head           int64 // the offset behind the header section
	Body           []byte
	Chunked        bool
	Chunks         []int // their sizes, the last one of 0 bytes too
	Whole          bool  // all of it is there
	Answer, Asked  *HTTP // the response to a request, and the other way round
}

// Field is a line of a header section.
type Field struct{ Name, Value string }

// Get returns the value of the first field of a name.
func (m *HTTP) Get(name string) string {
	for _, f := range m.Header {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// says reports whether a field's list has a word.
func (m *HTTP) says(name, word string) bool {
	for _, f := range m.Header {
		if strings.EqualFold(f.Name, name) {
			for part := range strings.SplitSeq(f.Value, ",") {
				if strings.EqualFold(strings.TrimSpace(part), word) {
					return true
				}
			}
		}
	}
	return false
}

// Events counts the events of a stream of them (WHATWG HTML, §9.2.6): an empty line ends each.
func (m *HTTP) Events() int {
	if !strings.HasPrefix(m.Get("Content-Type"), "text/event-stream") {
		return 0
	}
	n := 0
	for _, block := range bytes.Split(bytes.ReplaceAll(m.Body, []byte("\r"), nil), []byte("\n\n")) {
		if bytes.Contains(append([]byte("\n"), block...), []byte("\ndata")) {
			n++
		}
	}
	return n
}

const maxHead = 256 << 10 // bytes of a header section

var methods = []string{"GET ", "POST ", "PUT ", "PATCH ", "DELETE ", "HEAD ", "OPTIONS ", "CONNECT ", "TRACE "}

// starts reports whether a message may begin with these bytes.
func starts(b []byte) bool {
	return bytes.HasPrefix(b, []byte("HTTP/1.")) ||
		slices.ContainsFunc(methods, func(m string) bool { return bytes.HasPrefix(b, []byte(m)) })
}

// source is where messages of one side are read from: a chunk, and then the next one.
type source struct {
	talk   *Talk
	side   trace.Side
	chunks []trace.Chunk
	at     int // in the first chunk
}

func (s *source) rest() []byte { return s.chunks[0].Data[s.at:] }

func (s *source) offset() int64 { return s.chunks[0].From + int64(s.at) }

// seek goes on to where a message begins: here, or at the beginning of a later packet.
func (s *source) seek() bool {
	for ; len(s.chunks) > 0; s.chunks, s.at = s.chunks[1:], 0 {
		if starts(s.rest()) {
			return true
		}
		pieces := s.talk.Sent[s.side]
		end := s.chunks[0].From + int64(len(s.chunks[0].Data))
		i, _ := slices.BinarySearchFunc(pieces, s.offset(), func(p trace.Piece, at int64) int {
			return cmp.Compare(p.From, at)
		})
		for ; i < len(pieces) && pieces[i].From < end; i++ {
			if s.at = int(pieces[i].From - s.chunks[0].From); starts(s.rest()) {
				return true
			}
		}
	}
	return false
}

// http reads requests and responses by turns, for how long a response is depends on its request (RFC 9112 §6.3).
func (t *Talk) http(chunks [2][]trace.Chunk) {
	var in [2]*source
	for side := range in {
		in[side] = &source{talk: t, side: trace.Side(side), chunks: chunks[side]}
	}
	asking := trace.Client
	if in[0].seek() && bytes.HasPrefix(in[0].rest(), []byte("HTTP/1.")) { // the capture begins in the middle
		asking = trace.Server
	}
	t.messages(in[asking], in[asking.Other()])
	slices.SortStableFunc(t.HTTP, func(a, b *HTTP) int { return a.Packet - b.Packet })
	for _, m := range t.HTTP {
		t.polled(m)
	}
}

func (t *Talk) messages(requests, responses *source) {
	for {
		asked := t.message(requests, nil)
		answer := t.answer(responses, asked)
		if asked == nil && answer == nil {
			return
		}
		if answer != nil && answer.Status == 101 {
			t.upgraded(asked, requests, responses)
			return
		}
		if asked != nil && asked.Method == "CONNECT" && answer != nil && answer.Status/100 == 2 {
			return // a tunnel
		}
	}
}

// answer reads the response to a request, and the interim ones before it (RFC 9110 §15.2). One that was there before
// the request is the answer to another, which is not in the capture.
func (t *Talk) answer(in *source, asked *HTTP) *HTTP {
	for {
		a := t.message(in, asked)
		switch {
		case a != nil && a.Status/100 == 1 && a.Status != 101:
			continue
		case a == nil || asked == nil:
			return a
		case a.Packet < asked.Packet && len(asked.Body) == 0:
			continue
		}
		asked.Answer, a.Asked = a, asked
		return a
	}
}

// message reads the next message, nil if there is none. What can't be read is skipped.
func (t *Talk) message(in *source, asked *HTTP) *HTTP {
	for in.seek() && !t.full() {
		from, b := in.offset(), in.rest()
		m := &HTTP{}
		size, ok := m.head(b)
		if in.at += size; !ok {
			continue
		}
		m.Head = from + int64(size)
		size = m.body(b[size:], asked)
		in.at += size
		m.Range = t.at(in.side, from, m.Head+int64(size))
		t.items++
		t.HTTP = append(t.HTTP, m)
		return m
	}
	return nil
}

const maxLine = 8 << 10 // bytes of a start line

// head reads the start line and the fields (RFC 9112 §3, §4, §5), and returns how many bytes they have; or how many
// bytes can be skipped, since they are no message.
func (m *HTTP) head(b []byte) (size int, ok bool) {
	line, _, ok := bytes.Cut(b[:min(len(b), maxLine)], []byte("\r\n"))
	if !ok || !m.startLine(string(line)) {
		return 1, false
	}
	size = min(len(b), maxHead)
	end := bytes.Index(b[:size], []byte("\r\n\r\n"))
	if end < 0 { // it goes on in a packet that is not here
		return size, false
	}
	m.Header = fieldsOf(string(b[len(line):end]))
	return end + 4, true
}

func (m *HTTP) startLine(line string) bool {
	first, behind, _ := strings.Cut(line, " ")
	second, third, _ := strings.Cut(behind, " ")
	if strings.HasPrefix(first, "HTTP/1.") {
		status, err := strconv.Atoi(second)
		m.Version, m.Status, m.Reason = first, status, third
		return err == nil && status >= 100 && status <= 999
	}
	m.Method, m.Target, m.Version = first, second, third
	return strings.HasPrefix(third, "HTTP/1.")
}

func fieldsOf(lines string) (list []Field) {
	for line := range strings.SplitSeq(lines, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok {
			list = append(list, Field{name, strings.Trim(value, " \t")})
		}
	}
	return list
}

// body takes the body from b, by the rules of RFC 9112 §6.3, and returns how many bytes it has there.
func (m *HTTP) body(b []byte, asked *HTTP) int {
	length, err := strconv.Atoi(m.Get("Content-Length"))
	switch {
	case m.Status/100 == 1, m.Status == 204, m.Status == 304,
		m.Status > 0 && asked != nil && (asked.Method == "HEAD" || asked.Method == "CONNECT" && m.Status/100 == 2):
		m.Whole = true
		return 0
	case m.says("Transfer-Encoding", "chunked"):
		m.Chunked = true
		return m.chunked(b)
	case err == nil && length >= 0:
		m.Whole = len(b) >= length
		m.Body = b[:min(len(b), length)]
	case m.Status == 0: // a request without either has none
		m.Whole = true
		return 0
	default: // the end of the connection is the end of the body
		m.Body, m.Whole = b, true
	}
	return len(m.Body)
}

// chunked reads chunks (RFC 9112 §7.1): a size in hexadecimal on a line of its own, so many bytes, and an empty line.
func (m *HTTP) chunked(b []byte) int {
	at := 0
	for {
		end := bytes.Index(b[at:min(len(b), at+1000)], []byte("\r\n"))
		if end < 0 {
			return len(b)
		}
		text, _, _ := strings.Cut(string(b[at:at+end]), ";")
		size, err := strconv.ParseUint(strings.TrimSpace(text), 16, 31)
		if err != nil {
			return at
		}
		at += end + 2
		m.Chunks = append(m.Chunks, int(size))
		if size == 0 {
			return m.trailer(b, at)
		}
		m.Body = append(m.Body, b[at:min(len(b), at+int(size))]...)
		if at += int(size) + 2; at > len(b) {
			return len(b)
		}
	}
}

// trailer reads the fields behind the last chunk, and the empty line behind them.
func (m *HTTP) trailer(b []byte, at int) int {
	if bytes.HasPrefix(b[at:], []byte("\r\n")) {
		m.Whole = true
		return at + 2
	}
	end := bytes.Index(b[at:min(len(b), at+maxHead)], []byte("\r\n\r\n"))
	if end < 0 {
		return len(b)
	}
	m.Trailer, m.Whole = fieldsOf(string(b[at:at+end])), true
	return at + end + 4
}
