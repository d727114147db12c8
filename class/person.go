// Package class is the class: who is in it and who teaches it. Its calls are for the teacher, most of them.
//
// It knows everything else that goes on, polls and the chat and who is here, only by the few functions that it is
// handed. Questions to the database stand in the files store*.go, a method each.
package class

import (
	"net/http"

	"pollwire/class/question"
	"pollwire/data/groupcommit"
)

// millis is a moment, as it is stored and shown.
type millis = groupcommit.Millis

// User is somebody with or without an account, as he himself and the teacher see him.
type User struct {
	ID        int64   `json:"id"`
	Username  *string `json:"username"` // nil for a guest
	Nickname  string  `json:"nickname"`
	IsGuest   bool    `json:"is_guest"`
	CreatedAt millis  `json:"created_at"`
	Role      string  `json:"role"`            // Student or Teacher
	Muted     bool    `json:"muted,omitempty"` // may not chat
	Removed   bool    `json:"-"`               // may do nothing
}

// The roles.
const (
	Student = "student"
	Teacher = "teacher"
)

// Teaches tells whether a user is a teacher, who may do what others may only with what is theirs.
func (u User) Teaches() bool { return u.Role == Teacher }

// Person is what others see of a user.
type Person = question.Person

// Person is how others see u.
func (u User) Person() Person { return Person{ID: u.ID, Nickname: u.Nickname, Role: u.Role} }

// Handler answers a request of u (the zero User where there is no token), or returns an error.
type Handler func(w http.ResponseWriter, r *http.Request, u User) error

// Guards make handlers for those who may call.
type Guards struct {
	Public  func(Handler) http.Handler // anybody
	Authed  func(Handler) http.Handler // whoever has a token
	Teacher func(Handler) http.Handler // teachers
}
