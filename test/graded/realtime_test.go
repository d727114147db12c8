package graded

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func init() { solvers["realtime"] = solveRealtime }

var ofVote = regexp.MustCompile(`of vote (\d+)`)

// block is an event as it came in a stream: with what packet, in a chunk of what size.
type block struct{ packet, size, id string }

// blocks are the events of a connection that tell a result.
func blocks(t testing.TB, file, stream string) (all []block) {
	event := regexp.MustCompile(`(?s)([0-9a-f]+)\r\n((?:id: \d+\nevent: [^\n]+\ndata: [^\n]+\n\n)+)`)
	for _, row := range tshark(t, file, stream+` && tcp.payload contains "event: vote:result"`, "frame.number",
		"tcp.payload") {
		for _, chunk := range event.FindAllSubmatch(bytesOf(t, row[1]), -1) {
			for _, id := range regexp.MustCompile(`id: (\d+)\nevent: vote:result`).FindAllSubmatch(chunk[2], -1) {
				all = append(all, block{row[0], "0x" + string(chunk[1]), string(id[1])})
			}
		}
	}
	return all
}

func solveRealtime(t testing.TB, s sheet, file string) map[string]string {
	run := regexp.MustCompile(`run=\w+`).FindString(s.text("poll"))
	asks := fmt.Sprintf(`http.request.uri contains "%s" && http.request.uri contains "/api/events?poll_id=" && `, run)
	stream := func(filter string) string { return "tcp.stream == " + one(t, file, filter, "tcp.stream") }
	sse := asks + `http.accept == "text/event-stream" && `
	resumed := sse + `http.request.line contains "Last-Event-ID"`
	first := blocks(t, file, stream(sse+`!(http.request.line contains "Last-Event-ID")`))
	var asked int
	for _, f := range s.Fields {
		if m := ofVote.FindStringSubmatch(f.Text); f.ID == "id" {
			asked = asNumber(m[1])
		}
	}
	event := first[asked-1]
	again := 0
	for _, e := range blocks(t, file, stream(resumed)) {
		if asNumber(e.id) <= asNumber(first[len(first)-1].id) {
			again++
		}
	}
	short := asks + `http.request.uri contains "since=" && !(http.request.uri contains "wait=")`
	empty := 0
	for _, row := range tshark(t, file, stream(short)+" && http.response", "tcp.payload") {
		if bytes.Contains(bytesOf(t, row[0]), []byte(`{"events":[],`)) {
			empty++
		}
	}
	long := stream(asks+`http.request.uri contains "wait="`) + " && "
	answer := one(t, file, fmt.Sprintf(`%shttp.response && tcp.payload contains "{\"seq\":%s,"`, long, event.id),
		"frame.number")
	ws := stream(fmt.Sprintf(`http.request.uri == "/ws?%s"`, run))
	web := tshark(t, file, fmt.Sprintf(`%s && websocket.payload.text contains "\"seq\":%s}"`, ws, event.id),
		"frame.number", "tcp.len", "frame.time_epoch")[0]
	sio := one(t, file, fmt.Sprintf(`%s && websocket.payload.text contains ",\"%s\"]"`, stream(fmt.Sprintf(
		`http.request.uri contains "/socket.io/" && http.request.uri contains "%s"`, run)), event.id), "frame.number")
	vote := tshark(t, file, fmt.Sprintf(`http.request.uri contains "%s" && http.request.uri contains "/vote?"`, run),
		"frame.time_epoch")[asked-1]
	return map[string]string{
		"client_port": one(t, file, resumed, "tcp.srcport"),
		"id":          event.id,
		"chunk":       event.size,
		"long_cost": fmt.Sprint(asNumber(one(t, file, "frame.number == "+answer, "tcp.len")) + asNumber(one(t, file,
			"frame.number == "+one(t, file, "frame.number == "+answer, "http.request_in"), "tcp.len"))),
		"ws_cost": web[1],
		"sio":     sio,
		"four":    strings.Join([]string{answer, event.packet, web[0], sio}, ", "),
		"delay":   fmt.Sprintf("%.6f", clockOf(web[2])-clockOf(vote[0])),
		"empty":   fmt.Sprint(empty),
		"again":   fmt.Sprint(again),
	}
}
