-- From version 5 to 6: what a poll does not take is refused where the ballot is counted.
DROP TRIGGER votes_one_option;
DROP TRIGGER votes_while_open;
DROP TRIGGER votes_counted;
DROP TRIGGER answers_while_open;
DROP TRIGGER answers_of_their_kind;
DROP TRIGGER answers_counted;

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

CREATE TRIGGER answers_counted AFTER INSERT ON answers BEGIN
    UPDATE polls SET voters = voters + CASE
        WHEN is_active = 0 OR ends_at <= NEW.cast_at THEN RAISE(ABORT, 'the poll is closed')
        WHEN kind IS NOT CASE WHEN NEW.number IS NULL THEN 'text' ELSE 'number' END
            THEN RAISE(ABORT, 'the poll is of another kind')
        ELSE 1 END
    WHERE id = NEW.poll_id;
END;
