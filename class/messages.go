package class

// What is taken out of the chat.

import (
	"net/http"

	"pollwire/rest/input"
	"pollwire/rest/problem"
)

// atOnce is how many messages go in one transaction: others wait for it.
const atOnce = 200

// tellDeleted tells that messages are gone, of each by itself.
func (p *People) tellDeleted(ids []int64) {
	p.Unsay(ids)
	for _, id := range ids {
		p.Publish("chat:message_deleted", 0, struct {
			ID int64 `json:"id"`
		}{id})
	}
}

func (p *People) handleDeleteMessage(w http.ResponseWriter, r *http.Request, u User) error {
	id, err := input.PathID(r, "message_id")
	if err != nil {
		return err
	}
	err = p.deleteMessage(r.Context(), id, func(author int64) error {
		if author != u.ID && !u.Teaches() {
			return problem.Refuse(problem.Forbidden, "somebody else said this").Coded("message_of_another")
		}
		return nil
	})
	if err != nil {
		return noSuch("message", id, err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (p *People) handleSilence(w http.ResponseWriter, r *http.Request, _ User) error {
	id, err := input.PathID(r, "user_id")
	if err != nil {
		return err
	}
	if _, err := userByID(r.Context(), p.DB.Readers(), id); err != nil {
		return noSuch("person", id, err)
	}
	for last := int64(0); err == nil; {
		var more bool
		if last, more, err = p.deleteMessagesOf(r.Context(), id, last); !more {
			break
		}
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
