// Package eventlog carries numbered events over a restart: they are written to SQLite at a clean stop and read at the
// next start. While the program runs, the events are elsewhere (in memory), and nothing is written but a number now and
// then.
//
//	start        ->  the last number, the events; numbers up to n are reserved
//	...          ->  Reserve: numbers up to 2n are
//	clean stop   ->  Save: the last number, the events
//	crash        ->  the next start finds no events and counts on behind what was reserved, so that no number comes twice
//
// It needs the tables
//
//	events (seq, name, topic, data, at)    at in unix milliseconds
//	server (seq)                           with one row
package eventlog

import (
	"context"
	"time"

	"pollwire/data/groupcommit"
)

// An Event as it is stored.
type Event struct {
	Seq   int64
	Name  string
	Topic int64
	Data  []byte
	At    time.Time // to the millisecond
}

// Start returns the number of the last event and, after a clean stop, the events that were saved. They are forgotten on
// disk: a second start without a Save between finds none. From here on numbers up to seq+reserve count as given out.
func Start(ctx context.Context, db *groupcommit.DB, reserve int64) (seq int64, saved []Event, err error) {
	err = db.Write(ctx, func(w *groupcommit.Writer) (err error) {
		if seq, err = groupcommit.Value[int64](ctx, w, "SELECT seq FROM server"); err != nil {
			return err
		}
		saved, err = groupcommit.Ask(ctx, w, scan, "SELECT seq, name, topic, data, at FROM events ORDER BY seq")
		if err != nil {
			return err
		}
		if err := w.Do("DELETE FROM events"); err != nil {
			return err
		}
		return setSeq(w, seq+reserve)
	}, nil)
	return seq, saved, err
}

func scan(rows *groupcommit.Rows, e *Event) error {
	var at int64
	err := rows.Scan(&e.Seq, &e.Name, &e.Topic, &e.Data, &at)
	e.At = time.UnixMilli(at)
	return err
}

func setSeq(w *groupcommit.Writer, seq int64) error { return w.Do("UPDATE server SET seq = ?", seq) }

// Reserve notes that numbers up to upTo may be given out.
func Reserve(ctx context.Context, db *groupcommit.DB, upTo int64) error {
	return db.Write(ctx, func(w *groupcommit.Writer) error { return setSeq(w, upTo) }, nil)
}

// Save keeps the events of a program that stops; seq is the last number given out.
func Save(ctx context.Context, db *groupcommit.DB, seq int64, events []Event) error {
	return db.Write(ctx, func(w *groupcommit.Writer) error {
		for _, e := range events {
			if err := w.Do("INSERT INTO events (seq, name, topic, data, at) VALUES (?, ?, ?, ?, ?)",
				e.Seq, e.Name, e.Topic, string(e.Data), e.At.UnixMilli()); err != nil {
				return err
			}
		}
		return setSeq(w, seq)
	}, nil)
}
