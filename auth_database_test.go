package main

// Tokens are of one database: another one gives out the same numbers of users.

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pollwire/class"
	"pollwire/test/rig"
)

// afterwards stops r, lets somebody change what lies in its folder, and starts a server there again.
func (r *local) afterwards(dir string, change func(database string)) *local {
	r.Helper()
	r.stop()
	change(filepath.Join(dir, "pollwire.db"))
	return startIn(r.TB, dir)
}

func removeDatabase(database string) {
	files, _ := filepath.Glob(database + "*")
	for _, f := range files {
		os.Remove(f)
	}
}

// wantNobody checks that a token speaks for nobody, whatever way it is used.
func (r *local) wantNobody(when, token string) {
	r.Helper()
	for _, url := range []string{"/api/auth/me", "/api/polls", "/api/memos", "http://" + r.WS + "/ws?token=" + token} {
		resp, text := r.Do("GET", url, token, nil, "Upgrade", "websocket", "Connection", "Upgrade",
			"Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
		rig.WantProblem(r, resp, text, 401, when+": GET "+url)
	}
	join := fmt.Sprintf(`{"event":"user:join","data":{"token":%q},"id":1}`, token)
	if got := r.Listening("").Replies(join); got != "error 401 #1" {
		r.Errorf("%s: user:join is answered %s, want an error 401", when, got)
	}
}

func TestATokenIsOfOneDatabase(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir)
	old := r.Guest("Kim")
	r.NewMemo(old.AccessToken, "what nobody else may read", nil)
	r = r.afterwards(dir, removeDatabase)
	if now := r.Guest("Lee"); now.User.ID != old.User.ID {
		t.Fatalf("the new guest has number %d, want the old one's %d: or nothing is tried here", now.User.ID, old.User.ID)
	}
	r.wantNobody("a new database", old.AccessToken)
}

// A backup that is put back knows those who were there when it was made, and nobody who came later.
func TestATokenIsOfOneDatabaseAlsoBehindABackup(t *testing.T) {
	dir := t.TempDir()
	r := startIn(t, dir)
	before := r.Guest("Kim")
	var backup []byte
	r = r.afterwards(dir, func(database string) { backup, _ = os.ReadFile(database) })
	rig.Want[rig.User](r, 200, "GET", "/api/auth/me", before.AccessToken, nil) // it survives a restart
	later := r.Guest("Lee")
	r = r.afterwards(dir, func(database string) {
		removeDatabase(database)
		if err := os.WriteFile(database, backup, 0o600); err != nil {
			t.Fatal(err)
		}
	})
	if now := r.Guest("Park"); now.User.ID != later.User.ID {
		t.Fatalf("the new guest has number %d, want Lee's %d: or nothing is tried here", now.User.ID, later.User.ID)
	}
	r.wantNobody("put back", later.AccessToken)
	rig.Want[rig.User](r, 200, "GET", "/api/auth/me", before.AccessToken, nil)
}

// Tokens of a version that did not say when its user was made are known by when they were given out.
func TestAnOlderTokenWithoutBirth(t *testing.T) {
	r := start(t)
	kim := r.Guest("Kim")
	made := int64(r.userByNumber(kim.User.ID).CreatedAt) / 1000
	for _, token := range []struct {
		iat    int64
		status int
	}{{made, 200}, {made + 5, 200}, {made - 1, 401}} {
		payload := fmt.Sprintf(`{"sub":"%d","iat":%d,"exp":9e15}`, kim.User.ID, token.iat)
		resp, text := r.Do("GET", "/api/auth/me", mint(r.secret, `{"alg":"HS256"}`, payload), nil)
		if resp.StatusCode != token.status {
			t.Errorf("given out %d s after its user was made: %d %s, want %d", token.iat-made, resp.StatusCode, text,
				token.status)
		}
	}
}

func (r *local) userByNumber(id int64) class.User {
	r.Helper()
	u, err := r.people.Find(r.Context(), id)
	if err != nil {
		r.Fatal(err)
	}
	return u
}
