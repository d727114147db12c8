package openapi

// What the tour (tour_test.go) tries with each operation before its first success: everything that the document
// says is refused, and its limits from both sides.

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pollwire/test/rig"
)

// refusals tries what is refused, or answered in another way, whatever the call is about. What the document does not
// name is tried, too, where it can do no harm: perhaps it is just forgotten.
func (t *tour) refusals(op *operation, a ask) {
	t.Helper()
	kinds, sends := op.Object["requestBody"].(rig.Object)
	content, _ := kinds["content"].(rig.Object)
	get := op.method == "GET"
	withToken := op.Object["responses"].(rig.Object)["401"] != nil && op.id != "basic"
	for status, forgotten := range map[string]bool{"206": get, "304": get, "400": get || sends, "401": true,
		"403": withToken, "404": false,
		"412": true, "413": sends, "415": sends, "416": get} {
		_, said := op.Object["responses"].(rig.Object)[status]
		if !said && !forgotten || status == "404" && len(a.path) == 0 {
			continue
		}
		b := a
		b.header = slices.Clone(a.header)
		with := func(header ...string) { b.header = append(b.header, header...) }
		switch status {
		case "206":
			with("Range", "bytes=0-0")
		case "304":
			with("If-None-Match", "*")
		case "400":
			switch {
			case content["application/json"] != nil:
				b.body = "{"
			case content["multipart/form-data"] != nil:
				with("Content-Type", "multipart/form-data") // without a boundary
			case content["*/*"] != nil:
				with("Content-Range", "bytes 0-1/2")
			default:
				b.query = "?%zz"
			}
		case "401":
			with("Authorization", "Bearer no.such.token")
			if op.id == "openSocket" {
				b.query = "?token=no.such.token"
			}
		case "403": // whoever was removed is refused everywhere
			if !withToken {
				continue
			}
			if b.token = t.removed; op.id == "openSocket" {
				b.token, b.query = "", "?token="+t.removed
			}
			if got, body := t.send(op, b); got != 403 {
				t.Errorf("%s by somebody who was removed = %d %.300s, want 403", op.id, got, body)
			}
			continue
		case "404":
			b.path = []any{"nothing"}
		case "412":
			with("If-Match", `"x"`)
		case "413": // what is refused by its length alone need not be sent
			with("Expect", "100-continue")
			if b.body = strings.Repeat(" ", 33<<20); content["application/json"] != nil || content["text/plain"] != nil {
				b.body = strings.Repeat(" ", 1<<20+1) // the longest body of JSON that any call takes
			}
		case "415":
			with("Content-Encoding", "gzip")
		case "416":
			with("Range", "bytes=999999999-")
		}
		if got, body := t.send(op, b); said && strconv.Itoa(got) != status {
			t.Errorf("%s, to be answered with %s, = %d %.300s", op.id, status, got, body)
		}
	}
}

// limits tries each limit of the query, the path and the body: on it the value is taken, beyond it refused by name.
func (t *tour) limits(op *operation, a ask) {
	t.Helper()
	if op.Object["responses"].(rig.Object)["422"] == nil {
		return
	}
	try := func(field string, value any, taken bool, b ask) {
		t.Helper()
		got, body := t.send(op, b)
		var p rig.Problem
		json.Unmarshal([]byte(body), &p)
		named := false
		for _, e := range p.Errors {
			named = named || e.Field == field
		}
		if named == taken || !taken && got != 422 {
			t.Errorf("%s with %s = %.50v: %d %.300s, want it taken: %v", op.id, field, value, got, body, taken)
		}
	}
	for _, p := range op.params {
		name, schema := p["name"].(string), t.follow(p["schema"])
		for _, e := range edges(schema) {
			text := fmt.Sprint(e.value)
			if n, ok := e.value.(float64); ok {
				text = strconv.FormatFloat(n, 'f', -1, 64)
			}
			b := a
			switch {
			case p["in"] == "query":
				q, _ := url.ParseQuery(strings.TrimPrefix(a.query, "?"))
				q.Set(name, text)
				b.query = "?" + q.Encode()
			case p["in"] == "path" && schema["maximum"] != nil: // not an id: what is no id is a 404
				b.path = []any{text}
			default:
				continue
			}
			try(name, text, e.taken, b)
		}
	}
	kinds, _ := op.Object["requestBody"].(rig.Object)
	content, _ := kinds["content"].(rig.Object)
	whole, ok := a.body.(rig.Object)
	if content["application/json"] == nil || !ok {
		return
	}
	described := t.follow(content["application/json"].(rig.Object)["schema"])
	if described["oneOf"] != nil { // of the keys that exclude each other
		whole = rig.Object{}
	}
	for name, schema := range described["properties"].(rig.Object) {
		ref, _ := schema.(rig.Object)["$ref"].(string)
		schema := t.follow(schema)
		for _, e := range edges(schema) {
			if strings.HasSuffix(ref, "/Id") && e.taken {
				continue // what may be an id need not be one
			}
			b := a
			b.body = with(whole, name, e.value)
			try(name, e.value, e.taken, b)
		}
		texts, ok := schema["items"].(rig.Object)
		if !ok || !isText(texts) {
			continue
		}
		for _, e := range edges(texts) {
			b := a
			b.body = with(whole, name, []any{e.value, "another"})
			try(name+"[0]", e.value, e.taken, b)
		}
	}
}

// with returns a copy of a body in which a member is another.
func with(body rig.Object, name string, value any) rig.Object {
	body = maps.Clone(body)
	body[name] = value
	return body
}

// isText tells whether a text is among what a schema describes.
func isText(schema rig.Object) bool {
	return schema["type"] == "string" || slices.Contains(items(schema["type"]), "string")
}

// edge is a value at a limit, which is taken, or beyond it, which is not.
type edge struct {
	value any
	taken bool
}

func edges(schema rig.Object) (list []edge) {
	at := func(keyword string, beyond float64, make func(n float64) any) {
		if limit, ok := schema[keyword].(float64); ok {
			if list = append(list, edge{make(limit), true}); limit+beyond >= 0 || keyword == "minimum" {
				list = append(list, edge{make(limit + beyond), false})
			}
		}
	}
	text := func(letter string) func(float64) any {
		return func(n float64) any { return strings.Repeat(letter, int(n)) }
	}
	array := func(n float64) any {
		list := []any{}
		for i := range int(n) {
			if list = append(list, i+1); isText(schema["items"].(rig.Object)) {
				list[i] = fmt.Sprint("option ", i+1)
			}
		}
		return list
	}
	number := func(n float64) any { return n }
	at("minimum", -1, number)
	at("maximum", +1, number)
	at("maxLength", +1, text("x"))
	if schema["format"] == "password" { // its limits are bytes: the fewest characters are those with the most bytes
		at("minLength", -1, text("𐍈"))
	} else {
		at("minLength", -1, text("x"))
	}
	at("minItems", -1, array)
	at("maxItems", +1, array)
	for _, value := range items(schema["enum"]) {
		list = append(list, edge{value, true}, edge{"none of them", false})
	}
	return list
}
