package main

// Memos: notes that only their writer sees. Another person's memo is a 404 like one that doesn't exist.
//
//	GET    /api/memos?poll_id=                          ->  200 {"memos", "next_before"}, newest first
//	POST   /api/memos            {"content", "poll_id"?} ->  201 Memo
//	GET    /api/memos/{memo_id}                         ->  200 Memo
//	PUT    /api/memos/{memo_id}  {"content", "poll_id"?} ->  200 Memo | 412 If-Match names an older one
//	PATCH  /api/memos/{memo_id}  any part of it          ->  the same
//	DELETE /api/memos/{memo_id}                          ->  204
//
// Two tabs can't overwrite each other unseen: a tab sends the ETag that it has read as If-Match (RFC 9110 §13.1.1).

import (
	"errors"
	"net/http"
	"strconv"

	"pollwire/rest/input"
	"pollwire/rest/output"
	"pollwire/rest/strictjson"
)

// maxMemo is how long a memo may be, in characters.
const maxMemo = 1000

type memo struct {
	ID        int64  `json:"id"`
	Content   string `json:"content"`
	PollID    *int64 `json:"poll_id"`
	CreatedAt millis `json:"created_at"`
	UpdatedAt millis `json:"updated_at"`
}

// memoInput is what a client sends. A poll_id of null means no poll.
type memoInput struct {
	Content *string                    `json:"content"`
	PollID  strictjson.Nullable[int64] `json:"poll_id"`
}

// readMemo reads a memo; with partial, content may be missing.
func readMemo(w http.ResponseWriter, r *http.Request, partial bool) (memoInput, error) {
	var in memoInput
	if err := input.JSON(w, r, &in); err != nil {
		return in, err
	}
	var v input.Values
	if in.Content != nil || !partial {
		in.Content = new(v.Text("content", in.Content, 1, maxMemo, input.Lines))
	}
	return in, v.Err()
}

// memoError gives the store's errors their words.
func memoError(id int64, err error) error {
	if errors.Is(err, errNoPoll) {
		var v input.Values
		v.Add("poll_id", "is not a poll").Coded("not_a_poll")
		return v.Err()
	}
	return noSuch("memo", id, err)
}

func (s *server) handleNewMemo(w http.ResponseWriter, r *http.Request, u user) error {
	in, err := readMemo(w, r, false)
	if err != nil {
		return err
	}
	at := now()
	m, err := s.store.addMemo(r.Context(), u.ID, memo{Content: *in.Content, PollID: in.PollID.Value, CreatedAt: at,
		UpdatedAt: at})
	if err != nil {
		return memoError(0, err)
	}
	return output.Created(w, "/api/memos/"+strconv.FormatInt(m.ID, 10), m)
}

func (s *server) handleMemos(w http.ResponseWriter, r *http.Request, u user) error {
	v, p, err := input.Page(r)
	if err != nil {
		return err
	}
	pollID := v.ID("poll_id")
	if err := v.Err(); err != nil {
		return err
	}
	list, next, err := s.store.listMemos(r.Context(), u.ID, pollID, p)
	if err != nil {
		return err
	}
	return output.Show(w, r, struct {
		Memos      []memo `json:"memos"`
		NextBefore *int64 `json:"next_before"`
	}{output.List(list), next})
}

func (s *server) handleMemo(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	m, err := s.store.memo(r.Context(), id, u.ID)
	if err != nil {
		return memoError(id, err)
	}
	return output.Show(w, r, m)
}

func (s *server) handlePutMemo(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	return s.editMemo(w, r, u, id, false)
}

func (s *server) handlePatchMemo(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	return s.editMemo(w, r, u, id, true)
}

func (s *server) editMemo(w http.ResponseWriter, r *http.Request, u user, id int64, partial bool) error {
	if _, err := s.store.memo(r.Context(), id, u.ID); err != nil { // before the body is asked for
		return memoError(id, err)
	}
	in, err := readMemo(w, r, partial)
	if err != nil {
		return err
	}
	m, err := s.store.changeMemo(r.Context(), id, u.ID, func(m *memo) error {
		if err := output.IfMatch(r, *m); err != nil {
			return err
		}
		input.SetIfSent(&m.Content, in.Content)
		if in.PollID.Sent || !partial {
			m.PollID = in.PollID.Value
		}
		m.UpdatedAt = max(now(), m.UpdatedAt+1) // it always rises, so that no ETag comes twice
		return nil
	})
	if err != nil {
		return memoError(id, err)
	}
	return output.Changed(w, r, m)
}

func (s *server) handleDeleteMemo(w http.ResponseWriter, r *http.Request, u user, id int64) error {
	err := s.store.deleteMemo(r.Context(), id, u.ID, func(m memo) error { return output.IfMatch(r, m) })
	if err != nil {
		return memoError(id, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
