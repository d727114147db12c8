package lessons

// Runs of exercises: pollwire lab NAME -run CODE, pollwire lab hand-in CODE FILE field=value...

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	neturl "net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pollwire/lab/exercise"
	"pollwire/lab/netbox"
)

// run is what the server says of one: what its player needs, and what its owner.
type run struct {
	Run      string
	Seed     string
	Exercise string
	Tasks    []struct{ ID, Text string }
	Fields   []struct{ ID, Text, Type, Unit string }
}

// playRun does the tasks of a run, and says in words what it does.
func (o *options) playRun(ctx context.Context, w io.Writer) error {
	if len(o.names) != 1 {
		return errors.New("-run: of which exercise? pollwire lab NAME -run CODE")
	}
	ex := exercise.Named(o.names[0])
	if ex == nil {
		return fmt.Errorf("there is no exercise %s", o.names[0])
	}
	if ex.Box && !netbox.Inside() {
		return inBox(ctx, append(o.given, o.names...))
	}
	st, of, err := o.findRun(ctx, o.runCode)
	if err != nil {
		return err
	}
	seed, err := hex.DecodeString(of.Seed)
	if err != nil || len(seed) != 32 || of.Exercise != ex.Name {
		return fmt.Errorf("-run %s: it is of the exercise %q", o.runCode, of.Exercise)
	}
	var nets []*netbox.Net
	o.quiet = true
	tell, step := o.teller(w, false), 0
	at := exercise.Place{
		Addr: st.Addr,
		Say: func(t Text) {
			step++
			tell(Event{Type: Step, Lesson: ex.Name, Step: step, Text: t})
		},
		Network: func() (*netbox.Net, error) {
			n, err := netbox.New(o.seed, filepath.Join(o.captures, ex.Name+"-"+of.Run))
			if err == nil {
				nets = append(nets, n)
			}
			return n, err
		},
	}
	err = ex.Sheet(exercise.NewRun(of.Run, [32]byte(seed))).Play(ctx, at)
	for _, n := range nets {
		err = errors.Join(err, n.Close())
	}
	if err == nil {
		at.Say(o.doneWith(ex, of.Run))
	}
	return err
}

// doneWith says what comes behind the tasks.
func (o *options) doneWith(ex *exercise.Exercise, code string) Text {
	if ex.Box {
		folder := filepath.Join(o.captures, ex.Name+"-"+code)
		return Text{"The captures are in %s.", "캡처가 %s에 있습니다."}.With(folder)
	}
	return Text{"All tasks are done. Stop the capture, save it, and answer from it on the page.",
		"할 일을 모두 마쳤다. 캡처를 멈추고 저장한 다음, 그 캡처에서 답을 찾아 " +
			"페이지에 쓴다."}
}

// findRun asks the server for a run.
func (o *options) findRun(ctx context.Context, code string) (*Stage, run, error) {
	url := o.url
	if url == "" {
		url = defaultURL
	}
	var of run
	st, err := Find(ctx, url)
	if err != nil {
		return nil, of, err
	}
	if _, err := st.get(ctx, st.URL("http", "/api/exercises/runs/"+neturl.PathEscape(code)), &of); err != nil {
		return nil, of, fmt.Errorf("run %s: %w", code, err)
	}
	if of.Run == "" {
		return nil, of, fmt.Errorf("%s knows no run %s", url, code)
	}
	return st, of, nil
}

// mark is what a hand-in is answered with.
type mark struct {
	Score, Of int
	Yours     bool
	Missing   []string
	Fields    []struct {
		ID       string
		OK       bool
		Feedback string
		Right    string
	}
}

// handIn sends a capture and answers, and prints the marks.
func (o *options) handIn(ctx context.Context, w io.Writer, words []string) error {
	if len(words) < 2 {
		return errors.New("hand-in: which run, which file? pollwire lab hand-in CODE FILE field=value")
	}
	if o.token == "" {
		return errors.New("hand-in: whose? -token, or POLLWIRE_TOKEN, is the access_token of who began the run")
	}
	answers := map[string]string{}
	for _, word := range words[2:] {
		field, value, ok := strings.Cut(word, "=")
		if !ok {
			return fmt.Errorf("hand-in: %q is no field=value", word)
		}
		answers[field] = value
	}
	st, of, err := o.findRun(ctx, words[0])
	if err != nil {
		return err
	}
	m, err := o.send(ctx, st.URL("http", "/api/exercises/runs/"+of.Run+"/handin"), words[1], answers)
	if err != nil {
		return err
	}
	o.printMark(w, m)
	return nil
}

// form is the body of a hand-in (RFC 7578).
func form(file string, answers map[string]string) (body *bytes.Buffer, contentType string, err error) {
	capture, err := os.ReadFile(file)
	if err != nil {
		return nil, "", err
	}
	text, err := json.Marshal(answers)
	if err != nil {
		return nil, "", err
	}
	body = &bytes.Buffer{}
	f := multipart.NewWriter(body)
	part, err := f.CreateFormFile("capture", filepath.Base(file))
	if err == nil {
		_, err = part.Write(capture)
	}
	return body, f.FormDataContentType(), errors.Join(err, f.WriteField("answers", string(text)), f.Close())
}

func (o *options) send(ctx context.Context, url, file string, answers map[string]string) (m mark, err error) {
	body, contentType, err := form(file, answers)
	if err != nil {
		return m, err
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "POST", url, body)
	if err != nil {
		return m, err
	}
	req.Header.Set("Content-Type", contentType)
	req.Header.Set("Authorization", "Bearer "+o.token)
	req.Header.Set("Accept-Language", o.lang)
	res, err := new(Stage).exchange(req)
	if err != nil {
		return m, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return m, err
	}
	if res.StatusCode != http.StatusOK {
		return m, fmt.Errorf("hand-in: %s", refusalOf(res.Status, text))
	}
	return m, json.Unmarshal(text, &m)
}

// refusalOf is what a problem says (RFC 9457).
func refusalOf(status string, text []byte) string {
	var p struct {
		Detail string
		Errors []struct{ Field, Detail string }
	}
	if json.Unmarshal(text, &p) != nil || p.Detail == "" {
		return status
	}
	for _, e := range p.Errors {
		p.Detail += "; " + e.Field + " " + e.Detail
	}
	return p.Detail
}

func (o *options) printMark(w io.Writer, m mark) {
	fmt.Fprintln(w, Text{"%d of %d", "%[2]d개 가운데 %[1]d개"}.With(m.Score, m.Of).In(o.lang))
	if len(m.Missing) > 0 {
		fmt.Fprintln(w, Text{"The capture does not show: %s", "캡처에 없는 과제: %s"}.With(strings.Join(m.Missing,
			", ")).In(o.lang))
	}
	for _, f := range m.Fields {
		sign := map[bool]string{true: "+", false: "-"}[f.OK]
		line := fmt.Sprintf("%s %-16s %s", sign, f.ID, f.Feedback)
		if f.Right != "" {
			line += " " + Text{"Right: %s", "정답: %s"}.With(f.Right).In(o.lang)
		}
		fmt.Fprintln(w, line)
	}
}
