// Package lessons plays short scenes on the wire, for a class that watches in Wireshark: pollwire lab NAME.
//
//	$ pollwire lab http
//	1  GET asks for a document. ...
//	   connection  127.0.0.1:53124 -> 127.0.0.1:8000
//	   > GET /lab/whoami HTTP/1.1
//	   > Host: localhost:8000
//	   < HTTP/1.1 200 OK
//	   filter      http.request.method == "GET" && tcp.port == 53124
//	               1 packet: the request
//
// A lesson is a file of this folder and a line in the list below. It is a script, read from top to bottom: Step says
// what will be done and why, then it is done, then Find says by which display filter it is found, and how many packets
// that filter shows in a capture of this lesson. Those numbers are promises: a test captures every lesson and asks
// tshark for each of them.
//
// The clients are written by hand where the bytes matter: one Write is one TCP segment as long as it fits into one
// (RFC 9293 §3.7.1), and on loopback 64 KB do. Of net/http they use the reading and writing of messages, not its
// client, which would hide the connection, and make the program larger. All of it works against a server on another
// machine too, but the promises are made for loopback, where nothing is lost and nothing is sent twice.
//
// The RFCs and sections that a lesson is about stand at the function that plays it.
//
// The package is a client of the whole program, and speaks of what the program does. But it imports nothing that knows
// a poll: the server that it starts itself comes from main as a func.
package lessons

import "pollwire/lab/bilingual"

// Text is the same in two languages.
type Text = bilingual.Text

// Where the languages stand in a Text.
const (
	EN = bilingual.EN
	KO = bilingual.KO
)

// Lesson is one scene and what has to be there for it.
type Lesson struct {
	Name  string   // as it is typed: pollwire lab NAME
	Title Text     // a few words, for the list
	Aim   Text     // what one will have seen, in a sentence or two
	Needs []string // services of the server: http, ws, files, health
	IPv6  bool     // it uses IPv6 as well as IPv4, where there is any
	// Spare is how many free ports of this machine the lesson needs beside those of the server, to listen there or to
	// find nobody. They are known before it begins, so that a capture has them in its filter: Scene.Spare.
	Spare int
	// Capture is what a capture filter must let through besides all of these ports, in pcap's language: "icmp".
	Capture string
	// Box: it is played in a network of its own (package netbox), without a server.
	Box bool
	// Loopback: where there can be no such network it is played over loopback, within this program.
	Loopback bool
	// Plot is the host in whose capture the connections are to be drawn, "" for none.
	Plot string
	Play func(*Scene)
}

// All are the lessons in the order of the course.
func All() []Lesson {
	return inOrder([]Lesson{ethernetLesson, icmpLesson, mtuLesson, dhcpLesson, natLesson,
		rdtLesson, lossLesson, congestionLesson, roomLesson,
		http1, cacheLesson, longLesson, authLesson, cookiesLesson,
		tcpLesson, udpLesson, ipLesson, dnsLesson,
		websocketLesson, socketioLesson, realtimeLesson,
		tlsLesson, http2Lesson, quicLesson, http3Lesson})
}
