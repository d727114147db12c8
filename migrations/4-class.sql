-- From version 3 to 4: teachers, kinds of polls with right answers, and the class.
ALTER TABLE users ADD COLUMN teaches TEXT;
ALTER TABLE users ADD COLUMN muted INTEGER NOT NULL DEFAULT 0 CHECK (muted IN (0, 1));
ALTER TABLE users ADD COLUMN removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1));
ALTER TABLE users ADD COLUMN last_seen INTEGER NOT NULL DEFAULT 0;

ALTER TABLE polls ADD COLUMN draft INTEGER NOT NULL DEFAULT 0 CHECK (draft IN (0, 1) AND draft + is_active < 2);
ALTER TABLE polls ADD COLUMN kind TEXT NOT NULL DEFAULT 'choice' CHECK (kind IN ('choice', 'number', 'text'));
ALTER TABLE polls ADD COLUMN named INTEGER NOT NULL DEFAULT 0 CHECK (named IN (0, 1));
ALTER TABLE polls ADD COLUMN seconds INTEGER CHECK (seconds > 0);
ALTER TABLE polls ADD COLUMN points INTEGER NOT NULL DEFAULT 0 CHECK (points >= 0 AND points * (1 - named) = 0);
ALTER TABLE polls ADD COLUMN explanation TEXT NOT NULL DEFAULT '';
ALTER TABLE polls ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE polls ADD COLUMN rounds TEXT NOT NULL DEFAULT '';
ALTER TABLE server ADD COLUMN teacher_mark TEXT NOT NULL DEFAULT '';
ALTER TABLE options ADD COLUMN correct INTEGER NOT NULL DEFAULT 0 CHECK (correct IN (0, 1));

CREATE INDEX messages_of_user ON messages (user_id, id);

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

CREATE TRIGGER answers_while_open BEFORE INSERT ON answers
WHEN EXISTS (SELECT 1 FROM polls WHERE id = NEW.poll_id AND (is_active = 0 OR ends_at <= NEW.cast_at))
BEGIN SELECT RAISE(ABORT, 'the poll is closed'); END;

CREATE TRIGGER answers_of_their_kind BEFORE INSERT ON answers
WHEN (SELECT kind FROM polls WHERE id = NEW.poll_id) IS NOT CASE WHEN NEW.number IS NULL THEN 'text' ELSE 'number' END
BEGIN SELECT RAISE(ABORT, 'the poll is of another kind'); END;

-- An answer is replaced by deleting and inserting, as a vote is.
CREATE TRIGGER answers_never_edited BEFORE UPDATE ON answers
BEGIN SELECT RAISE(ABORT, 'answers are not updated'); END;

CREATE TRIGGER answers_counted AFTER INSERT ON answers
BEGIN UPDATE polls SET voters = voters + 1 WHERE id = NEW.poll_id; END;

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
