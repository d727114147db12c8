package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"pollwire/rest/output"
	"pollwire/wire/wsframe"
)

// Binary is an argument that travels as binary data and not as JSON.
type Binary []byte

// Args are the arguments of an event or of an acknowledgement. In the place of each binary one JSON has
// {"_placeholder":true,"num":N}, and it is Attachments[N].
type Args struct {
	JSON        []json.RawMessage
	Attachments [][]byte
}

// MakeArgs encodes values. A Binary becomes an attachment; everything else is JSON as of encoding/json. If there is
// but one and it is an Args, it is taken as it is, so that what came in can be sent back.
func MakeArgs(values ...any) (Args, error) {
	if len(values) == 1 {
		if whole, ok := values[0].(Args); ok {
			return whole, nil
		}
	}
	var a Args
	for _, v := range values {
		if b, ok := v.(Binary); ok {
			v = placeholder{true, len(a.Attachments)}
			a.Attachments = append(a.Attachments, b)
		}
		item, err := output.Encode(v)
		if err != nil {
			return Args{}, err
		}
		a.JSON = append(a.JSON, item)
	}
	if len(a.Attachments) > maxAttachments {
		return Args{}, fmt.Errorf("%d attachments, at most %d are possible", len(a.Attachments), maxAttachments)
	}
	return a, nil
}

type placeholder struct {
	Placeholder bool `json:"_placeholder"`
	Num         int  `json:"num"`
}

// parseArgs takes a packet's payload apart.
func parseArgs(data []byte, attachments [][]byte) (Args, error) {
	a := Args{Attachments: attachments}
	if err := json.Unmarshal(data, &a.JSON); err != nil {
		return a, err
	}
	if len(attachments) > 0 {
		var tree any
		if err := json.Unmarshal(data, &tree); err != nil {
			return a, err
		}
		return a, checkPlaceholders(tree, len(attachments))
	}
	return a, nil
}

// checkPlaceholders looks for one that stands for an attachment which does not exist.
func checkPlaceholders(tree any, attachments int) error {
	switch v := tree.(type) {
	case []any:
		for _, item := range v {
			if err := checkPlaceholders(item, attachments); err != nil {
				return err
			}
		}
	case map[string]any:
		if v["_placeholder"] == true {
			if n, ok := v["num"].(float64); !ok || n < 0 || n >= float64(attachments) || n != float64(int(n)) {
				return errors.New("a placeholder for no attachment")
			}
			return nil
		}
		for _, item := range v {
			if err := checkPlaceholders(item, attachments); err != nil {
				return err
			}
		}
	}
	return nil
}

// chunk makes the packet that carries a, behind first if that is not nil: the name of an event.
func (a Args) chunk(p packet, first []byte) []byte {
	if p.attachments = len(a.Attachments); p.attachments > 0 {
		p.kind += typeBinaryEvent - typeEvent // and BINARY_ACK lies as far behind ACK
	}
	items := make([][]byte, 0, 1+len(a.JSON))
	if first != nil {
		items = append(items, first)
	}
	for _, item := range a.JSON {
		items = append(items, item)
	}
	p.data = fmt.Appendf(nil, "[%s]", bytes.Join(items, []byte(",")))
	return p.chunk(a.Attachments)
}

// appendFrames makes a chunk of a text packet and the attachments behind it. They are one chunk, so that nothing gets
// in between ("Packet encoding").
func appendFrames(text []byte, attachments [][]byte) []byte {
	chunk := wsframe.AppendFrame(nil, wsframe.OpText, text)
	for _, a := range attachments {
		chunk = wsframe.AppendFrame(chunk, wsframe.OpBinary, a)
	}
	return chunk
}
