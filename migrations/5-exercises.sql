-- From version 4 to 5: exercises.
-- What a teacher says of an exercise (package lab/exercise). One that nobody has touched has no row.
CREATE TABLE exercises (
    name     TEXT    PRIMARY KEY CHECK (name <> ''),
    open     INTEGER NOT NULL CHECK (open IN (0, 1)),
    due      INTEGER CHECK (due > 0),                    -- nothing is taken behind it; null: never
    attempts INTEGER NOT NULL CHECK (attempts >= 0),     -- 0: any number
    reveal   TEXT    NOT NULL CHECK (reveal IN ('never', 'right', 'after_due'))
) STRICT, WITHOUT ROWID;

-- Somebody's attempt at an exercise.
CREATE TABLE runs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    code       TEXT    NOT NULL UNIQUE CHECK (code <> ''), -- it stands in the traffic
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    exercise   TEXT    NOT NULL CHECK (exercise <> ''),
    attempt    INTEGER NOT NULL CHECK (attempt > 0),
    created_at INTEGER NOT NULL CHECK (created_at > 0),
    UNIQUE (user_id, exercise, attempt)
) STRICT;

-- What was handed in, with its marks. The capture is a file.
CREATE TABLE handins (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id  INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL CHECK (at > 0),
    file    TEXT    NOT NULL UNIQUE CHECK (file <> ''),
    size    INTEGER NOT NULL CHECK (size >= 0),
    score   INTEGER NOT NULL CHECK (score >= 0),
    "of"    INTEGER NOT NULL CHECK ("of" >= score),
    yours   INTEGER NOT NULL CHECK (yours IN (0, 1)),
    answers TEXT    NOT NULL, -- JSON
    mark    TEXT    NOT NULL  -- JSON
) STRICT;

CREATE INDEX handins_of_run ON handins (run_id, score, id);
