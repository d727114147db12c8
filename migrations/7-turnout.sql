-- From version 6 to 7: a vote for one option writes no row of polls. How many people voted follows from the votes.
DROP TRIGGER votes_counted;
DROP TRIGGER votes_uncounted;
DROP TRIGGER answers_counted;
DROP TRIGGER answers_uncounted;

ALTER TABLE polls RENAME COLUMN voters TO answered;
ALTER TABLE polls ADD COLUMN further INTEGER NOT NULL DEFAULT 0 CHECK (further >= 0);
UPDATE polls SET answered = 0, further = coalesce((SELECT sum(votes) FROM options WHERE poll_id = polls.id), 0)
    - answered WHERE kind = 'choice';

CREATE TRIGGER votes_counted AFTER INSERT ON votes BEGIN
    UPDATE options SET votes = votes + 1 WHERE id = NEW.option_id;
    UPDATE polls SET further = further + 1 WHERE id = NEW.poll_id AND CASE
        WHEN is_active = 0 OR ends_at <= NEW.cast_at THEN RAISE(ABORT, 'the poll is closed')
        WHEN NOT EXISTS (SELECT 1 FROM votes
            WHERE poll_id = NEW.poll_id AND user_id = NEW.user_id AND option_id <> NEW.option_id) THEN 0
        WHEN multiple = 0 THEN RAISE(ABORT, 'one option only')
        ELSE 1 END;
END;

CREATE TRIGGER votes_uncounted AFTER DELETE ON votes BEGIN
    UPDATE options SET votes = votes - 1 WHERE id = OLD.option_id;
    UPDATE polls SET further = further - 1 WHERE id = OLD.poll_id AND EXISTS (
        SELECT 1 FROM votes WHERE poll_id = OLD.poll_id AND user_id = OLD.user_id);
END;

CREATE TRIGGER answers_counted AFTER INSERT ON answers BEGIN
    UPDATE polls SET answered = answered + CASE
        WHEN is_active = 0 OR ends_at <= NEW.cast_at THEN RAISE(ABORT, 'the poll is closed')
        WHEN kind IS NOT CASE WHEN NEW.number IS NULL THEN 'text' ELSE 'number' END
            THEN RAISE(ABORT, 'the poll is of another kind')
        ELSE 1 END
    WHERE id = NEW.poll_id;
END;

CREATE TRIGGER answers_uncounted AFTER DELETE ON answers
BEGIN UPDATE polls SET answered = answered - 1 WHERE id = OLD.poll_id; END;

-- Of how many people each poll has a ballot.
CREATE VIEW turnout (poll_id, voters) AS SELECT id,
    answered - further + coalesce((SELECT sum(votes) FROM options WHERE poll_id = polls.id), 0) FROM polls;
