// Package socketio is the server side of Socket.IO: events by name, with acknowledgements, over long-polling or
// WebSocket, whichever the network lets through.
//
//	Engine.IO protocol, revision 4  https://github.com/socketio/socket.io/blob/main/docs/engine.io-protocol/v4-current.md
//	Socket.IO protocol, revision 5  https://github.com/socketio/socket.io/blob/main/docs/socket.io-protocol/v5-current.md
//	Connection state recovery       https://socket.io/docs/v4/connection-state-recovery
//
// Two protocols lie on top of each other. Engine.IO makes one connection, a session with a sid, out of HTTP requests or
// of a WebSocket, and changes from the first to the second while it runs. Socket.IO puts namespaces, events and
// acknowledgements into its messages. A digit at the front of each packet says what it is, one for each protocol:
//
//	C: GET /socket.io/?EIO=4&transport=polling
//	S: 0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],
//	   "pingInterval":25000,"pingTimeout":20000,"maxPayload":65536}
//	C: POST /socket.io/?EIO=4&transport=polling&sid=lv_VI97HAXpY6yYWAAAC
//	   40{"token":"123"}                          4 message: 0 CONNECT, to the namespace / with an auth
//	S: ok
//	C: GET /socket.io/?EIO=4&transport=polling&sid=lv_VI97HAXpY6yYWAAAC
//	S: 40{"sid":"wZX3oN0bSVIhsaknAAAI","pid":"..."}   a sid of its own: that of the session is a secret
//	C: POST   421["greet","hello"]                4 message: 2 EVENT, to be acknowledged as 1
//	S: ok
//	C: GET
//	S: 431["done"] ␞ 42["greeting",{...},"7"]     4 message: 3 ACK; ␞ separates; what the hub tells everybody
//	C: GET                                        waits
//	S: 2                                          after 25 s: ping
//	C: POST   3                                   pong
//
// Where things are: engine.go and packet.go are the two kinds of packets, args.go is what they carry; server.go answers
// requests; session.go is what stands behind a sid; polling.go, websocket.go and upgrade.go are the transports (what a
// WebSocket does by itself is package wsconn); receive.go is what happens to what comes in; socket.go is what an
// application sees; recovery.go brings lost clients back.
//
// What everybody is to hear comes from a hub.Hub: it is encoded once, and the same bytes are in all queues. Of a client
// that reads too slowly the queue is bounded, over both transports.
//
// Not supported: older revisions (EIO=3); WebTransport; compression; cookies; JSONP; other parsers than the default one
// (MessagePack); rooms; namespaces that come into being when somebody asks for them. The hub is heard in the namespace
// / alone, and only sockets there can be recovered. What was sent to one socket alone, by Emit or as an
// acknowledgement, is not repeated by a recovery; the reference implementation repeats what was emitted.
package socketio
