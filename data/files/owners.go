package files

import (
	"context"

	"pollwire/data/groupcommit"
)

// OwnersIn keeps the owners in a table of a database:
//
//	CREATE TABLE files (name TEXT PRIMARY KEY, version TEXT, previous TEXT, owner INTEGER)
func OwnersIn(db *groupcommit.DB) Owners { return table{db} }

type table struct{ *groupcommit.DB }

func (t table) OwnerOf(ctx context.Context, name, version string) (int64, error) {
	owners, err := groupcommit.Values[int64](ctx, t.Readers(),
		"SELECT owner FROM files WHERE name = ? AND ? IN (version, previous)", name, version)
	if err != nil || len(owners) == 0 {
		return 0, err
	}
	return owners[0], nil
}

func (t table) FilesOf(ctx context.Context, owner int64) ([]string, error) {
	return groupcommit.Values[string](ctx, t.Readers(), "SELECT name FROM files WHERE owner = ?", owner)
}

func (t table) Claim(ctx context.Context, name, version, previous string, owner int64) error {
	return t.Do(ctx, "REPLACE INTO files (name, version, previous, owner) VALUES (?, ?, ?, ?)", name, version, previous,
		owner)
}

func (t table) Forget(ctx context.Context, name string) error {
	return t.Do(ctx, "DELETE FROM files WHERE name = ?", name)
}
