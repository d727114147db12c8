// Package monitor answers what a monitor asks over HTTP: /health, by which a load balancer or a person learns whether
// the server is well, and /metrics, for a scraper. What the answers mean is package health.
package monitor

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"time"

	"pollwire/ops/health"
	"pollwire/rest/output"
	"pollwire/rest/problem"
)

// patience is how long a database may take to be written.
const patience = 2 * time.Second

// Config is what a monitor is told.
type Config struct {
	Name    string // of the program, with which its metrics begin
	Version string
	Write   func(context.Context) error // proves that the database can be written
	Sockets func() int                  // open now
	Failed  func(error)                 // hears of a Write that failed or took too long

	Sources []Source // what else there is to count
}

// Source is something that has metrics. prefix is what their names begin with.
type Source interface {
	Metrics(prefix string) []health.Metric
}

// Monitor answers. Make one with New.
type Monitor struct {
	Config
	probe   *health.Probe
	started time.Time
}

// New makes a monitor of a server that starts now.
func New(c Config) *Monitor { return &Monitor{c, health.NewProbe(c.Write), time.Now()} }

// Health proves that the database can be written, or is a 503.
func (m *Monitor) Health(w http.ResponseWriter, r *http.Request) error {
	if err := m.probe.Check(r.Context(), patience); err != nil {
		m.Failed(err)
		return problem.Refuse(problem.Unavailable, "the database can't be written").Coded("disk")
	}
	w.Header().Set("Cache-Control", "no-store")
	return output.JSON(w, http.StatusOK, health.Well(m.Version, m.started, m.Sockets()))
}

// Count answers all metrics.
func (m *Monitor) Count(w http.ResponseWriter, r *http.Request) error {
	all := []health.Metric{
		health.Gauge(m.Name+"_uptime_seconds", "Since the start.", time.Since(m.started).Seconds()),
		health.Gauge("go_goroutines", "Goroutines.", runtime.NumGoroutine()),
	}
	for _, s := range m.Sources {
		all = slices.Concat(all, s.Metrics(m.Name))
	}
	w.Header().Set("Content-Type", health.MetricsContentType)
	return health.WriteMetrics(w, all)
}
