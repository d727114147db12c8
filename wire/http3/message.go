package http3

import (
	"errors"
	"io"
	"net/http"
)

// A message (RFC 9114 §4.1) is on a stream of its own:
//
//	HEADERS  DATA ...  HEADERS   the header section, the content, the trailer section
//
// and, on the side of the server, HEADERS of answers 1xx before it. What is unknown may stand between all of them.

func isEOF(err error) bool { return errors.Is(err, io.EOF) }

// messageFrame reads the beginning of the next frame of a message, which is DATA or HEADERS. All other known types
// belong elsewhere (§7.2). PUSH_PROMISE a server must not get, and to a client of ours none was allowed (§7.2.5).
func messageFrame(st source, server bool) (frameType, uint64, error) {
	t, length, err := readFrame(st)
	switch {
	case err != nil:
		return 0, 0, err
	case t == framePushPromise && !server:
		return 0, 0, broken(IDError, "PUSH_PROMISE though no push was allowed")
	case t != frameData && t != frameHeaders:
		return 0, 0, broken(FrameUnexpected, "%v on a request stream", t)
	}
	return t, length, nil
}

// readHead reads the header section that a message begins with.
func readHead(st source, server bool, most uint64) ([]field, error) {
	t, length, err := messageFrame(st, server)
	if isEOF(err) {
		return nil, &streamError{RequestIncomplete, "the stream has no message"} // §4.1
	}
	if err != nil {
		return nil, err
	}
	if t == frameData {
		return nil, broken(FrameUnexpected, "DATA before HEADERS")
	}
	return readFields(st, length, most)
}

// readFields reads the payload of HEADERS. Compressed it is hardly larger than it counts: more is not even read.
func readFields(st source, length, most uint64) ([]field, error) {
	if length > most {
		return nil, tooLarge
	}
	section, err := readPayload(st, length)
	if err != nil {
		return nil, err
	}
	return parseFields(section, most)
}

// body is the content of a message, and the trailer section behind it.
type body struct {
	st      source
	server  bool
	most    uint64            // bytes of trailers
	length  int64             // Content-Length, -1: was not sent
	before  func()            // called before the first Read; nil: nothing
	trailer func(http.Header) // takes the trailers
	failed  func(error) error // ends the stream or the connection, and returns what the reader gets
	closed  func()            // the reader wants no more

	left uint64 // of a DATA frame
	got  int64
	end  error
}

func (b *body) Read(p []byte) (int, error) {
	if b.before != nil {
		b.before()
		b.before = nil
	}
	for b.left == 0 && b.end == nil {
		b.end = b.next()
	}
	if b.end != nil || len(p) == 0 {
		return 0, b.end
	}
	n, err := b.st.Read(p[:min(uint64(len(p)), b.left)])
	b.left -= uint64(n)
	if isEOF(err) && b.left > 0 {
		b.end = b.failed(cutOff(io.ErrUnexpectedEOF))
	} else if err != nil && !isEOF(err) {
		b.end = b.failed(err)
	}
	if n > 0 {
		return n, nil
	}
	return 0, b.end
}

// next reads to where the next DATA begins, or to the end.
func (b *body) next() error {
	t, length, err := messageFrame(b.st, b.server)
	switch {
	case isEOF(err):
		return b.whole()
	case err != nil:
		return b.failed(err)
	case t == frameHeaders:
		if err := b.readTrailer(length); err != nil {
			return b.failed(err)
		}
		return b.whole()
	}
	b.left = length
	b.got += int64(length)
	if b.length >= 0 && b.got > b.length {
		return b.failed(malformed("more content than Content-Length")) // §4.1.2
	}
	return nil
}

// whole is called at the end of the stream.
func (b *body) whole() error {
	if b.length >= 0 && b.got != b.length {
		return b.failed(malformed("%d bytes of content, Content-Length is %d", b.got, b.length)) // §4.1.2
	}
	return io.EOF
}

// readTrailer reads the trailer section, behind which there is nothing more (§4.1).
func (b *body) readTrailer(length uint64) error {
	fields, err := readFields(b.st, length, b.most)
	if err != nil {
		return err
	}
	h, err := checkFields(fields) // §4.3: no pseudo-header fields
	if err != nil {
		return err
	}
	switch t, _, err := messageFrame(b.st, b.server); {
	case err == nil:
		return broken(FrameUnexpected, "%v behind the trailers", t)
	case !isEOF(err):
		return err
	}
	b.trailer(h.header)
	return nil
}

// Close says that nothing more will be read.
func (b *body) Close() error {
	if b.closed != nil {
		b.closed()
	}
	if b.end == nil {
		b.end = http.ErrBodyReadAfterClose
	}
	return nil
}
