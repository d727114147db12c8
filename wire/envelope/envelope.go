// Package envelope gives the messages of a WebSocket a form, which RFC 6455 leaves to its users: JSON (RFC 8259) that
// says what happens, what that brings, and to which question an answer belongs.
//
//	client -> server   {"event":"...","data":{...},"id":7}    Parse
//	server -> client   {"event":"ack","id":7,"data":{...}}    Reply
//	                   {"event":"error","id":7,"data":{...}}  Reply
//	                   {"event":"...","data":{...}}           Event, to one
//	                   {"event":"...","data":{...},"seq":9}   Event, to everybody: the number says what one has missed
//
// Several questions may be under way at once. The id is the client's, and comes back as it was sent.
package envelope

import (
	"encoding/json"
	"fmt"

	"pollwire/rest/input"
	"pollwire/rest/output"
	"pollwire/rest/problem"
)

// Message is what a client sends.
type Message struct {
	Event string
	Data  json.RawMessage // {} where nothing was sent
	ID    json.RawMessage // a number or a string; nil: the client wants no ack
}

// Parse reads a message. An error is a problem.Malformed. The Message that comes with an error has the ID, if that
// could be read: so the client learns which of its messages was wrong.
func Parse(text []byte) (Message, error) {
	var in struct {
		Event *string         `json:"event"`
		Data  json.RawMessage `json:"data"`
		ID    json.RawMessage `json:"id"`
	}
	err := input.Unmarshal(text, &in)
	if err != nil {
		json.Unmarshal(text, &in) // less strict: it is only about the ID
	}
	m := Message{Data: in.Data, ID: in.ID}
	if len(m.Data) == 0 {
		m.Data = json.RawMessage("{}")
	}
	if len(m.ID) > 0 && m.ID[0] != '"' && m.ID[0] != '-' && (m.ID[0] < '0' || m.ID[0] > '9') {
		m.ID, err = nil, problem.Refuse(problem.Malformed, `"id" must be a number or a string`)
	}
	if err == nil && in.Event == nil {
		err = problem.Refuse(problem.Malformed, `"event" is missing`)
	}
	if in.Event != nil {
		m.Event = *in.Event
	}
	return m, err
}

// Reply is the answer to the message with that id, nil for a message without one. event is "ack" or "error".
func Reply(event string, id json.RawMessage, data any) ([]byte, error) {
	return output.Encode(struct {
		Event string          `json:"event"`
		ID    json.RawMessage `json:"id,omitempty"`
		Data  any             `json:"data"`
	}{event, id, data})
}

// Event is what a client is told without having asked. data is JSON; seq is 0 for what is told to one client alone.
func Event(name string, data []byte, seq int64) []byte {
	b := fmt.Appendf(nil, `{"event":%q,"data":%s`, name, data)
	if seq != 0 {
		b = fmt.Appendf(b, `,"seq":%d`, seq)
	}
	return append(b, '}')
}
