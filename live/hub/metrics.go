package hub

import "pollwire/ops/health"

// Metrics tells a scraper who listens and how far the events are; prefix is the program's name.
func (h *Hub) Metrics(prefix string) []health.Metric {
	listeners, dropped := h.Stats()
	return []health.Metric{
		health.Gauge(prefix+"_listeners", "Sockets, streams and long-polling requests that hear events.", listeners),
		health.Counter(prefix+"_listeners_dropped_total", "Dropped because they read too slowly.", dropped),
		health.Gauge(prefix+"_events_seq", "The number of the last event.", h.Seq()),
	}
}
