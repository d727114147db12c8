package lab

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestStatusAnswersWithEveryCode(t *testing.T) {
	everyWay(t, func(t *testing.T, c way) {
		for code := 200; code <= 599; code++ {
			title := http.StatusText(code)
			if title == "" { // RFC 9110 §15
				title = map[int]string{2: "Successful", 3: "Redirection", 4: "Client Error", 5: "Server Error"}[code/100]
			}
			contentType, body := "application/json", fmt.Sprintf(`{"status":%d,"title":%q}`, code, title)
			switch {
			case code == 204, code == 205, code == 304:
				contentType, body = "", ""
			case code >= 400:
				contentType = "application/problem+json"
				body = fmt.Sprintf(`{"type":"about:blank","title":%q,"status":%d,"detail":"nothing is wrong: %d was asked for"}`,
					title, code, code)
			}
			got := c.get(t, fmt.Sprintf("/lab/status/%d", code))
			if got.StatusCode != code || got.body != body || got.Header.Get("Content-Type") != contentType {
				t.Errorf("%d = %d %s %s, want %s", code, got.StatusCode, got.Header.Get("Content-Type"), got.body, body)
			}
			redirect := code == 300 || code == 301 || code == 302 || code == 303 || code == 307 || code == 308
			if location := got.Header.Get("Location"); location == "/lab/whoami" != redirect || location != "" != redirect {
				t.Errorf("%d has Location %q", code, location)
			}
		}
	})
}

func TestAStatusComesWithWhatRFC9110Requires(t *testing.T) {
	everyWay(t, func(t *testing.T, c way) {
		upgrade, connection := "websocket", "Upgrade"
		if c.proto == "HTTP/2.0" { // RFC 9113 §8.2.2
			upgrade, connection = "", ""
		}
		for code, want := range map[int]map[string]string{
			205: {"Content-Length": "0"},
			206: {"Content-Range": "bytes 0-39/40"},
			401: {"WWW-Authenticate": "Bearer"},
			405: {"Allow": "GET, HEAD"},
			407: {"Proxy-Authenticate": `Basic realm="pollwire lab"`},
			416: {"Content-Range": "bytes */1000"},
			426: {"Upgrade": upgrade, "Connection": connection},
			429: {"Retry-After": "1"},
			503: {"Retry-After": "1"},
		} {
			got := c.get(t, fmt.Sprintf("/lab/status/%d", code))
			if got.StatusCode != code {
				t.Errorf("%d = %d", code, got.StatusCode)
			}
			expect(t, got.Header, want)
		}
	})
}

func TestStatusOnTheWire(t *testing.T) {
	for _, tt := range []struct{ name, path, want string }{
		{"15.3.5 204 has no content, and no length of it", "204",
			"HTTP/1.1 204 No Content\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: " +
				"close\r\n\r\n"},
		{"15.4.5 304 has no content", "304",
			"HTTP/1.1 304 Not Modified\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: " +
				"close\r\n\r\n"},
		{"15.5.9 408 closes", "408",
			"HTTP/1.1 408 Request Timeout\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: 108\r\n" +
				"Content-Type: application/problem+json\r\nX-Content-Type-Options: nosniff\r\n\r\n" +
				`{"type":"about:blank","title":"Request Timeout","status":408,"detail":"nothing is wrong: 408 was asked for"}`},
	} {
		got := date.ReplaceAllString(raw(t, "GET /lab/status/"+tt.path+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"),
			"")
		if !sameAnswer(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	keep := "GET /lab/status/408 HTTP/1.1\r\nHost: a\r\n\r\n" // ends only if the server closes
	if got := raw(t, keep); !strings.HasPrefix(got, "HTTP/1.1 408 ") {
		t.Errorf("%q = %q", keep, got)
	}
}

func TestTheLimitsOfStatus(t *testing.T) {
	everyWay(t, func(t *testing.T, c way) {
		for code, want := range map[string]int{
			"199": 422, "600": 422, "0": 422, "20": 422, "-200": 422, "1000": 422, "99999999999999999999": 422,
			"0200": 404, "+200": 404, "200.0": 404, "abc": 404, "%20200": 404, "2%300": 200, "200%0A": 404, "-0": 404,
		} {
			got := c.get(t, "/lab/status/"+code)
			if got.StatusCode != want {
				t.Errorf("%s = %d, want %d", code, got.StatusCode, want)
			}
			if named := strings.Contains(got.body, `"errors":[{"field":"code",`); named != (want == 422) {
				t.Errorf("%s = %s", code, got.body)
			}
		}
	})
}
