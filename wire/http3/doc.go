// Package http3 is HTTP/3: a server for handlers of net/http, and a small client, on golang.org/x/net/quic.
//
//	RFC 9114  HTTP/3: streams, frames, requests and answers, errors
//	RFC 9204  QPACK, its static table and literals; Huffman (RFC 7541 §5.2) is golang.org/x/net/http2/hpack's
//	RFC 9000  QUIC, by golang.org/x/net/quic; here only its variable-length integers (§16)
//
// What travels, each stream by itself and in an order of its own:
//
//	stream 3  S: 00            control stream                  2  C: 00            the same of the client
//	          S: SETTINGS                                         C: SETTINGS
//	                                                           0  C: HEADERS [DATA ...] [HEADERS] FIN   a request
//	          S: GOAWAY, at the stop                           0  S: HEADERS [DATA ...] [HEADERS] FIN   its answer
//
// The files follow the documents: varint.go is RFC 9000 §16, frame.go and settings.go are RFC 9114 §7, conn.go is §6
// and what both ends check of control streams, message.go §4.1, fields.go §4.2 and §4.3, errors.go §8; qpack.go and
// static.go are RFC 9204.
//
// Left out: the dynamic table of QPACK (SETTINGS_QPACK_MAX_TABLE_CAPACITY is 0, so nobody may use one; each field
// section stands for itself, and none waits for another stream), server push, which browsers have given up, priorities
// (RFC 9218), datagrams (RFC 9297), extended CONNECT (RFC 9220), 0-RTT.
//
// golang.org/x/net/quic calls itself a work in progress that is not ready for production: its API may change, its
// speed is not tuned, connections don't move to another address (RFC 9000 §9), and Go's security policy does not cover
// it yet. So an HTTP/3 server should be switched on by those who want to look at it, beside one for HTTP/2.
package http3
