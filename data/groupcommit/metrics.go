package groupcommit

import "pollwire/ops/health"

// Metrics tells a scraper what is written; prefix is the program's name.
func (db *DB) Metrics(prefix string) []health.Metric {
	commits, changes := db.Stats()
	return []health.Metric{
		health.Counter(prefix+"_commits_total", "Transactions.", commits),
		health.Counter(prefix+"_writes_total", "Pieces of them that have changed something.", changes),
		health.Gauge(prefix+"_writes_waiting", "Pieces that wait for the next transaction.", db.Waiting()),
	}
}
