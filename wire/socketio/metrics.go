package socketio

import "pollwire/ops/health"

// Metrics tells a scraper how many sessions there are; prefix is the program's name.
func (srv *Server) Metrics(prefix string) []health.Metric {
	return []health.Metric{health.Gauge(prefix+"_socketio_sessions", "Sessions of Socket.IO, over any transport.",
		srv.Sessions())}
}
