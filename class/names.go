package class

import (
	"unicode"

	"pollwire/rest/input"
	"pollwire/rest/normalize"
	"pollwire/rest/password"
)

// How long names may be, in characters. How long a password may be says package password.
const (
	MaxUsername = 20
	MaxNickname = 20
)

// nickname takes what others are to see, if it was sent.
func nickname(v *input.Values, in *string) *string {
	if in == nil {
		return nil
	}
	return new(v.Text("nickname", in, 1, MaxNickname, input.OneLine))
}

// Username takes letters, marks, digits and '_' of any script.
func Username(v *input.Values, field string, in *string) string {
	name := v.Text(field, in, 1, MaxUsername, input.OneLine)
	for _, c := range name {
		if c != '_' && !unicode.In(c, unicode.L, unicode.M, unicode.Nd) {
			v.Add(field, "may hold only letters, digits and _").Coded("letters")
			break
		}
	}
	return name
}

// NewPassword is taken as it comes but for its spelling: keyboards differ in whether they send é as one character.
func NewPassword(v *input.Values, field string, in *string) string {
	p := normalize.NFC(v.Present(field, in))
	if p != "" && (len(p) < password.MinBytes || len(p) > password.MaxBytes) {
		v.Add(field, "must have %d to %d bytes", password.MinBytes, password.MaxBytes).Coded("bytes", "least", "most")
	}
	return p
}
