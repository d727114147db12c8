package coverage

import (
	"fmt"
	"regexp"

	"pollwire/lab/apps"
	"pollwire/lab/trace"
)

var frames2 = map[uint8]string{apps.FrameDATA: "http2.data", apps.FrameHEADERS: "http2.headers",
	apps.FramePRIORITY: "http2.priority", apps.FrameRSTSTREAM: "http2.rst_stream", apps.FrameSETTINGS: "http2.settings",
	apps.FramePUSHPROMISE: "http2.push_promise", apps.FramePING: "http2.ping", apps.FrameGOAWAY: "http2.goaway",
	apps.FrameWINDOWUPDATE: "http2.window_update", apps.FrameCONTINUATION: "http2.continuation"}

// errors2 are the names of error codes (RFC 9113 §7).
var errors2 = []string{"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
	"STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR",
	"ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED"}

// What is worth an item of its own: the rest a stranger may have made up.
var (
	usualMethod = regexp.MustCompile(`^[A-Z]{3,10}$`)
	usualStatus = regexp.MustCompile(`^[1-5][0-9][0-9]$`)
)

func (c *Coverage) http2(talk *apps.Talk) {
	for side, frames := range talk.HTTP2 {
		for i, f := range frames {
			if i == 0 && side == int(trace.Client) && f.From > 0 {
				c.add(talk.Sent[side].Complete(0, f.From), "http2.preface")
			}
			c.frame2(f)
		}
	}
	requests, last := 0, int64(0)
	for _, e := range talk.Exchanges {
		f, end := e.Request(), e.End(trace.Server)
		if f == nil {
			continue
		}
		if requests++; requests == 2 {
			c.add(f.Packet, "http2.streams")
		}
		if end != nil && end.From < last { // that of an earlier request is still to come
			c.add(end.Packet, "http2.overtaken")
		}
		if end != nil {
			last = max(last, end.From)
		}
	}
}

func (c *Coverage) frame2(f *apps.Frame2) {
	note := noter(func(id string) { c.add(f.Packet, id) })
	if id, ok := frames2[f.Type]; ok {
		note(id)
	}
	note.when(f.Type == apps.FrameSETTINGS && f.Has(apps.FlagAck), "http2.settings_ack")
	mayPad := f.Type == apps.FrameDATA || f.Type == apps.FrameHEADERS || f.Type == apps.FramePUSHPROMISE
	note.when(mayPad && f.Has(apps.FlagPadded), "http2.padding")
	method, status := f.Get(":method"), f.Get(":status")
	if usualMethod.MatchString(method) {
		note("http2.method." + method)
	}
	if usualStatus.MatchString(status) {
		note("http2.status." + status[:1] + "xx")
	}
	if code, ok := f.ErrorCode(); ok {
		name := fmt.Sprint(code)
		if code < uint32(len(errors2)) {
			name = errors2[code]
		}
		note("http2.code." + name)
	}
}
