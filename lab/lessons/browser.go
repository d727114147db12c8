package lessons

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// profileFolder is where a browser of `pollwire lab browser` keeps its profile, in the current folder: somewhere hidden
// a browser that was installed as a snap may not write.
const profileFolder = "pollwire-browser"

// browser is `pollwire lab browser`: how to start Chromium, Chrome or Edge so that it speaks HTTP/3 to the server, and
// with -start it is started. What stands behind -- it gets too.
func (o *options) browser(ctx context.Context, w io.Writer) error {
	args, err := o.browserArgs(ctx)
	if err != nil {
		return err
	}
	path := findBrowser()
	fmt.Fprintf(w, "%s\n\n  %s\n\n", browserWhy.In(o.lang), commandLine(cmp.Or(path, "chromium"), args))
	if !o.start {
		fmt.Fprintln(w, Text{"-start starts it.", "-start를 붙이면 실행합니다."}.In(o.lang))
		return nil
	}
	if path == "" {
		return errors.New("browser: neither Chromium nor Chrome nor Edge was found here")
	}
	return exec.CommandContext(ctx, path, args...).Run()
}

var browserWhy = Text{"A browser speaks QUIC only with a certificate that somebody it trusts has signed: an\n" +
	"exception made by a click does not count, and it stays with HTTP/2 without a word. So it is\n" +
	"told by its key, of which this is the hash, that this one certificate is fine, and where to\n" +
	"begin with QUIC. The profile is of its own: a browser that runs already would take no flags.",
	"브라우저는 믿는 기관이 서명한 인증서가 아니면 QUIC을 쓰지 않습니다.\n" +
		"경고를 눌러 허용한 것은 소용이 없고, 아무 말 없이 HTTP/2를 씁니다.\n" +
		"그래서 이 인증서 하나는 괜찮다는 것을 키의 해시로, 그리고 어디에서\n" +
		"QUIC으로 시작할지를 알려 줍니다. 이미 실행 중인 브라우저는 플래그를\n" +
		"받지 않으므로 프로필을 따로 씁니다."}

// browserArgs are the flags for the server at -url, or for the one of this computer.
func (o *options) browserArgs(ctx context.Context) ([]string, error) {
	st, err := Find(ctx, cmp.Or(o.url, defaultURL))
	if err != nil {
		return nil, err
	}
	hash, err := st.quicKey(ctx)
	if err != nil {
		return nil, err
	}
	profile, err := filepath.Abs(profileFolder)
	if err != nil {
		return nil, err
	}
	api, page := net.JoinHostPort(st.Name, st.Ports["http"]), ""
	origins, address := api, "https://"+api+"/docs"
	if port := st.Ports["files"]; port != "" {
		page = net.JoinHostPort(st.Name, port)
		origins, address = page+","+api, "https://"+page+"/"
	}
	args := []string{"--user-data-dir=" + profile, "--no-first-run", "--no-default-browser-check",
		"--origin-to-force-quic-on=" + origins, "--ignore-certificate-errors-spki-list=" + hash}
	return append(append(args, o.command...), address), nil
}

// quicKey is the hash of the key in the certificate that the server shows, as Chromium wants it: of the
// SubjectPublicKeyInfo (RFC 5280 §4.1), as in RFC 7469 §2.4. It is an error if the server has no HTTP/3.
func (st *Stage) quicKey(ctx context.Context) (string, error) {
	// Whoever it is: what is asked is which key it shows, and by a browser that is started for this one.
	d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}}}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(st.Host, st.Ports["http"]))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprintf(conn, "HEAD /lab/whoami HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", st.Name)
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: http.MethodHead})
	if err != nil {
		return "", err
	}
	resp.Body.Close()
	if !strings.HasPrefix(resp.Header.Get("Alt-Svc"), "h3=") {
		return "", errors.New("the server speaks no HTTP/3: start it with -http3")
	}
	sum := sha256.Sum256(conn.(*tls.Conn).ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:]), nil
}

// findBrowser looks for one whose flags these are, "" if there is none.
func findBrowser() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
		"microsoft-edge"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	for _, path := range installed() {
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path
		}
	}
	return ""
}

// installed is where browsers are on systems whose programs are not on the path.
func installed() (paths []string) {
	switch runtime.GOOS {
	case "darwin":
		for _, name := range []string{"Google Chrome", "Microsoft Edge", "Chromium"} {
			paths = append(paths, "/Applications/"+name+".app/Contents/MacOS/"+name)
		}
	case "windows":
		for _, root := range []string{"ProgramFiles", "ProgramFiles(x86)", "LocalAppData"} {
			paths = append(paths, filepath.Join(os.Getenv(root), "Google", "Chrome", "Application", "chrome.exe"),
				filepath.Join(os.Getenv(root), "Microsoft", "Edge", "Application", "msedge.exe"))
		}
	}
	return paths
}

// commandLine is what to type.
func commandLine(path string, args []string) string {
	words := append([]string{path}, args...)
	for i, word := range words {
		if strings.ContainsAny(word, " ()") {
			words[i] = `"` + word + `"`
		}
	}
	return strings.Join(words, " ")
}
