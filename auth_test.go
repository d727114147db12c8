package main

// Registering, logging in, guests, and the tokens that all of these give out.

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"pollwire/rest/password"
	"pollwire/test/rig"
)

// ---- JSON Web Tokens

// The example of RFC 7515 Appendix A.1, whose payload is the claims set of RFC 7519 §3.1.
const (
	rfcKey   = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
	rfcInput = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" +
		".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	rfcSignature = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	rfcExpires   = 1300819380
)

func key(t testing.TB) []byte {
	t.Helper()
	k, err := base64.RawURLEncoding.DecodeString(rfcKey)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestRFC7515AppendixA1(t *testing.T) {
	if got := base64.RawURLEncoding.EncodeToString(signature(key(t), rfcInput)); got != rfcSignature {
		t.Errorf("signature = %s, want %s", got, rfcSignature)
	}
	token := rfcInput + "." + rfcSignature
	for _, c := range []struct {
		name string
		at   time.Time
		good bool
	}{
		{"long before it expires", time.Unix(0, 0), true},
		{"a second before it expires", time.Unix(rfcExpires-1, 0), true},
		{"a millisecond before it expires", time.Unix(rfcExpires, 0).Add(-time.Millisecond), true},
		{"when it expires (RFC 7519 §4.1.4: on or after)", time.Unix(rfcExpires, 0), false},
		{"today", time.Now(), false},
	} {
		claims, err := verifyToken(key(t), token, c.at)
		if (err == nil) != c.good {
			t.Errorf("%s: verifyToken = %v, want good: %v", c.name, err, c.good)
		}
		if c.good && (claims.Expires == nil || *claims.Expires != rfcExpires) {
			t.Errorf("%s: exp = %v, want %d (RFC 7519 §3.1)", c.name, claims.Expires, rfcExpires)
		}
	}
	if _, err := verifyToken([]byte("another key"), token, time.Unix(0, 0)); err == nil {
		t.Error("verifyToken takes the token with another key")
	}
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// mint signs any header and payload, as somebody could who has the secret.
func mint(secret []byte, header, payload string) string {
	input := b64(header) + "." + b64(payload)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(input))
	return input + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

const hs256 = `{"alg":"HS256","typ":"JWT"}`

// alive is a payload of user 1 that is valid for an hour, with more members.
func alive(more string) string {
	return fmt.Sprintf(`{"sub":"1","exp":%d%s}`, time.Now().Add(time.Hour).Unix(), more)
}

// badTokens are all that must be refused, given a good one.
func badTokens(secret []byte, good string) map[string]string {
	parts := strings.Split(good, ".")
	head, payload, sig := parts[0], parts[1], parts[2]
	now := time.Now().Unix()
	flip := func(s string, i int) string {
		return s[:i] + string(map[bool]byte{true: 'B', false: 'A'}[s[i] == 'A']) + s[i+1:]
	}
	m := map[string]string{
		"nothing in it":                      "..",
		"a word":                             "token",
		"one part":                           head,
		"two parts":                          head + "." + payload,
		"two parts and a dot":                head + "." + payload + ".",
		"four parts":                         good + "." + sig,
		"five parts, as an encrypted one":    good + "." + sig + "." + sig,
		"a changed header":                   b64(`{"typ":"JWT","alg":"HS256"}`) + "." + payload + "." + sig,
		"a changed payload":                  head + "." + b64(alive("")) + "." + sig,
		"a changed first byte of the header": flip(good, 0),
		"a changed byte of the payload":      flip(good, len(head)+9),
		"a changed byte of the signature":    flip(good, len(good)-10),
		"other unused bits in the signature": good[:len(good)-1] + sameBits(good[len(good)-1]),
		"a cut signature":                    good[:len(good)-4],
		"a longer signature":                 good + "AAAA",
		"padding behind the signature":       good + "=",
		"padding behind the header":          head + "=." + payload + "." + sig,
		"a space in front of a part":         head + ". " + payload + "." + sig,
		"a space inside":                     good[:30] + " " + good[30:],
		"a tab inside":                       good[:30] + "\t" + good[30:],
		"a comma list":                       good + "," + good,
		"the scheme twice":                   "Bearer " + good,
		"quotes":                             `"` + good + `"`,
		"the other base64 alphabet":          head + "." + payload + ".+" + sig[1:],
		"not ASCII":                          good + "é",
		"huge":                               good + strings.Repeat("A", 20_000),
		"huge and signed":                    mint(secret, hs256, alive(`,"x":"`+strings.Repeat("x", 20_000)+`"`)),
		"signed with no key":                 mint(nil, hs256, alive("")),
		"signed with another key":            mint(key512, hs256, alive("")),
		"expired a second ago":               mint(secret, hs256, fmt.Sprintf(`{"sub":"1","exp":%d}`, now-1)),
		"expired in 1970":                    mint(secret, hs256, `{"sub":"1","exp":0}`),
		"not valid yet":                      mint(secret, hs256, alive(fmt.Sprintf(`,"nbf":%d`, now+60))),
		"nbf no number":                      mint(secret, hs256, alive(`,"nbf":"0"`)),
		"without exp":                        mint(secret, hs256, `{"sub":"1"}`),
		"EXP for exp":                        mint(secret, hs256, fmt.Sprintf(`{"sub":"1","EXP":%d}`, now+60)),
		"an expired exp, and a later EXP":    mint(secret, hs256, fmt.Sprintf(`{"sub":"1","exp":1,"EXP":%d}`, now+60)),
		"exp twice":                          mint(secret, hs256, fmt.Sprintf(`{"sub":"1","exp":1,"exp":%d}`, now+60)),
		"exp null":                           mint(secret, hs256, `{"sub":"1","exp":null}`),
		"exp a string":                       mint(secret, hs256, fmt.Sprintf(`{"sub":"1","exp":"%d"}`, now+60)),
		"exp true":                           mint(secret, hs256, `{"sub":"1","exp":true}`),
		"exp a list":                         mint(secret, hs256, fmt.Sprintf(`{"sub":"1","exp":[%d]}`, now+60)),
		"exp beyond any number":              mint(secret, hs256, `{"sub":"1","exp":1e999}`),
		"exp NaN":                            mint(secret, hs256, `{"sub":"1","exp":NaN}`),
		"no sub":                             mint(secret, hs256, fmt.Sprintf(`{"exp":%d}`, now+60)),
		"SUB for sub":                        mint(secret, hs256, fmt.Sprintf(`{"SUB":"1","exp":%d}`, now+60)),
		"a long s in sub":                    mint(secret, hs256, fmt.Sprintf(`{"ſub":"1","exp":%d}`, now+60)),
		"sub a number":                       mint(secret, hs256, fmt.Sprintf(`{"sub":1,"exp":%d}`, now+60)),
		"sub with a zero in front":           mint(secret, hs256, fmt.Sprintf(`{"sub":"01","exp":%d}`, now+60)),
		"sub of nobody":                      mint(secret, hs256, fmt.Sprintf(`{"sub":"999","exp":%d}`, now+60)),
		"sub no id":                          mint(secret, hs256, fmt.Sprintf(`{"sub":"Kim","exp":%d}`, now+60)),
		"a payload that is a list":           mint(secret, hs256, `[]`),
		"a payload that is null":             mint(secret, hs256, `null`),
		"a payload that is empty":            mint(secret, hs256, ``),
		"a payload that is no JSON":          mint(secret, hs256, `exp`),
		"a payload with trailing data":       mint(secret, hs256, alive("")+"{}"),
		"a payload that is not UTF-8":        mint(secret, hs256, alive(",\"x\":\"\xff\"")),
	}
	for _, header := range []string{``, `{}`, `null`, `[]`, `"HS256"`, `{"typ":"JWT"}`, `{"alg":null}`,
		`{"alg":["HS256"]}`, `{"alg":256}`,
		`{"alg":"none"}`, `{"alg":"None"}`, `{"alg":""}`, `{"alg":"hs256"}`, `{"alg":"HS256 "}`, `{"ALG":"HS256"}`,
		`{"Alg":"HS256"}`,
		`{"alg":"HS384"}`, `{"alg":"HS512"}`, `{"alg":"RS256"}`, `{"alg":"ES256"}`, `{"alg":"PS256"}`, `{"alg":"EdDSA"}`,
		`{"alg":"A128KW"}`,
		`{"alg":"none","alg":"HS256"}`, `{"alg":"HS256","alg":"none"}`, `{"alg":"none","ALG":"HS256"}`, `{"alg":"HS256"`,
		`{"alg":"HS256"}x`,
		`{"alg":"HS256","crit":["exp"]}`, `{"alg":"HS256","crit":[]}`, `{"alg":"HS256","crit":null}`,
		`{"alg":"HS256","b64":false,"crit":["b64"]}`,
	} {
		m["signed, with the header "+header] = mint(secret, header, alive(""))
		m["unsigned, with the header "+header] = b64(header) + "." + b64(alive("")) + "."
	}
	return m
}

var key512 = []byte(strings.Repeat("k", 64))

// sameBits is another letter that decodes to the same bits: the last one of a 32-byte signature has two unused.
func sameBits(c byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, c)^1])
}

func TestTokensThatAreNoTokensAreA401(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	bad := badTokens(r.secret, kim.AccessToken)
	for name, token := range bad {
		t.Run(name, func(t *testing.T) {
			for _, path := range []string{"/api/auth/me", "/api/polls"} { // public calls as well
				resp, text := r.Do("GET", path, token, nil)
				rig.WantProblem(t, resp, text, 401, fmt.Sprintf("GET %s with %.200q", path, token))
			}
		})
	}
	for _, c := range []struct{ name, payload string }{
		{"extra claims", alive(`,"iss":"us","admin":true,"x":{"exp":0}`)},
		{"an nbf that is past", alive(`,"nbf":1.5`)},
		{"an exp with a fraction", fmt.Sprintf(`{"sub":"1","exp":%d.25}`, time.Now().Unix()+60)},
		{"an exp with an exponent", `{"sub":"1","exp":9e15}`},
		{"white space, and sub in escapes", fmt.Sprintf("\r\n{ \"s\\u0075b\" : \"1\",\n\"exp\":%d }\n", time.Now().Unix()+
			60)},
	} {
		resp, text := r.Do("GET", "/api/auth/me", mint(r.secret, ` {"kid":"7", "alg":"HS256"} `, c.payload), nil)
		if resp.StatusCode != 200 {
			t.Errorf("a token with %s = %d %s, want 200", c.name, resp.StatusCode, text)
		}
	}
}

// Some bytes can't be sent in a header: the function is asked itself.
func TestVerifyTokenRefuses(t *testing.T) {
	secret := []byte(strings.Repeat("s", 32))
	good := mint(secret, hs256, alive(""))
	if _, err := verifyToken(secret, good, time.Now()); err != nil {
		t.Fatalf("the good token: %v", err)
	}
	for name, token := range map[string]string{
		"a line end inside":     good[:10] + "\r\n" + good[10:],
		"a line feed inside":    good[:10] + "\n" + good[10:],
		"a line feed behind":    good + "\n",
		"a line feed in front":  "\n" + good,
		"a NUL behind":          good + "\x00",
		"nothing":               "",
		"a megabyte":            good + strings.Repeat("A", 1<<20),
		"a megabyte of dots":    strings.Repeat(".", 1<<20),
		"a megabyte and signed": mint(secret, hs256, alive(`,"x":"`+strings.Repeat("x", 1<<20)+`"`)),
	} {
		if _, err := verifyToken(secret, token, time.Now()); err == nil {
			t.Errorf("%s: verifyToken(%.40q) = nil, want an error", name, token)
		}
	}
}

func TestAMegabyteOfTokenEndsTheConnectionNotTheServer(t *testing.T) {
	r := start(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.API, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(rig.Patience))
	// an error is fine
	fmt.Fprintf(conn, "GET /api/auth/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n",
		strings.Repeat("A", 1<<20))
	answer, _ := io.ReadAll(io.LimitReader(conn, 1000)) // it may be reset
	if status, sent := strings.CutPrefix(string(answer), "HTTP/1.1 "); sent && !strings.HasPrefix(status, "4") {
		t.Errorf("a megabyte of token = %q, want a 4xx", answer)
	}
	r.Guest("Kim")
}

func TestTheAuthorizationHeader(t *testing.T) {
	r := start(t)
	token := r.Guest("Kim").AccessToken
	for header, status := range map[string]int{
		"Bearer " + token:                       200,
		"bearer " + token:                       200, // RFC 9110 §11.1: the scheme in any case
		"BEARER   " + token:                     200, // RFC 6750 §2.1: one space or more
		"Bearer":                                401,
		"Bearer ,":                              401,
		token:                                   401,
		"Basic S2ltOnBhc3M=":                    401,
		"Token " + token:                        401,
		"Bearer\t" + token:                      401,
		"Bearer=" + token:                       401,
		"Bearer \u00a0" + token:                 401,
		"Bearer " + token + " x":                401,
		"Bearer " + token + ", Bearer " + token: 401,
		"Basic " + token:                        401,
	} {
		for _, path := range []string{"/api/auth/me", "/api/polls"} {
			resp, text := r.Do("GET", path, "", nil, "Authorization", header)
			if resp.StatusCode != status {
				t.Errorf("GET %s, Authorization: %q = %d %s, want %d", path, header, resp.StatusCode, text, status)
			} else if status == 401 {
				rig.WantProblem(t, resp, text, 401, fmt.Sprintf("GET %s, Authorization: %q", path, header))
			}
		}
	}
	req, err := http.NewRequest("GET", r.API+"/api/polls", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header["Authorization"] = []string{"Bearer " + token, "Bearer x"}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 401 {
		t.Errorf("two Authorization headers = %d, want 401", resp.StatusCode)
	}
}

func FuzzVerifyToken(f *testing.F) {
	secret := []byte(strings.Repeat("s", 32))
	good := mint(secret, hs256, `{"sub":"1","exp":4000000000}`)
	f.Add(good)
	f.Add(rfcInput + "." + rfcSignature)
	for _, token := range badTokens(secret, good) {
		f.Add(token)
	}
	at := time.Unix(2_000_000_000, 0)
	signed := []string{}
	for _, token := range badTokens(secret, good) {
		if _, err := verifyToken(secret, token, at); err == nil {
			signed = append(signed, token) // good at that time: expired today, or for user 999
		}
	}
	f.Fuzz(func(t *testing.T, token string) {
		c, err := verifyToken(secret, token, at)
		if err == nil && token != good && !slices.Contains(signed, token) {
			t.Errorf("verifyToken(%q) = %+v: a forged token", token, c)
		}
		// Whatever is in it, signed: it must not panic, and what passes has an exp ahead.
		c, err = verifyToken(secret, mint(secret, hs256, token), at)
		if err == nil && (c.Expires == nil || !(*c.Expires > 2_000_000_000)) {
			t.Errorf("payload %q passes with exp %v", token, c.Expires)
		}
		verifyToken(secret, mint(secret, token, `{"exp":4000000000}`), at)
	})
}

func TestATokenExpires(t *testing.T) {
	t.Parallel()
	r := start(t, func(c *config) { c.TokenTTL = 2 * time.Second })
	kim := r.Guest("Kim")
	if kim.ExpiresIn != 2 || kim.TokenType != "bearer" {
		t.Errorf("session = %+v, want a bearer token for 2 seconds", kim)
	}
	var c struct{ Exp int64 }
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(kim.AccessToken, ".")[1])
	if err != nil || json.Unmarshal(payload, &c) != nil {
		t.Fatalf("%s: %v", kim.AccessToken, err)
	}
	deadline := time.Now().Add(rig.Patience)
	for {
		resp, text := r.Do("GET", "/api/auth/me", kim.AccessToken, nil)
		if resp.StatusCode == 401 {
			if early := time.Until(time.Unix(c.Exp, 0)); early > 0 {
				t.Errorf("the token expired %v before exp", early)
			}
			rig.WantProblem(t, resp, text, 401, "GET /api/auth/me with an expired token")
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the token never expires")
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func TestTheClaimsOfAToken(t *testing.T) {
	r := start(t)
	kim := r.Guest("김")
	parts := strings.Split(kim.AccessToken, ".")
	head, _ := base64.RawURLEncoding.Strict().DecodeString(parts[0])
	payload, err := base64.RawURLEncoding.Strict().DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var c struct {
		Sub, Name string
		Iat, Exp  int64
	}
	if err := json.Unmarshal(payload, &c); err != nil {
		t.Fatalf("payload = %s: %v", payload, err)
	}
	if string(head) != hs256 || c.Sub != strconv.FormatInt(kim.User.ID, 10) || c.Name != "김" || c.Exp-c.Iat != 86400 ||
		kim.ExpiresIn != 86400 {
		t.Errorf("token = %s . %s, want %s, sub %d, name 김, exp a day after iat", head, payload, hs256, kim.User.ID)
	}
	if age := time.Now().Unix() - c.Iat; age < 0 || age > 10 {
		t.Errorf("iat = %d, want now", c.Iat)
	}
}

// ---- register, login, guest, me

// cheap makes hashes quick: with the race detector one takes a second otherwise.
func cheap(c *config) { c.hashCost = bcrypt.MinCost }

func TestRegisterAndLogin(t *testing.T) {
	r := start(t, cheap)
	session := rig.Want[rig.Session](r, 201, "POST", "/api/auth/register", "",
		rig.Object{"username": "  Kim_1\u3000", "password": " pass word ", "nickname": " 반장 "})
	u := session.User
	if u.ID != 1 || u.Username == nil || *u.Username != "Kim_1" || u.Nickname != "반장" || u.IsGuest ||
		time.Since(u.CreatedAt) > rig.Patience {
		t.Errorf("user = %+v, want id 1, Kim_1 known as 반장, no guest, made now", u)
	}
	if me := rig.Want[rig.User](r, 200, "GET", "/api/auth/me", session.AccessToken, nil); me.ID != 1 ||
		*me.Username != "Kim_1" || me.Nickname != "반장" {
		t.Errorf("me = %+v, want %+v", me, u)
	}
	for _, c := range []struct {
		name, username, password string
		status                   int
	}{
		{"the name in other case", "kIM_1", " pass word ", 200},
		{"with white space around the name", " kim_1 ", " pass word ", 200},
		{"a trimmed password", "kim_1", "pass word", 401},
		{"a password in other case", "kim_1", " Pass word ", 401},
		{"an unknown name", "nobody", " pass word ", 401},
		{"a name that none can have", "no such name!", " pass word ", 401},
	} {
		resp, text := r.Do("POST", "/api/auth/login", "", rig.Object{"username": c.username, "password": c.password})
		if resp.StatusCode != c.status {
			t.Errorf("login with %s = %d %s, want %d", c.name, resp.StatusCode, text, c.status)
		} else if c.status == 401 {
			rig.WantProblem(t, resp, text, 401, "login with "+c.name)
		}
	}
	form := "grant_type=password&username=KIM_1&password=+pass%20word+&scope=&client_id=x&client_secret="
	again := rig.Want[rig.Session](r, 200, "POST", "/api/auth/login", "", form, "Content-Type",
		"application/x-www-form-urlencoded; charset=UTF-8")
	if again.User.ID != 1 || again.TokenType != "bearer" || again.ExpiresIn != 86400 || again.AccessToken == "" {
		t.Errorf("login by a form = %+v, want a session of user 1", again)
	}
	r.Refused(409, "POST", "/api/auth/register", "", rig.Object{"username": "KIM_1", "password": "12345678"})
}

func TestUsernamesOfAnyScript(t *testing.T) {
	r := start(t, cheap)
	register := func(name string) (*http.Response, string) {
		return r.Do("POST", "/api/auth/register", "", rig.Object{"username": name, "password": "12345678"})
	}
	for _, name := range []string{"한글", "नमस्ते", "Straße", "ÉCOLE", "Ωσ", strings.Repeat("글", 20)} {
		resp, text := register(name)
		var s rig.Session
		json.Unmarshal([]byte(text), &s)
		if resp.StatusCode != 201 || s.User.Username == nil || *s.User.Username != name || s.User.Nickname != name {
			t.Errorf("register %s = %d %s, want 201 with that name for a nickname too", name, resp.StatusCode, text)
		}
	}
	for _, name := range []string{"STRAẞE", "école", "ως"} { // the same without regard to case, ς and σ too
		if resp, text := register(name); resp.StatusCode != 409 {
			t.Errorf("register %s = %d %s, want 409", name, resp.StatusCode, text)
		}
	}
	for _, name := range []string{"", "  ", strings.Repeat("글", 21), "a b", "a-b", "a.b", "a@b", "😀", "½", "Ⅷ",
		"a\u200db", "'--"} {
		r.Invalid("username", "POST", "/api/auth/register", "", rig.Object{"username": name, "password": "12345678"})
	}
}

func TestPasswordsAreCountedInBytes(t *testing.T) {
	r := start(t, cheap)
	longest := strings.Repeat("한", 24) // 72 bytes
	rig.Want[rig.Session](r, 201, "POST", "/api/auth/register", "", rig.Object{"username": "long", "password": longest})
	rig.Want[rig.Session](r, 201, "POST", "/api/auth/register", "",
		rig.Object{"username": "short", "password": "한글\u0000\n"})
	rig.Want[rig.Session](r, 200, "POST", "/api/auth/login", "", rig.Object{"username": "long", "password": longest})
	rig.Want[rig.Session](r, 200, "POST", "/api/auth/login", "",
		rig.Object{"username": "short", "password": "한글\u0000\n"})
	r.Refused(401, "POST", "/api/auth/login", "", rig.Object{"username": "long", "password": longest + "x"})
	for _, p := range []string{"", "1234567", "한글\n", longest + "x", strings.Repeat("한", 25)} {
		r.Invalid("password", "POST", "/api/auth/register", "", rig.Object{"username": "kim", "password": p})
	}
}

func TestWhatIsInvalidForAuth(t *testing.T) {
	r := start(t)
	r.Invalid("username password", "POST", "/api/auth/register", "", rig.Object{})
	r.Invalid("username password", "POST", "/api/auth/login", "", rig.Object{})
	r.Invalid("nickname", "POST", "/api/auth/guest", "", rig.Object{})
	for _, nickname := range []string{"", " \u3000", strings.Repeat("김", 21), "a\nb", "a\u0085b"} {
		r.Invalid("nickname", "POST", "/api/auth/guest", "", rig.Object{"nickname": nickname})
		r.Invalid("nickname", "POST", "/api/auth/register", "", rig.Object{"username": "kim", "password": "12345678",
			"nickname": nickname})
	}
	r.Refused(400, "POST", "/api/auth/register", "", rig.Object{"username": "kim", "password": "12345678",
		"nickname": nil})
	r.Refused(400, "POST", "/api/auth/login", "", rig.Object{"username": "kim", "password": "12345678",
		"grant_type": "password"})
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	r.Refused(422, "POST", "/api/auth/login", "", "username=kim", form...)
	r.Refused(422, "POST", "/api/auth/login", "", "grant_type=password&Username=kim&Password=12345678", form...)
	r.Refused(400, "POST", "/api/auth/login", "", "username=%zz&password=12345678", form...)
	r.Refused(400, "POST", "/api/auth/login", "", "username=%ff&password=12345678", form...)
	r.Refused(413, "POST", "/api/auth/login", "", "username=kim&password="+strings.Repeat("x", 64<<10), form...)
	r.Refused(415, "POST", "/api/auth/login", "", "--x--", "Content-Type", "multipart/form-data; boundary=x")
	r.Refused(415, "POST", "/api/auth/guest", "", "nickname=Kim", form...)
	r.Refused(401, "POST", "/api/auth/guest", "bad", rig.Object{"nickname": "Kim"})
}

func TestGuests(t *testing.T) {
	r := start(t)
	first, second := r.Guest(" 김 "), r.Guest("김")
	if u := first.User; u.Username != nil || !u.IsGuest || u.Nickname != "김" || u.ID == second.User.ID {
		t.Errorf("guest = %+v, want no username and 김; the second of that name is another: %+v", u, second.User)
	}
	rig.Want[rig.Session](r, 201, "POST", "/api/auth/guest", "", rig.Object{"nickname": strings.Repeat("😀", 20)})
	if me := rig.Want[rig.Object](r, 200, "GET", "/api/auth/me", second.AccessToken, nil); me["username"] != nil ||
		me["id"] != float64(second.User.ID) || me["is_guest"] != true {
		t.Errorf("me = %v, want the second guest", me)
	}
}

func TestGuestsCanBeSwitchedOff(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir)
	kim := r.Guest("Kim")
	r.stop()
	r = startIn(t, dir, func(c *config) { c.Guests = false })
	r.Refused(403, "POST", "/api/auth/guest", "", rig.Object{"nickname": "Kim"})
	rig.Want[rig.User](r, 200, "GET", "/api/auth/me", kim.AccessToken, nil) // who has a token may stay
}

// Tries at the same moment get no further than tries one after another, however many hashes run at once.
func TestFailedLoginsAtOnce(t *testing.T) {
	r := start(t, cheap)
	r.passwords = password.NewKeeper(8, r.cfg.hashCost)
	rig.Want[any](r, 201, "POST", "/api/auth/register", "", rig.Object{"username": "Kim", "password": "12345678"})
	var mu sync.Mutex
	got := map[int]int{}
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			resp, _ := r.Do("POST", "/api/auth/login", "", rig.Object{"username": "Kim", "password": "87654321"})
			mu.Lock()
			got[resp.StatusCode]++
			mu.Unlock()
		})
	}
	all.Wait()
	if got[401] != 10 || got[429] != 50 {
		t.Errorf("60 failed logins at once = %v, want 10 with 401 and 50 with 429", got)
	}
}

func TestTenFailedLoginsOfOneNameFromOneAddress(t *testing.T) {
	r := start(t, cheap)
	rig.Want[any](r, 201, "POST", "/api/auth/register", "", rig.Object{"username": "Kim", "password": "12345678"})
	rig.Want[any](r, 201, "POST", "/api/auth/register", "", rig.Object{"username": "Lee", "password": "12345678"})
	for i := range 10 {
		name := []string{"kim", "KIM", " Kim"}[i%3] // one name
		r.Refused(401, "POST", "/api/auth/login", "", rig.Object{"username": name, "password": "87654321"})
	}
	rig.Want[any](r, 200, "POST", "/api/auth/login", "", rig.Object{"username": "Lee", "password": "12345678"})
	right := rig.Object{"username": "Kim", "password": "12345678"}
	resp, text := r.Do("POST", "/api/auth/login", "", right)
	rig.WantProblem(t, resp, text, 429, "the 11th login, with the right password")
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err != nil || s < 1 || s > 60 {
		t.Errorf("Retry-After = %q, want 1 to 60 seconds", resp.Header.Get("Retry-After"))
	}
}

func TestFailedLoginsDoNotCountForAnotherAddress(t *testing.T) {
	// Linux has all of 127/8, others only what was set up.
	if l, err := net.Listen("tcp", "127.0.0.2:0"); err == nil {
		l.Close()
	} else if runtime.GOOS != "linux" {
		t.Skipf("this machine has no second loopback address: %v", err)
	}
	r := start(t, cheap)
	rig.Want[any](r, 201, "POST", "/api/auth/register", "", rig.Object{"username": "Kim", "password": "12345678"})
	for range 10 {
		r.Refused(401, "POST", "/api/auth/login", "", rig.Object{"username": "Kim", "password": "87654321"})
	}
	var local string
	other := from(&local, false)
	other.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		return (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).DialContext(ctx, network, addr)
	}
	resp, err := other.Post(r.API+"/api/auth/login", "application/json",
		strings.NewReader(`{"username":"Kim","password":"12345678"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("login from another address = %d, want 200", resp.StatusCode)
	}
}

// By itself bcrypt takes a password and the same with NUL and itself behind it for one.
func TestPasswordsWithNUL(t *testing.T) {
	r := start(t, cheap)
	for i, p := range []string{"abcdefgh", "abcdefgh\x00", strings.Repeat("x", 72)} {
		name := fmt.Sprint("kim", i)
		rig.Want[any](r, 201, "POST", "/api/auth/register", "", rig.Object{"username": name, "password": p})
		rig.Want[any](r, 200, "POST", "/api/auth/login", "", rig.Object{"username": name, "password": p})
		for _, other := range []string{p + "\x00" + p, p + "\x00", strings.TrimSuffix(p, "\x00") + "y"} {
			if other != p {
				r.Refused(401, "POST", "/api/auth/login", "", rig.Object{"username": name, "password": other})
			}
		}
	}
}
