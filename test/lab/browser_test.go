package lab

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"strings"
	"testing"

	"pollwire/test/rig"
)

// `pollwire lab browser` tells the flags with which a browser speaks HTTP/3 to this very server.
func TestTheFlagsOfABrowser(t *testing.T) {
	p := rig.Spawn(t, t.TempDir(), "-http3")
	out, problems, status := runLab(t, "browser", "-url", p.API, "-lang", "en", "--", "--headless")
	conn, err := tls.Dial("tcp", strings.TrimPrefix(p.Page, "http://"), rig.Trusting)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sum := sha256.Sum256(conn.ConnectionState().PeerCertificates[0].RawSubjectPublicKeyInfo)
	page, api := strings.TrimPrefix(p.Page, "http://"), strings.TrimPrefix(p.API, "http://")
	for _, want := range []string{"--origin-to-force-quic-on=" + page + "," + api + " ",
		"--ignore-certificate-errors-spki-list=" + base64.StdEncoding.EncodeToString(sum[:]) + " --headless ",
		"--user-data-dir=", "pollwire-browser ", " https://" + page + "/\n"} {
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("%d, %s%s, want %q", status, out, problems, want)
		}
	}
	off := rig.Spawn(t, t.TempDir())
	if _, problems, status := runLab(t, "browser", "-url", off.API); status != 1 || !strings.Contains(problems, "-http3") {
		t.Errorf("without HTTP/3: %d, %s", status, problems)
	}
}
