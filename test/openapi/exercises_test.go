package openapi

import (
	"bytes"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"pollwire/test/rig"
)

// handIn is the form of a hand-in, and its header.
func handIn(t testing.TB, capture []byte, answers string) (body string, header []string) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("capture", "a.pcap")
	if err != nil {
		t.Fatal(err)
	}
	part.Write(capture)
	w.WriteField("answers", answers)
	w.Close()
	return form.String(), []string{"Content-Type", w.FormDataContentType()}
}

// noPackets is a file of pcap without any: it can be read, and shows nothing.
var noPackets = []byte(
	"\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x01\x00\x00\x00")

// tourExercises is what a teacher opens, and what students hand in.
func (t *tour) tourExercises() {
	t.Helper()
	teacher, kim, lee := t.Teacher(t.key, "Ms. Han").AccessToken, t.Guest("Kim").AccessToken, t.Guest("Lee").AccessToken
	t.call(200, "listExercises", ask{token: kim})
	one := []any{"tcp-open-close"}
	t.call(403, "newRun", ask{path: one, token: kim})
	t.call(403, "changeExercise", ask{path: one, token: kim, body: rig.Object{"open": true}})
	t.call(404, "changeExercise", ask{path: []any{"none"}, token: teacher, body: rig.Object{"open": true}})
	t.call(422, "changeExercise", ask{path: one, token: teacher, body: rig.Object{"reveal": "always"}})
	open := rig.Object{"open": true, "attempts": 1, "reveal": "right"}
	t.call(200, "changeExercise", ask{path: one, token: teacher, body: open})
	t.call(404, "newRun", ask{path: []any{"none"}, token: kim})
	t.try("newRun", ask{path: one, token: teacher})
	run := []any{read[struct{ Run string }](t, t.call(201, "newRun", ask{path: one, token: kim})).Run}
	t.call(409, "newRun", ask{path: one, token: kim})
	t.call(200, "getRun", ask{path: run})
	t.call(404, "getRun", ask{path: []any{"none"}})
	t.handIns(run, teacher, kim, lee)

	t.call(200, "listAttempts", ask{path: run, token: teacher})
	t.call(403, "listAttempts", ask{path: run, token: kim})
	t.call(404, "listAttempts", ask{path: []any{"none"}, token: teacher})
	t.call(200, "listResults", ask{token: teacher})
	t.call(403, "listResults", ask{token: kim})
	fields := read[struct{ Fields []struct{ ID string } }](t, t.call(200, "listFieldResults", ask{token: teacher,
		query: "?exercise=tcp-open-close"}))
	if len(fields.Fields) == 0 {
		t.Error("no fields")
	}
	t.call(403, "listFieldResults", ask{token: kim, query: "?exercise=tcp-open-close"})
	t.call(404, "listFieldResults", ask{token: teacher, query: "?exercise=none"})
	t.call(422, "listFieldResults", ask{token: teacher})
	past := rig.Object{"due": time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)}
	t.call(200, "changeExercise", ask{path: one, token: teacher, body: past})
	body, header := handIn(t, noPackets, "{}")
	t.call(409, "handIn", ask{path: run, token: kim, body: body, header: header})
	t.call(200, "listExercises", ask{token: kim})
	t.call(200, "changeExercise", ask{path: one, token: teacher, body: rig.Object{"due": nil, "attempts": 0}})
}

// handIns hands in what Kim has, and what is refused.
func (t *tour) handIns(run []any, teacher, kim, lee string) {
	t.Helper()
	body, header := handIn(t, noPackets, `{"isn": 1, "rst": "4, 9"}`)
	ready := ask{path: run, token: kim, body: body, header: header}
	t.call(404, "getHandedIn", ask{path: run, token: teacher})
	t.call(200, "handIn", ready)
	t.call(403, "handIn", ask{path: run, token: lee, body: body, header: header})
	t.call(404, "handIn", ask{path: []any{"none"}, token: kim, body: body, header: header})
	for _, wrong := range []struct {
		status  int
		capture []byte
		answers string
	}{{422, []byte("no capture"), "{}"}, {422, noPackets, `{"no field": "1"}`}, {422, noPackets, "1"},
		{413, make([]byte, 32<<20+1), "{}"}} {
		body, header := handIn(t, wrong.capture, wrong.answers)
		t.call(wrong.status, "handIn", ask{path: run, token: kim, body: body, header: header})
	}
	t.call(400, "handIn", ask{path: run, token: kim, body: strings.TrimSuffix(body, "--\r\n"), header: header})
	t.call(415, "handIn", ask{path: run, token: kim, body: rig.Object{}})

	list := read[struct {
		Handins []struct {
			ID      int64
			Answers map[string]string
		}
	}](t, t.call(200, "listHandIns", ask{path: run, token: kim}))
	if len(list.Handins) == 0 || list.Handins[0].Answers["isn"] != "1" {
		t.Errorf("handed in: %+v", list)
	}
	t.call(200, "listHandIns", ask{path: run, token: teacher})
	t.call(403, "listHandIns", ask{path: run, token: lee})
	t.call(404, "listHandIns", ask{path: []any{"none"}, token: kim})
	t.call(200, "getHandedIn", ask{path: run, token: teacher})
	t.call(403, "getHandedIn", ask{path: run, token: kim})
	t.call(422, "getHandedIn", ask{path: run, token: teacher, query: "?handin=x"})
}

// tourManyRuns is what one person may not do all the time, on a server that minds.
func (t *tour) tourManyRuns(kim string) {
	t.Helper()
	one, teacher := []any{"tcp-open-close"}, t.Teacher(t.key, "Ms. Han").AccessToken
	rig.Want[any](t, 200, "PATCH", "/api/exercises/tcp-open-close", teacher, rig.Object{"open": true})
	var run string
	for range 20 {
		run = rig.Want[struct{ Run string }](t, 201, "POST", "/api/exercises/tcp-open-close/runs", kim, nil).Run
	}
	t.call(429, "newRun", ask{path: one, token: kim})
	body, header := handIn(t, noPackets, "{}")
	ready := ask{path: []any{run}, token: kim, body: body, header: header}
	for range 20 {
		t.send(t.operation("handIn"), ready)
	}
	t.call(429, "handIn", ready)
}
