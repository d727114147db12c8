// Package health is what a monitor asks a server: are you well (JSON), how much (metrics), are you there (UDP).
//
//	GET /health    {"status":"ok","version":"1.2.0","uptime_s":4711,"db":"ok","sockets":31}
//	GET /metrics   the Prometheus text exposition format, version 0.0.4
//	UDP            ping hello  ->  pong hello
//
//	RFC 768  UDP
//	RFC 862  the Echo protocol, which ping is like, and better behaved
//	https://prometheus.io/docs/instrumenting/exposition_formats/
//
// Supported: counters, gauges, untyped metrics, labels. Not supported: histograms and summaries, time stamps, the later
// OpenMetrics format. UDP answers come from the address the system chooses: on a machine with several that need not be
// the one that was asked. Whether the server is well, and over which mux that is told, is the caller's business.
package health

import "time"

// Report is the body of /health.
type Report struct {
	Status  string `json:"status"` // "ok", or what is the matter, with a 503
	Version string `json:"version"`
	UptimeS int64  `json:"uptime_s"` // whole seconds
	DB      string `json:"db"`
	Sockets int    `json:"sockets"` // open now
}

// Well is the Report of a server that is well. since is when it started.
func Well(version string, since time.Time, sockets int) Report {
	return Report{Status: "ok", Version: version, UptimeS: int64(time.Since(since).Seconds()), DB: "ok", Sockets: sockets}
}
