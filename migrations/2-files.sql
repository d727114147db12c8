-- From version 1 to 2: who put a file into the shared folder.
CREATE TABLE files (
    name     TEXT PRIMARY KEY CHECK (name <> ''),
    version  TEXT NOT NULL CHECK (version <> ''),
    previous TEXT NOT NULL,
    owner    INTEGER NOT NULL REFERENCES users (id)
) STRICT, WITHOUT ROWID;
