package lab

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestBasic(t *testing.T) {
	encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	everyWay(t, func(t *testing.T, c way) {
		for _, tt := range []struct {
			name, credentials string
			status            int
		}{
			{"none", "", 401},
			{"the right ones", "Basic " + encode("student:wireshark"), 200},
			{"RFC 7617 §2 the scheme has no case", "bASIC " + encode("student:wireshark"), 200},
			{"RFC 7617 §2 Aladdin", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", 401},
			{"RFC 7617 §2.1 test and 123 pounds in UTF-8", "Basic dGVzdDoxMjPCow==", 401},
			{"another password", "Basic " + encode("student:wireshar"), 401},
			{"another user", "Basic " + encode("Student:wireshark"), 401},
			{"RFC 7617 §2 all behind the first colon is the password", "Basic " + encode("student:wireshark:"), 401},
			{"no colon", "Basic " + encode("student"), 401},
			{"no base64", "Basic student:wireshark", 401},
			{"base64 without its end", "Basic " + strings.TrimRight(encode("student:wireshark"), "="), 401},
			{"nothing behind the scheme", "Basic", 401},
			{"another scheme", "Bearer abc", 401},
		} {
			t.Run(tt.name, func(t *testing.T) {
				var fields []string
				if tt.credentials != "" {
					fields = []string{"Authorization: " + tt.credentials}
				}
				got := c.get(t, "/lab/basic", fields...)
				want, challenge := `{"user":"student"}`, ""
				if tt.status == 401 {
					want = `{"type":"about:blank","title":"Unauthorized","status":401,` +
						`"detail":"the user is student and the password is wireshark","code":"unauthorized"}`
					challenge = `Basic realm="pollwire lab", charset="UTF-8"`
				}
				if got.StatusCode != tt.status || got.body != want {
					t.Errorf("%q = %d %s, want %d %s", tt.credentials, got.StatusCode, got.body, tt.status, want)
				}
				expect(t, got.Header, map[string]string{"WWW-Authenticate": challenge, "Cache-Control": "no-store"})
			})
		}
	})
}
