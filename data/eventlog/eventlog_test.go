package eventlog

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"pollwire/data/groupcommit"
)

const schema = `
CREATE TABLE events (seq INTEGER PRIMARY KEY, name TEXT NOT NULL, topic INTEGER NOT NULL, data TEXT NOT NULL,
	at INTEGER NOT NULL) STRICT;
CREATE TABLE server (seq INTEGER NOT NULL) STRICT;
INSERT INTO server VALUES (0);`

func TestEventsOverRestarts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	var db *groupcommit.DB
	restart := func() {
		t.Helper()
		if db != nil {
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
		}
		var err error
		if db, err = groupcommit.Open(path, groupcommit.Config{ApplicationID: 7, Schema: schema}); err != nil {
			t.Fatal(err)
		}
	}
	started := func(when string, seq int64, events []Event) {
		t.Helper()
		restart()
		gotSeq, got, err := Start(t.Context(), db, 100)
		if gotSeq != seq || !reflect.DeepEqual(got, events) || err != nil {
			t.Errorf("%s: started with %d, %v, %v, want %d, %v", when, gotSeq, got, err, seq, events)
		}
	}
	events := []Event{
		{Seq: 3, Name: "first", Topic: 0, Data: []byte(`{}`), At: time.UnixMilli(1000)},
		{Seq: 5, Name: "second", Topic: 9, Data: []byte(`{"a":"한"}`), At: time.UnixMilli(2001)},
	}
	started("at first", 0, nil)
	if err := Save(t.Context(), db, 5, events); err != nil {
		t.Fatal(err)
	}
	started("after a clean stop", 5, events)
	started("after a crash", 105, nil)
	if err := Reserve(t.Context(), db, 1000); err != nil {
		t.Fatal(err)
	}
	started("after a crash of one that had reserved more", 1000, nil)
	if err := Save(t.Context(), db, 1001, events[1:]); err != nil {
		t.Fatal(err)
	}
	started("after a clean stop again", 1001, events[1:])
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
