package rig

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Object is a body in JSON.
type Object = map[string]any

// The answers as a client reads them; independent of the types of the server.
type (
	// User is somebody with or without an account.
	User struct {
		ID        int64
		Username  *string
		Nickname  string
		IsGuest   bool      `json:"is_guest"`
		CreatedAt time.Time `json:"created_at"`
		Role      string
		Muted     bool
	}
	// Session is what register, login and guest answer.
	Session struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int    `json:"expires_in"`
		User        User
	}
	// Poll is a poll with the counts that this person may see.
	Poll struct {
		ID          int64
		Title       string
		Description string
		Multiple    bool
		Hidden      bool
		Options     []struct {
			ID         int64
			Text       string
			Votes      *int64
			Percentage *float64
		}
		TotalVotes int64      `json:"total_votes"`
		Voters     int64      `json:"voters"`
		IsActive   bool       `json:"is_active"`
		CreatedAt  time.Time  `json:"created_at"`
		EndsAt     *time.Time `json:"ends_at"`
		CreatedBy  struct {
			ID       int64
			Nickname string
		} `json:"created_by"`
		MyVote []int64 `json:"my_vote"`
	}
	// Problem is an error, RFC 9457.
	Problem struct {
		Type, Title, Detail string
		Status              int
		Code                string
		Errors              []struct{ Field, Detail string }
	}
)

// Memo is a memo.
type Memo struct {
	ID        int64
	Content   string
	PollID    *int64    `json:"poll_id"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Path is the path of a memo.
func (m Memo) Path() string { return fmt.Sprintf("/api/memos/%d", m.ID) }

// Path is the path of a poll.
func (p Poll) Path() string { return fmt.Sprintf("/api/polls/%d", p.ID) }

// Result shows a poll's result in short: "a 1 33.3% b - -; 3 votes 3 voters; mine [7]".
func (p Poll) Result() string {
	var b strings.Builder
	for _, o := range p.Options {
		if o.Votes == nil || o.Percentage == nil {
			fmt.Fprintf(&b, "%s hidden, ", o.Text)
			if o.Votes != nil || o.Percentage != nil {
				b.WriteString("but only half of it, ")
			}
		} else {
			fmt.Fprintf(&b, "%s %d %v%%, ", o.Text, *o.Votes, *o.Percentage)
		}
	}
	fmt.Fprintf(&b, "%d votes of %d", p.TotalVotes, p.Voters)
	return b.String()
}

// Choices shows a poll's options in short: "[1 a] [2 b]".
func (p Poll) Choices() string {
	var b strings.Builder
	for _, o := range p.Options {
		fmt.Fprint(&b, "[", o.ID, " ", o.Text, "] ")
	}
	return b.String()
}

// Events is an answer of /api/events.
type Events struct {
	Resync bool
	Events []struct {
		Seq   int64
		Event string
		Data  json.RawMessage
	}
	Seq int64
}

// Lines are the events of the answer as "seq event data".
func (e Events) Lines() []string {
	lines := []string{}
	for _, v := range e.Events {
		lines = append(lines, fmt.Sprint(v.Seq, " ", v.Event, " ", string(v.Data)))
	}
	return lines
}

// AsStream is how a stream of Server-Sent Events tells the same.
func (e Events) AsStream() string {
	var b strings.Builder
	for _, v := range e.Events {
		fmt.Fprintf(&b, "id: %d\nevent: %s\ndata: %s\n\n", v.Seq, v.Event, v.Data)
	}
	return b.String()
}
