package lab

import (
	"net/http"

	"pollwire/rest/output"
	"pollwire/rest/problem"
)

// What is asked for, and what is right: all of it is told to everybody.
const (
	realm    = "pollwire lab"
	user     = "student"
	password = "wireshark"
)

// Basic asks for a user and a password by Basic authentication (RFC 7617). The 401 tells both: what is to be seen is
// that they travel with each request, and that base64 hides nothing.
//
//	http.authbasic                               user and password, decoded by Wireshark
//	http.authorization contains "Basic"          the field as it travels
//	http.www_authenticate                        the 401 that asks for it
//	http2.headers.authorization                  HTTP/2
//	http2.headers.www_authenticate
//
// Credentials that can't be read are wrong ones: a 401 too, so that a browser asks again.
func Basic(w http.ResponseWriter, r *http.Request) error {
	u, p, ok := r.BasicAuth()
	if !ok || u != user || p != password { // a plain comparison: there is nothing to guess, the 401 tells all
		e := problem.Refuse(problem.Unauthorized, "the user is %s and the password is %s", user, password)
		// RFC 7617 §2.1: charset says how to make bytes of a password with letters beyond ASCII.
		e.Header = http.Header{"Www-Authenticate": {`Basic realm="` + realm + `", charset="UTF-8"`}}
		return refuse(e)
	}
	noStore(w)
	return output.JSON(w, http.StatusOK, map[string]string{"user": u})
}
