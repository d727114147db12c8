package main

// Who is asking: passwords (bcrypt), JSON Web Tokens made and checked by hand, and the calls that give them out.
//
//	POST /api/auth/register  {"username", "password", "nickname"?}  ->  201 Session | 409 the name is taken
//	POST /api/auth/login     {"username", "password"}               ->  200 Session | 401 | 429
//	POST /api/auth/guest     {"nickname"}                           ->  201 Session | 403 guests are off
//	GET  /api/auth/me                                               ->  200 User    | 401
//
// How somebody becomes a teacher, and how a name and a password are changed, stands in package class.
//
// A token is three parts in base64url, joined by dots (RFC 7515 §3.1):
//
//	{"alg":"HS256","typ":"JWT"} . {"sub":"7","name":"Kim","iat":...,"exp":...,"born":...} . HMAC-SHA256(secret, both)
//
// It is signed, not encrypted: whoever captures it can read it, and use it until it expires.

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"pollwire/class"
	"pollwire/data/privatefile"
	"pollwire/rest/input"
	"pollwire/rest/middleware"
	"pollwire/rest/normalize"
	"pollwire/rest/output"
	"pollwire/rest/problem"
	"pollwire/rest/strictjson"
	"pollwire/rest/throttle"
	"pollwire/rest/visible"
)

// user is somebody who has come by a token.
type user struct {
	class.User
	until float64 // unix seconds: the token ends then
}

// expired tells whether the token has ended. A request is over before that matters, a socket is not.
func (u user) expired() bool { return pass{until: u.until}.Expired() }

// person is what others see of a user.
type person = class.Person

func (u user) person() person { return u.Person() }

func (u user) teaches() bool { return u.Teaches() }

type session struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"` // seconds
	User        user   `json:"user"`
}

// ---- JSON Web Tokens

// claims are the statements of a token (RFC 7519 §4.1). Times are seconds since 1970 and may have a fraction.
type claims struct {
	Subject   string   `json:"sub"`
	Name      string   `json:"name"`
	IssuedAt  float64  `json:"iat"`
	Expires   *float64 `json:"exp"`
	NotBefore *float64 `json:"nbf,omitempty"`
	Born      *int64   `json:"born,omitempty"` // unix milliseconds: when the user was made, see speaksFor
}

var errBadToken = errors.New("the token is not valid")

// base64url without padding (RFC 7515 §2). Strict: the unused bits of the last character must be zero, or several
// spellings would carry the same signature.
var base64url = base64.RawURLEncoding.Strict()

// tokenHeader is the same in every token that we make.
const tokenHeader = `{"alg":"HS256","typ":"JWT"}`

const maxToken = 4096 // bytes; ours have about 200

// signature is the HMAC of the token's first two parts, as they are sent (RFC 7515 §5.1, RFC 7518 §3.2).
func signature(secret []byte, signingInput string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(signingInput))
	return mac.Sum(nil)
}

// signToken makes a compact JWS (RFC 7515 §7.1) of the claims.
func signToken(secret []byte, c claims) (string, error) {
	payload, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	signingInput := base64url.EncodeToString([]byte(tokenHeader)) + "." + base64url.EncodeToString(payload)
	return signingInput + "." + base64url.EncodeToString(signature(secret, signingInput)), nil
}

// verifyToken returns the claims of a token that is signed with secret and valid at the given time. Everything else
// is errBadToken. The steps are those of RFC 7515 §5.2 and RFC 7519 §7.2.
func verifyToken(secret []byte, token string, at time.Time) (claims, error) {
	var c claims
	if len(token) > maxToken || strings.ContainsAny(token, "\r\n") { // Go's decoder skips line ends, RFC 7515 doesn't
		return c, errBadToken
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, errBadToken
	}
	head, err1 := base64url.DecodeString(parts[0])
	payload, err2 := base64url.DecodeString(parts[1])
	mac, err3 := base64url.DecodeString(parts[2])
	if cmp.Or(err1, err2, err3) != nil {
		return c, fmt.Errorf("%w: it is not base64url", errBadToken)
	}
	// The header says how to check the signature, and whoever forges a token writes the header. So it may say one
	// thing only; "none" and public-key algorithms are how many libraries were fooled (RFC 8725 §2.1).
	h, err := strictjson.Members(head)
	if err != nil || string(h["alg"]) != `"HS256"` || h["crit"] != nil {
		return c, errBadToken // crit: extensions that must be understood, and we understand none (RFC 7515 §4.1.11)
	}
	// hmac.Equal takes the same time however many bytes are right, or the right ones could be found one by one.
	if !hmac.Equal(mac, signature(secret, parts[0]+"."+parts[1])) {
		return c, errBadToken
	}
	if err := c.read(payload); err != nil {
		return c, fmt.Errorf("%w: %w", errBadToken, err)
	}
	switch tried := seconds(at); {
	case c.Expires == nil, tried >= *c.Expires: // RFC 7519 §4.1.4: on or after
		return c, fmt.Errorf("%w: it has expired", errBadToken)
	case c.NotBefore != nil && tried < *c.NotBefore:
		return c, fmt.Errorf("%w: not before %v", errBadToken, *c.NotBefore)
	}
	return c, nil
}

// read decodes the payload of a token. Claims that we don't know are passed over (RFC 7519 §4), but none may be null.
// encoding/json alone would take "EXP" for "exp", and the second of two.
func (c *claims) read(payload []byte) error {
	m, err := strictjson.Members(payload)
	for name, field := range map[string]any{"sub": &c.Subject, "name": &c.Name, "iat": &c.IssuedAt, "exp": &c.Expires,
		"nbf": &c.NotBefore, "born": &c.Born} {
		if value, sent := m[name]; sent && err == nil {
			err = json.Unmarshal(value, field)
		}
	}
	return err
}

// loadSecret reads the key of all tokens from the folder dir, or makes it the first time. Who deletes it ends all
// tokens.
func loadSecret(dir string) ([]byte, error) {
	return privatefile.Secret(filepath.Join(dir, "jwt.secret"), sha256.Size) // RFC 7518 §3.2: no shorter than the hash
}

// newSession gives u a token.
func (s *server) newSession(u user) (session, error) {
	at := time.Now()
	expires := float64(at.Add(s.cfg.TokenTTL).Unix())
	token, err := signToken(s.secret, claims{
		Subject:  strconv.FormatInt(u.ID, 10),
		Name:     u.Nickname,
		IssuedAt: float64(at.Unix()),
		Expires:  &expires,
		Born:     new(int64(u.CreatedAt)),
	})
	u.until = expires
	return session{token, "bearer", int64(s.cfg.TokenTTL.Seconds()), u}, err
}

// pass is what a token says once it was found valid: for whom it speaks, and until when.
type pass struct {
	id    int64
	until float64 // unix seconds
}

func (p pass) Expired() bool { return seconds(time.Now()) >= p.until }

var errRemoved = problem.Refuse(problem.Forbidden, "the teacher has removed you from the class").Coded("removed")

// userOf returns the user a token speaks for, as he is now. A token that is not valid is problem.Unauthorized.
func (s *server) userOf(ctx context.Context, token string) (user, error) {
	if p, ok := s.tokens.Get(token); ok { // a token is never taken back
		return s.now(ctx, p)
	}
	c, err := verifyToken(s.secret, token, time.Now())
	if err != nil {
		return user{}, problem.Refuse(problem.Unauthorized, "%v", err).Coded("bad_token")
	}
	id, _ := input.ParseID(c.Subject)
	p := pass{id, *c.Expires}
	u, err := s.now(ctx, p)
	if u.ID != 0 && !c.speaksFor(u) {
		return user{}, problem.Refuse(problem.Unauthorized, "the token is of another database").Coded("bad_token")
	}
	if err == nil {
		s.tokens.Put(token, p)
	}
	return u, err
}

// now returns who comes with a pass. Who was removed comes with errRemoved.
func (s *server) now(ctx context.Context, p pass) (user, error) {
	u, err := s.people.Find(ctx, p.id)
	switch {
	case errors.Is(err, errNotFound):
		err = problem.Refuse(problem.Unauthorized, "the token's user is not in this database").Coded("bad_token")
	case err == nil && u.Removed:
		err = errRemoved
	}
	s.people.Saw(u.ID)
	return user{u, p.until}, err
}

// speaksFor tells whether a token was made for this very user. The number alone would not do: a new database, or one
// restored from a backup, gives out the same numbers again. The moment at which a user was made does not come again.
// A token that somebody who has the secret made by hand may leave it out, but may not be older than its user.
func (c claims) speaksFor(u user) bool {
	if c.Born != nil {
		return *c.Born == int64(u.CreatedAt)
	}
	return c.IssuedAt == 0 || c.IssuedAt >= math.Floor(float64(u.CreatedAt)/1000)
}

// seconds is a time as it stands in a token.
func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// ---- who may call

// handler answers a request of u (the zero user where there is no token), or returns an error.
type handler func(w http.ResponseWriter, r *http.Request, u user) error

// public is for calls that anybody may make. What has arrived whole is done, though the client may have closed its side
// already, as nc does, or gone.
func (s *server) public(h handler) http.Handler {
	return s.stream(func(w http.ResponseWriter, r *http.Request, u user) error {
		return h(w, r.WithContext(context.WithoutCancel(r.Context())), u)
	})
}

// stream is public for an answer that ends when its client goes. A bad token is refused though none is needed: its
// owner should know.
func (s *server) stream(h handler) http.Handler {
	return s.answer(func(w http.ResponseWriter, r *http.Request) error {
		token, err := input.Bearer(r)
		var u user
		if err == nil && token != "" {
			u, err = s.userOf(r.Context(), token)
		}
		if err != nil {
			return err
		}
		return h(w, r, u)
	})
}

// authed is for calls that need a token.
func (s *server) authed(h handler) http.Handler {
	return s.public(func(w http.ResponseWriter, r *http.Request, u user) error {
		if u.ID == 0 {
			return problem.Refuse(problem.Unauthorized, "this call needs a token: Authorization: Bearer <token>").
				Coded("no_token")
		}
		if s.capture != nil {
			note(r.Context(), "%s (user %d): %s %s", u.Nickname, u.ID, r.Method, r.URL.Path)
		}
		return h(w, r, u)
	})
}

// teacher is for calls that only a teacher may make.
func (s *server) teacher(h handler) http.Handler {
	return s.authed(func(w http.ResponseWriter, r *http.Request, u user) error {
		if !u.teaches() {
			return class.TeachersOnly()
		}
		return h(w, r, u)
	})
}

// guards are the same for package class.
func (s *server) guards() class.Guards {
	with := func(guard func(handler) http.Handler) func(class.Handler) http.Handler {
		return func(h class.Handler) http.Handler {
			return guard(func(w http.ResponseWriter, r *http.Request, u user) error { return h(w, r, u.User) })
		}
	}
	return class.Guards{Public: with(s.public), Authed: with(s.authed), Teacher: with(s.teacher)}
}

// byID is a handler of what an id in the path names.
func byID(name string, h func(http.ResponseWriter, *http.Request, user, int64) error) handler {
	return func(w http.ResponseWriter, r *http.Request, u user) error {
		id, err := input.PathID(r, name)
		if err != nil {
			return err
		}
		return h(w, r, u, id)
	}
}

// anybody is a handler for which it doesn't matter who asks.
func anybody(h func(http.ResponseWriter, *http.Request) error) handler {
	return func(w http.ResponseWriter, r *http.Request, _ user) error { return h(w, r) }
}

// byOwner is a handler that knows people by their number alone.
func byOwner(h func(http.ResponseWriter, *http.Request, int64) error) handler {
	return func(w http.ResponseWriter, r *http.Request, u user) error { return h(w, r, u.ID) }
}

// ---- too much from one person

// limits are for one person, and not for a class behind one address. The zero limits are none.
type limits struct {
	messages, polls, changes, uploads throttle.Window[int64] // by the id of the person
	owned                             int64                  // bytes of files
	sockets                           int                    // that have joined
}

func (l *limits) set() {
	l.messages.Limit = throttle.Limit{Max: 20, Per: 10 * time.Second, What: "messages"}
	l.polls.Limit = throttle.Limit{Max: 10, Per: time.Minute, What: "polls"}
	l.changes.Limit = throttle.Limit{Max: 300, Per: time.Minute, What: "changes of polls"}
	l.uploads.Limit = throttle.Limit{Max: 30, Per: time.Minute, What: "files"}
	l.owned, l.sockets = 128<<20, 64
}

func (l *limits) upload(id int64) error { return l.uploads.Take(id, time.Now()) }

// limit is Take for u. There is none for a teacher.
func limit(u user, w *throttle.Window[int64]) error {
	if u.teaches() {
		return nil
	}
	return w.Take(u.ID, time.Now())
}

// ---- calls

func (s *server) handleRegister(w http.ResponseWriter, r *http.Request, _ user) error {
	var in struct {
		Username *string `json:"username"`
		Password *string `json:"password"`
		Nickname *string `json:"nickname"`
		Code     *string `json:"code"`
	}
	if err := s.class.MayEnter(); err != nil {
		return err
	}
	if err := input.JSON(w, r, &in); err != nil {
		return err
	}
	var v input.Values
	newcomer := class.NewNewcomer(&v, in.Code, clientOf(r.Context()))
	u := user{User: class.User{Username: new(class.Username(&v, "username", in.Username)), CreatedAt: now()}}
	secret := class.NewPassword(&v, "password", in.Password)
	u.Nickname = *u.Username
	if in.Nickname != nil {
		u.Nickname = v.Text("nickname", in.Nickname, 1, class.MaxNickname, input.OneLine)
	}
	if err := v.Err(); err != nil {
		return err
	}
	hash, err := s.hashPassword(r.Context(), secret)
	if err != nil {
		return err
	}
	u.User, err = s.class.Add(r.Context(), u.User, new(visible.Fold(*u.Username)), new(hash), newcomer)
	if errors.Is(err, class.ErrTaken) {
		return problem.Refuse(problem.Conflict, "the username %q is taken", *u.Username).Coded("username_taken", "username")
	}
	return s.answerSession(w, http.StatusCreated, u, err)
}

func (s *server) handleLogin(w http.ResponseWriter, r *http.Request, _ user) error {
	name, secret, err := readLogin(w, r)
	if err != nil {
		return err
	}
	u, err := s.tryPassword(r.Context(), middleware.ClientAddr(r).Addr(), name, secret)
	if err == nil && u.Removed {
		err = errRemoved
	}
	return s.answerSession(w, http.StatusOK, user{User: u}, err)
}

// tryPassword is checkPassword in turn, and counts what is wrong.
func (s *server) tryPassword(ctx context.Context, from netip.Addr, name, secret string) (u class.User, err error) {
	who := visible.Fold(name)
	if err := s.tries.Wait(who, from); err != nil {
		return u, err // at once, and not when it would be its turn
	}
	busy := s.passwords.InTurn(ctx, func() {
		err = s.tries.Check(who, from, func() (err error) {
			u, err = s.checkPassword(ctx, name, secret)
			return err
		})
	})
	return u, cmp.Or(tooBusy(busy), err)
}

// hashPassword is what is stored in the place of a password.
func (s *server) hashPassword(ctx context.Context, secret string) (hash string, err error) {
	busy := s.passwords.InTurn(ctx, func() { hash, err = s.passwords.Hash(secret) })
	return hash, cmp.Or(tooBusy(busy), err)
}

// tooBusy gives password.ErrBusy its words.
func tooBusy(err error) error {
	if err != nil {
		return problem.RetryLater(problem.Unavailable, 10*time.Second, "too many people log in at the same time").
			Coded("busy")
	}
	return nil
}

// checkPassword returns the user of a name, or problem.Unauthorized. Name and password are tried in NFC, as they are
// stored now, and then as they were sent: older versions stored them so. For the names see migrations/3-names.sql.
func (s *server) checkPassword(ctx context.Context, name, secret string) (class.User, error) {
	secrets := slices.Compact([]string{normalize.NFC(secret), secret})
	known := false
	for _, key := range slices.Compact([]string{visible.Fold(name), visible.FoldCase(name)}) {
		u, hash, err := s.store.userByName(ctx, key)
		if errors.Is(err, errNotFound) {
			continue
		}
		if err != nil {
			return class.User{}, err
		}
		known = true
		for _, secret := range secrets {
			if s.passwords.Matches(hash, secret) {
				return u.User, nil
			}
		}
	}
	for i := 0; i < len(secrets) && !known; i++ {
		s.passwords.MatchesNothing(secrets[i])
	}
	return class.User{}, problem.Refuse(problem.Unauthorized, "wrong username or password").Coded("wrong_login")
}

// readLogin takes JSON, or a form as OAuth2's password grant sends it (RFC 6749 §4.3.2), further fields included.
func readLogin(w http.ResponseWriter, r *http.Request) (name, secret string, err error) {
	var in struct {
		Username *string `json:"username"`
		Password *string `json:"password"`
	}
	var v input.Values
	if input.MediaType(r) == "application/x-www-form-urlencoded" {
		form, err := input.Form(w, r)
		if err != nil {
			return "", "", err
		}
		v.Once("username", form["username"]) // RFC 6749 §3.2
		v.Once("password", form["password"])
		if form.Has("username") {
			in.Username = new(form.Get("username"))
		}
		if form.Has("password") {
			in.Password = new(form.Get("password"))
		}
	} else if err := input.JSON(w, r, &in); err != nil {
		return "", "", err
	}
	name = v.Present("username", in.Username)
	secret = v.Present("password", in.Password)
	return strings.TrimSpace(name), secret, v.Err()
}

func (s *server) handleGuest(w http.ResponseWriter, r *http.Request, _ user) error {
	var in struct {
		Nickname *string `json:"nickname"`
		Code     *string `json:"code"`
	}
	if err := s.guestsMayCome(); err != nil { // before the body is asked for
		return err
	}
	if err := input.JSON(w, r, &in); err != nil {
		return err
	}
	u, err := s.addGuest(r.Context(), in.Nickname, in.Code)
	return s.answerSession(w, http.StatusCreated, u, err)
}

func (s *server) guestsMayCome() error {
	if !s.cfg.Guests {
		return problem.Refuse(problem.Forbidden, "guests are switched off on this server: register or log in").
			Coded("guests_off")
	}
	return s.class.MayEnter()
}

// addGuest makes a user of a nickname alone, over HTTP and over sockets alike.
func (s *server) addGuest(ctx context.Context, nickname, code *string) (user, error) {
	if err := s.guestsMayCome(); err != nil {
		return user{}, err
	}
	var v input.Values
	u := user{User: class.User{Nickname: v.Text("nickname", nickname, 1, class.MaxNickname, input.OneLine), IsGuest: true,
		CreatedAt: now()}}
	newcomer := class.NewNewcomer(&v, code, clientOf(ctx))
	err := v.Err()
	if err == nil {
		u.User, err = s.class.Add(ctx, u.User, nil, nil, newcomer)
	}
	return u, err
}

func (s *server) answerSession(w http.ResponseWriter, status int, u user, err error) error {
	if err != nil {
		return err
	}
	begun, err := s.newSession(u)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store") // RFC 6749 §5.1
	return output.JSON(w, status, begun)
}

func (s *server) handleMe(w http.ResponseWriter, r *http.Request, u user) error {
	return output.JSON(w, http.StatusOK, u)
}
