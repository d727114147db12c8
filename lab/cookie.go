package lab

import (
	"net/http"
	"regexp"
	"strconv"

	"pollwire/rest/input"
	"pollwire/rest/output"
)

const (
	visits     = "visits"  // the cookie that counts
	maxVisits  = 1_000_000 // then it begins anew
	cookieAge  = 600       // seconds that a cookie is kept where nobody says for how long
	maxAge     = 3600      // seconds, whatever is asked for
	maxDeleted = 50        // what every browser keeps of one host at the least (RFC 6265 §6.1)
)

// Cookies answers with the cookies that came, and sets one that counts how often this browser has been here.
//
//	http.cookie                                  requests that carry cookies, HTTP/1
//	http.set_cookie                              answers that set some
//	http.cookie contains "visits="               this one
//	http2.headers.cookie                         HTTP/2
//	http2.headers.set_cookie
//
// A name that comes twice is shown once, with the value that came first: browsers put the cookie with the longer Path
// first (RFC 6265 §5.4). A value in quotes keeps them, as they belong to it (§5.2). What net/http takes for malformed
// is left out, and can be seen among the headers of Whoami.
func Cookies(w http.ResponseWriter, r *http.Request) error {
	received := map[string]string{}
	for _, c := range r.Cookies() {
		if _, twice := received[c.Name]; twice {
			continue
		}
		if c.Quoted {
			c.Value = `"` + c.Value + `"`
		}
		received[c.Name] = c.Value
	}
	count := strconv.Itoa(counted(received[visits]) + 1)
	noStore(w)
	http.SetCookie(w, cookie(visits, count, cookieAge))
	return output.JSON(w, http.StatusOK, cookies{received, map[string]string{visits: count}})
}

type cookies struct {
	Received map[string]string `json:"received,omitzero"`
	Set      map[string]string `json:"set"`
}

// counted reads the value of visits. A cookie is what the client says it is: what is no count begins again at 0.
func counted(value string) int {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n >= maxVisits {
		return 0
	}
	return n
}

// SetCookie sets the cookie that the body, a JSON object, describes: name, value and perhaps max_age, in seconds. An
// age of 0 is how a server takes a cookie back.
//
//	http.set_cookie                              http2.headers.set_cookie
//
// A browser drops cookies whose names begin with __Host- or __Secure-, as these here are not Secure.
func SetCookie(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Name   *string `json:"name"`
		Value  *string `json:"value"`
		MaxAge *int64  `json:"max_age"`
	}
	if err := input.JSON(w, r, &in); err != nil {
		return refuse(err)
	}
	var v input.Values
	name := matching(&v, "name", in.Name, cookieName, "must be 1 to 40 letters, digits and !#$%&'*+-.^_`|~")
	value := matching(&v, "value", in.Value, cookieValue,
		"must be at most 200 visible ASCII characters without \" , ; and \\")
	age := ageOf(&v, in.MaxAge)
	if err := v.Err(); err != nil {
		return refuse(err)
	}
	noStore(w)
	http.SetCookie(w, cookie(name, value, age))
	return output.JSON(w, http.StatusOK, cookies{Set: map[string]string{name: value}})
}

func ageOf(v *input.Values, in *int64) (seconds int) {
	if in == nil {
		return cookieAge
	}
	if *in < 0 || *in > maxAge {
		v.Add("max_age", "must be from 0 to %d seconds", maxAge)
	}
	return int(*in)
}

// The grammar of RFC 6265 §4.1.1: the name is a token of RFC 9110 §5.6.2, the value consists of cookie-octets.
var (
	cookieName  = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}$")
	cookieValue = regexp.MustCompile(`^[\x21\x23-\x2B\x2D-\x3A\x3C-\x5B\x5D-\x7E]{0,200}$`)
)

func matching(v *input.Values, field string, in *string, grammar *regexp.Regexp, rule string) string {
	if in == nil {
		v.Add(field, "is missing")
		return ""
	}
	if !grammar.MatchString(*in) {
		v.Add(field, "%s", rule)
	}
	return *in
}

// DeleteCookies takes back the cookies that came, the first 50 of them: each is set once more, to be kept for 0 seconds
// (RFC 6265 §3.1). There is no other way to delete one.
//
//	http.set_cookie contains "Max-Age=0"         http2.headers.set_cookie contains "Max-Age=0"
//
// Those that somebody else set with another Path stay, as they are other cookies: a browser knows a cookie by name,
// domain and path (§5.3), but sends name and value alone.
func DeleteCookies(w http.ResponseWriter, r *http.Request) error {
	noStore(w)
	deleted := map[string]bool{}
	for _, c := range r.Cookies() {
		if len(deleted) < maxDeleted && !deleted[c.Name] {
			deleted[c.Name] = true
			http.SetCookie(w, cookie(c.Name, "", 0))
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// cookie makes one for /lab alone that no script can read (HttpOnly) and that does not come along when another site
// sends a form here (SameSite=Lax). age is in seconds.
//
// It is not Secure. Cookies know no ports (RFC 6265 §8.5) and this server speaks HTTP and HTTPS on one: a Secure
// cookie that was set over HTTPS would not come back over HTTP, nor could HTTP replace it, and the count would seem
// stuck. A real server redirects to HTTPS and sets Secure.
func cookie(name, value string, age int) *http.Cookie {
	if age == 0 {
		age = -1 // net/http's way to write Max-Age=0
	}
	return &http.Cookie{Name: name, Value: value, Path: "/lab", MaxAge: age, HttpOnly: true,
		SameSite: http.SameSiteLaxMode}
}
