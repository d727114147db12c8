-- The tables of pollwire. The file is embedded in the program and applied to an empty database.
--
-- The database itself refuses nonsense: a second ballot, a vote for another poll's option or in a closed poll cannot be
-- stored, whatever the Go code does. Triggers count the votes: no Go code writes a tally. Times are unix milliseconds.
-- STRICT makes SQLite hold each column to its type; WITHOUT ROWID stores the rows in the primary key's own index.
-- A change to a table needs a step in migrations/ as well, for databases that exist already.

CREATE TABLE users (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    username      TEXT,            -- as typed; null for a guest
    username_key  TEXT UNIQUE,     -- folded (rest/visible), so that "Kim" and "kim" are one name
    nickname      TEXT    NOT NULL,
    password_hash TEXT,            -- bcrypt; null for a guest
    created_at    INTEGER NOT NULL CHECK (created_at > 0),
    teaches       TEXT,            -- the mark of the teacher key by which this person teaches; null: a student
    muted         INTEGER NOT NULL DEFAULT 0 CHECK (muted IN (0, 1)),
    removed       INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1)),
    last_seen     INTEGER NOT NULL DEFAULT 0,
    CHECK ((username IS NULL) = (username_key IS NULL) AND (username IS NULL) = (password_hash IS NULL))
) STRICT;

CREATE TABLE polls (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- AUTOINCREMENT: the id of a deleted poll never comes back
    title       TEXT    NOT NULL CHECK (title <> ''),
    description TEXT    NOT NULL,
    multiple    INTEGER NOT NULL CHECK (multiple IN (0, 1)),  -- 1: a ballot may name several options
    hidden      INTEGER NOT NULL CHECK (hidden IN (0, 1)),    -- 1: no counts are shown while the poll is open
    is_active   INTEGER NOT NULL CHECK (is_active IN (0, 1)), -- 0: closed, by hand or by time
    ends_at     INTEGER CHECK (ends_at > 0),                  -- closed from this moment on; null: never by time
    created_at  INTEGER NOT NULL CHECK (created_at > 0),
    created_by  INTEGER NOT NULL REFERENCES users (id),
    voters      INTEGER NOT NULL DEFAULT 0 CHECK (voters >= 0), -- people with a ballot; kept by triggers
    draft       INTEGER NOT NULL DEFAULT 0 CHECK (draft IN (0, 1) AND draft + is_active < 2), -- 1: not yet shown
    kind        TEXT    NOT NULL DEFAULT 'choice' CHECK (kind IN ('choice', 'number', 'text')),
    named       INTEGER NOT NULL DEFAULT 0 CHECK (named IN (0, 1)),  -- 1: the teacher sees who chose what
    seconds     INTEGER CHECK (seconds > 0),                  -- sets ends_at when it is opened; null: never
    points      INTEGER NOT NULL DEFAULT 0 CHECK (points >= 0 AND points * (1 - named) = 0),
    explanation TEXT    NOT NULL DEFAULT '',
    key         TEXT    NOT NULL DEFAULT '',                  -- the right number or words, in JSON; '' for none
    rounds      TEXT    NOT NULL DEFAULT ''                   -- JSON: what was voted before it was opened again
) STRICT;

CREATE INDEX polls_ending ON polls (ends_at) WHERE is_active = 1 AND ends_at IS NOT NULL;

CREATE TABLE options (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    poll_id  INTEGER NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    position INTEGER NOT NULL CHECK (position >= 0),           -- the order on the page
    text     TEXT    NOT NULL CHECK (text <> ''),
    votes    INTEGER NOT NULL DEFAULT 0 CHECK (votes >= 0),    -- the tally; kept by triggers
    correct  INTEGER NOT NULL DEFAULT 0 CHECK (correct IN (0, 1)),
    UNIQUE (poll_id, id),                                      -- what a vote points to
    UNIQUE (poll_id, text)
) STRICT;

-- One row for each option that a person chose. All rows of one person in one poll are the ballot.
CREATE TABLE votes (
    poll_id   INTEGER NOT NULL,
    user_id   INTEGER NOT NULL REFERENCES users (id),
    option_id INTEGER NOT NULL,
    cast_at   INTEGER NOT NULL CHECK (cast_at > 0),
    PRIMARY KEY (poll_id, user_id, option_id),
    FOREIGN KEY (poll_id, option_id) REFERENCES options (poll_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- A vote is replaced by deleting and inserting, so that the two triggers below see everything.
CREATE TRIGGER votes_never_edited BEFORE UPDATE ON votes
BEGIN SELECT RAISE(ABORT, 'votes are not updated'); END;

-- Counts, and refuses what the poll does not take: its row is looked at once for all, since this is what a vote costs.
-- What is refused (RAISE) leaves no row of the statement.
CREATE TRIGGER votes_counted AFTER INSERT ON votes BEGIN
    UPDATE options SET votes = votes + 1 WHERE id = NEW.option_id;
    UPDATE polls SET voters = voters + CASE
        WHEN is_active = 0 OR ends_at <= NEW.cast_at THEN RAISE(ABORT, 'the poll is closed')
        WHEN NOT EXISTS (SELECT 1 FROM votes
            WHERE poll_id = NEW.poll_id AND user_id = NEW.user_id AND option_id <> NEW.option_id) THEN 1
        WHEN multiple = 0 THEN RAISE(ABORT, 'one option only')
        ELSE 0 END
    WHERE id = NEW.poll_id;
END;

CREATE TRIGGER votes_uncounted AFTER DELETE ON votes BEGIN
    UPDATE options SET votes = votes - 1 WHERE id = OLD.option_id;
    UPDATE polls SET voters = voters - 1 WHERE id = OLD.poll_id AND NOT EXISTS (
        SELECT 1 FROM votes WHERE poll_id = OLD.poll_id AND user_id = OLD.user_id);
END;

-- One row for each person who answered a poll of numbers or of words: that is the ballot.
CREATE TABLE answers (
    poll_id INTEGER NOT NULL REFERENCES polls (id) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES users (id),
    value   TEXT    NOT NULL CHECK (value <> ''), -- as it was sent
    key     TEXT    NOT NULL CHECK (key <> ''),   -- folded: answers with the same key are counted together
    number  REAL,                                 -- null: words
    cast_at INTEGER NOT NULL CHECK (cast_at > 0),
    PRIMARY KEY (poll_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX answers_by_key ON answers (poll_id, key);

-- An answer is replaced by deleting and inserting, as a vote is.
CREATE TRIGGER answers_never_edited BEFORE UPDATE ON answers
BEGIN SELECT RAISE(ABORT, 'answers are not updated'); END;

CREATE TRIGGER answers_counted AFTER INSERT ON answers BEGIN
    UPDATE polls SET voters = voters + CASE
        WHEN is_active = 0 OR ends_at <= NEW.cast_at THEN RAISE(ABORT, 'the poll is closed')
        WHEN kind IS NOT CASE WHEN NEW.number IS NULL THEN 'text' ELSE 'number' END
            THEN RAISE(ABORT, 'the poll is of another kind')
        ELSE 1 END
    WHERE id = NEW.poll_id;
END;

CREATE TRIGGER answers_uncounted AFTER DELETE ON answers
BEGIN UPDATE polls SET voters = voters - 1 WHERE id = OLD.poll_id; END;

-- What was answered to each poll without options, as JSON (question.Result): the most frequent answers, each as one of those
-- who gave it has written it.
CREATE VIEW results (poll_id, result) AS SELECT p.id, json_object(
    'answers', json((SELECT json_group_array(json_object('value',
        json(CASE p.kind WHEN 'text' THEN json_quote(v) ELSE v END), 'count', n))
        FROM (SELECT min(value) AS v, count(*) AS n FROM answers WHERE poll_id = p.id GROUP BY key
            ORDER BY n DESC, v LIMIT 100))),
    'distinct', (SELECT count(DISTINCT key) FROM answers WHERE poll_id = p.id),
    'min', (SELECT min(number) FROM answers WHERE poll_id = p.id),
    'max', (SELECT max(number) FROM answers WHERE poll_id = p.id),
    'median', (SELECT avg(number) FROM (SELECT number, row_number() OVER (ORDER BY number) AS i, count(*) OVER () AS n
        FROM answers WHERE poll_id = p.id) WHERE i IN ((n + 1) / 2, (n + 2) / 2)))
FROM polls p;

-- All ballots, whatever was asked; of several options one row for each.
CREATE VIEW ballots (poll_id, user_id, option_id, value, number, cast_at) AS
    SELECT poll_id, user_id, option_id, NULL, NULL, cast_at FROM votes UNION ALL
    SELECT poll_id, user_id, NULL, value, number, cast_at FROM answers;

CREATE TABLE messages (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    type       TEXT    NOT NULL CHECK (type IN ('message', 'system')),
    user_id    INTEGER REFERENCES users (id), -- null: the system speaks
    message    TEXT    NOT NULL CHECK (message <> ''),
    created_at INTEGER NOT NULL CHECK (created_at > 0),
    CHECK ((type = 'system') = (user_id IS NULL))
) STRICT;

CREATE INDEX messages_of_user ON messages (user_id, id);

CREATE TABLE memos (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES users (id), -- nobody else ever sees it
    poll_id    INTEGER REFERENCES polls (id) ON DELETE SET NULL,
    content    TEXT    NOT NULL CHECK (content <> ''),
    created_at INTEGER NOT NULL CHECK (created_at > 0),
    updated_at INTEGER NOT NULL CHECK (updated_at >= created_at)
) STRICT;

CREATE INDEX memos_of_user ON memos (user_id, id);
CREATE INDEX memos_of_poll ON memos (poll_id) WHERE poll_id IS NOT NULL;

-- Who put a file into the shared folder. The file itself lies there. A row whose file has gone, or was changed by hand
-- and so has another version (ETag), means nothing. It is written before the file is replaced: until then the file has
-- the previous version.
CREATE TABLE files (
    name     TEXT    PRIMARY KEY CHECK (name <> ''),
    version  TEXT    NOT NULL CHECK (version <> ''),
    previous TEXT    NOT NULL, -- '' if there was no file before
    owner    INTEGER NOT NULL REFERENCES users (id)
) STRICT, WITHOUT ROWID;

-- The events that clients may still ask for with ?since=, written at a clean stop and read at the next start (package
-- eventlog).
CREATE TABLE events (
    seq   INTEGER PRIMARY KEY CHECK (seq > 0),
    name  TEXT    NOT NULL,
    topic INTEGER NOT NULL,     -- the poll it is about, 0 for none
    data  TEXT    NOT NULL,     -- JSON, as it was sent
    at    INTEGER NOT NULL CHECK (at > 0)
) STRICT;

-- One row: what the server itself must remember.
CREATE TABLE server (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    seq        INTEGER NOT NULL DEFAULT 0, -- no event has a higher number; after a crash counting goes on from here
    checked_at INTEGER NOT NULL DEFAULT 0, -- the last time that /health proved that the file can be written
    teacher_mark TEXT  NOT NULL DEFAULT '' -- of the teacher key that is good now, see users.teaches
) STRICT;

INSERT INTO server (id) VALUES (1);

-- One row: the class (package class). current is what everybody looks at.
CREATE TABLE class (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    title         TEXT    NOT NULL DEFAULT '',
    current       INTEGER REFERENCES polls (id) ON DELETE SET NULL,
    locked        INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1)),
    student_polls INTEGER NOT NULL DEFAULT 1 CHECK (student_polls IN (0, 1)),
    chat          TEXT    NOT NULL DEFAULT 'on' CHECK (chat IN ('on', 'slow', 'off'))
) STRICT;

INSERT INTO class (id) VALUES (1);

-- The polls of the lesson, in their order.
CREATE TABLE plan (
    poll_id  INTEGER PRIMARY KEY REFERENCES polls (id) ON DELETE CASCADE,
    position INTEGER NOT NULL
) STRICT;

-- Who is expected. While there are names, nobody else gets in.
CREATE TABLE roster (
    name_key TEXT    PRIMARY KEY CHECK (name_key <> ''), -- folded, as those of users
    name     TEXT    NOT NULL CHECK (name <> ''),
    code     TEXT,                                       -- null: the name alone will do
    position INTEGER NOT NULL,
    user_id  INTEGER REFERENCES users (id) ON DELETE SET NULL -- who holds the name
) STRICT, WITHOUT ROWID;

-- Files of people who went with their class: they are deleted, also after a crash in between.
CREATE TABLE files_to_delete (
    name    TEXT PRIMARY KEY CHECK (name <> ''),
    version TEXT NOT NULL CHECK (version <> '')
) STRICT, WITHOUT ROWID;

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
