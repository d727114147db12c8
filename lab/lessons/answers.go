package lessons

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pollwire/lab/netbox"
)

// Answers with the numbers of a run are for who teaches: for who has the teacher key of a server on this computer, that
// is for whoever has started it, or who teaches at the server at -url. That is no wall: the answers of one run lie open
// in the repository. It keeps them from who only tries flags. What is marked has values of its own: package exercise.

// mayHaveAnswers refuses the answers to others.
func (o *options) mayHaveAnswers(ctx context.Context) error {
	if !o.answers || netbox.Inside() { // who has begun this second self was asked
		return nil
	}
	key, err := os.ReadFile(filepath.Join(o.data, "teacher.key"))
	if err == nil && strings.TrimSpace(string(key)) != "" {
		return nil
	}
	if o.token == "" {
		return fmt.Errorf("-answers is for who teaches: run it where the server was started, for %s (-data FOLDER is "+
			"another folder), or with the -token of a teacher", filepath.Join(o.data, "teacher.key"))
	}
	role, err := o.role(ctx)
	if err != nil {
		return fmt.Errorf("-answers: %w", err)
	}
	if role != "teacher" {
		return fmt.Errorf("-answers is for who teaches: -token is that of a %s", role)
	}
	return nil
}

// role asks the server who has the token.
func (o *options) role(ctx context.Context) (string, error) {
	url := o.url
	if url == "" {
		url = defaultURL
	}
	st, err := Find(ctx, url)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := request(ctx, "GET", st.URL("http", "/api/auth/me"), o.token, nil)
	if err != nil {
		return "", err
	}
	res, err := st.exchange(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("-token: %s", res.Status)
	}
	var me struct{ Role string }
	err = json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(&me)
	return me.Role, err
}
