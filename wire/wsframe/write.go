package wsframe

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"
)

// Write sends frames, in as few writes as possible, and returns what is left of them if the connection fails or the
// peer takes nothing for the timeout; of the first of them a part may be out. A peer that takes something, however
// little, is given more time. The frames may be shared with other connections: they are not changed, but the list of
// them is used up.
//
// stalled is called when the timeout is over. With TLS nothing more can be sent after a write that was given up. There
// the peer has the timeout once more; if it goes on reading, Write throws the other frames away and returns nothing, so
// that a close frame can follow.
func Write(conn net.Conn, frames [][]byte, timeout time.Duration, stalled func()) (rest [][]byte) {
	if secure, ok := conn.(*tls.Conn); ok {
		return writeTLS(secure, frames, timeout, stalled)
	}
	bufs := net.Buffers(frames)
	for len(bufs) > 0 {
		conn.SetWriteDeadline(time.Now().Add(timeout))
		n, err := bufs.WriteTo(conn)
		late := errors.Is(err, os.ErrDeadlineExceeded)
		if late && n == 0 {
			stalled()
		}
		if err != nil && !(late && n > 0) {
			return bufs
		}
	}
	return nil
}

// maxRecord is the most that a TLS record holds (RFC 8446 §5.1).
const maxRecord = 16 << 10

// writeTLS is Write for a connection that encrypts. Each call of its Write makes records of its own, so small frames
// are put together.
func writeTLS(conn *tls.Conn, frames [][]byte, timeout time.Duration, stalled func()) (rest [][]byte) {
	var together []byte
	for len(frames) > 0 {
		record, n := frames[0], 1
		for n < len(frames) && len(record)+len(frames[n]) <= maxRecord {
			if n == 1 {
				together = append(together[:0], record...)
			}
			together = append(together, frames[n]...)
			record = together
			n++
		}
		conn.SetWriteDeadline(time.Now().Add(2 * timeout))
		late := time.AfterFunc(timeout, stalled)
		_, err := conn.Write(record)
		switch inTime := late.Stop(); {
		case err != nil:
			return frames
		case !inTime:
			return nil
		}
		frames = frames[n:]
	}
	return nil
}

// Linger is how long a connection that we have closed may still be read, so that the peer gets our last frame: closing
// with unread input would reset the connection and throw that frame away.
const Linger = 500 * time.Millisecond

// CloseWrite says that no more frames follow; the peer has Linger to close its side (RFC 6455 §7.1.1).
func CloseWrite(conn net.Conn) {
	conn.SetReadDeadline(time.Now().Add(Linger))
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
}
