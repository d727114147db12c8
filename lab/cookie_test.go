package lab

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"pollwire/rest/problem"
)

func TestABrowserIsCounted(t *testing.T) {
	everyWay(t, func(t *testing.T, c way) {
		c.Jar, _ = cookiejar.New(nil)
		for i, want := range []string{
			`{"received":{},"set":{"visits":"1"}}`,
			`{"received":{"visits":"1"},"set":{"visits":"2"}}`,
			`{"received":{"visits":"2"},"set":{"visits":"3"}}`,
		} {
			if got := c.get(t, "/lab/cookie"); got.body != want {
				t.Errorf("visit %d = %s, want %s", i+1, got.body, want)
			}
		}
		set := c.do(t, "POST", "/lab/cookie", `{"name":"colour","value":"red"}`, "Content-Type: application/json")
		if set.body != `{"set":{"colour":"red"}}` {
			t.Errorf("POST = %s", set.body)
		}
		if got, want := c.get(t, "/lab/cookie").body,
			`{"received":{"colour":"red","visits":"3"},"set":{"visits":"4"}}`; got != want {
			t.Errorf("then = %s, want %s", got, want)
		}
		if got := c.do(t, "DELETE", "/lab/cookie", ""); got.StatusCode != 204 || got.body != "" ||
			len(got.Header.Values("Set-Cookie")) != 2 {
			t.Errorf("DELETE = %d %q %v", got.StatusCode, got.body, got.Header)
		}
		if got, want := c.get(t, "/lab/cookie").body, `{"received":{},"set":{"visits":"1"}}`; got != want {
			t.Errorf("then = %s, want %s", got, want)
		}
	})
}

// Cookies know no ports and no schemes (RFC 6265 §8.5): with Secure, the second count would begin anew.
func TestTheCountGoesOnFromHTTPSToHTTP(t *testing.T) {
	jar, _ := cookiejar.New(nil)
	for i, secure := range []bool{true, false} {
		srv, config := serve(t, new(running).handler(), secure)
		c := way{Client: &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: config}}, url: srv.URL}
		if got, want := c.get(t, "/lab/cookie").body, fmt.Sprintf(`"set":{"visits":"%d"}}`, i+1); !strings.HasSuffix(got,
			want) {
			t.Errorf("TLS %v: %s, want %s", secure, got, want)
		}
		c.CloseIdleConnections()
	}
}

func TestSetCookieOnTheWire(t *testing.T) {
	everyWay(t, func(t *testing.T, c way) {
		for _, tt := range []struct {
			method, body, cookie string
			want                 []string
		}{
			{"GET", "", "", []string{"visits=1; Path=/lab; Max-Age=600; HttpOnly; SameSite=Lax"}},
			{"POST", `{"name":"SID","value":"31d4d96e407aad42"}`, "", // RFC 6265 §3.1
				[]string{"SID=31d4d96e407aad42; Path=/lab; Max-Age=600; HttpOnly; SameSite=Lax"}},
			{"POST", `{"name":"a","value":"","max_age":3600}`, "",
				[]string{"a=; Path=/lab; Max-Age=3600; HttpOnly; SameSite=Lax"}},
			{"POST", `{"name":"a","value":"b=c","max_age":0}`, "",
				[]string{"a=b=c; Path=/lab; Max-Age=0; HttpOnly; SameSite=Lax"}},
			{"DELETE", "", "SID=31d4d96e407aad42; lang=en-US; SID=again", []string{
				"SID=; Path=/lab; Max-Age=0; HttpOnly; SameSite=Lax", "lang=; Path=/lab; Max-Age=0; HttpOnly; SameSite=Lax"}},
			{"DELETE", "", "", nil},
		} {
			got := c.do(t, tt.method, "/lab/cookie", tt.body, "Content-Type: application/json", "Cookie: "+tt.cookie)
			if !reflect.DeepEqual(got.Header["Set-Cookie"], tt.want) {
				t.Errorf("%s %s = %q, want %q", tt.method, tt.body, got.Header["Set-Cookie"], tt.want)
			}
		}
	})
}

func TestTheCookiesThatCame(t *testing.T) {
	for _, tt := range []struct {
		name     string
		lines    []string
		received map[string]string
		set      string
	}{
		{"RFC 6265 §3.1 two cookies", []string{"SID=31d4d96e407aad42; lang=en-US"},
			map[string]string{"SID": "31d4d96e407aad42", "lang": "en-US"}, "1"},
		{"RFC 9113 §8.2.3 one in each field", []string{"a=b", "c=d", "e=f"}, map[string]string{"a": "b", "c": "d", "e": "f"},
			"1"},
		{"RFC 6265 §5.4 of two with one name the first counts", []string{"visits=7; visits=1"},
			map[string]string{"visits": "7"}, "8"},
		{"names have small letters and capitals", []string{"a=1; A=2"}, map[string]string{"a": "1", "A": "2"}, "1"},
		{"RFC 6265 §5.2 quotes belong to the value", []string{`a="b"`}, map[string]string{"a": `"b"`}, "1"},
		{"what is malformed is left out", []string{`a b=c; =d; "; e=f\; ; ok=1`}, map[string]string{"ok": "1"}, "1"},
		{"a name alone has an empty value", []string{"a"}, map[string]string{"a": ""}, "1"},
		{"an answer is no page: what came is text", []string{"a=<script>"}, map[string]string{"a": "<script>"}, "1"},
		{"no number", []string{"visits=x"}, map[string]string{"visits": "x"}, "1"},
		{"a negative number", []string{"visits=-5"}, map[string]string{"visits": "-5"}, "1"},
		{"a number that is too large", []string{"visits=9223372036854775807"},
			map[string]string{"visits": "9223372036854775807"}, "1"},
		{"the last number", []string{"visits=999999"}, map[string]string{"visits": "999999"}, "1000000"},
		{"and behind it", []string{"visits=1000000"}, map[string]string{"visits": "1000000"}, "1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/lab/cookie", nil)
			r.Header["Cookie"] = tt.lines
			if err := Cookies(w, r); err != nil {
				t.Fatal(err)
			}
			got := decode[cookies](t, w.Body.String())
			if !maps.Equal(got.Received, tt.received) || got.Set["visits"] != tt.set {
				t.Errorf("%q = %s, want %v and %s visits", tt.lines, w.Body, tt.received, tt.set)
			}
		})
	}
}

func TestSetCookieRefuses(t *testing.T) {
	c := way{Client: http.DefaultClient}
	srv, _ := serve(t, new(running).handler(), false)
	c.url = srv.URL
	for _, tt := range []struct {
		name, body string
		status     int
		fields     []string
	}{
		{"no name and no value", `{}`, 422, []string{"name", "value"}},
		{"an empty name", `{"name":"","value":"b"}`, 422, []string{"name"}},
		{"the longest name", `{"name":"` + strings.Repeat("n", 40) + `","value":"b"}`, 200, nil},
		{"one longer", `{"name":"` + strings.Repeat("n", 41) + `","value":"b"}`, 422, []string{"name"}},
		{"the longest value", `{"name":"a","value":"` + strings.Repeat("v", 200) + `"}`, 200, nil},
		{"one longer", `{"name":"a","value":"` + strings.Repeat("v", 201) + `"}`, 422, []string{"value"}},
		{"all that a token may hold", "{\"name\":\"!#$%&'*+-.^_`|~09azAZ\",\"value\":\"b\"}", 200, nil},
		{"all that a value may hold", `{"name":"a","value":"!#$%&'()*+-./09:<=>?@AZ[]^_` + "`" + `az{|}~"}`, 200, nil},
		{"a name that is no token", `{"name":"a=b","value":"b"}`, 422, []string{"name"}},
		{"a name with a line end", `{"name":"a\n","value":"b"}`, 422, []string{"name"}},
		{"a name beyond ASCII", `{"name":"é","value":"b"}`, 422, []string{"name"}},
		{"an attribute smuggled in", `{"name":"a","value":"b; Path=/"}`, 422, []string{"value"}},
		{"a header smuggled in", `{"name":"a","value":"b\r\nX-A: 1"}`, 422, []string{"value"}},
		{"a comma", `{"name":"a","value":"b,c"}`, 422, []string{"value"}},
		{"quotes", `{"name":"a","value":"\"b\""}`, 422, []string{"value"}},
		{"a backslash", `{"name":"a","value":"\\"}`, 422, []string{"value"}},
		{"too old", `{"name":"a","value":"b","max_age":3601}`, 422, []string{"max_age"}},
		{"of a negative age", `{"name":"a","value":"b","max_age":-1}`, 422, []string{"max_age"}},
		{"of no whole age", `{"name":"a","value":"b","max_age":1.5}`, 400, nil},
		{"of no age", `{"name":"a","value":"b","max_age":null}`, 400, nil},
		{"an unknown key", `{"name":"a","value":"b","path":"/"}`, 400, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := c.do(t, "POST", "/lab/cookie", tt.body, "Content-Type: application/json")
			if got.StatusCode != tt.status {
				t.Fatalf("%s = %d %s, want %d", tt.body, got.StatusCode, got.body, tt.status)
			}
			if set := len(got.Header["Set-Cookie"]); (set == 1) != (tt.status == 200) {
				t.Errorf("%s sets %d cookies", tt.body, set)
			}
			var fields []string
			for _, f := range decode[problem.Problem](t, got.body).Errors {
				fields = append(fields, f.Field)
			}
			if !reflect.DeepEqual(fields, tt.fields) {
				t.Errorf("%s: wrong are %v, want %v", tt.body, fields, tt.fields)
			}
		})
	}
	if got := c.do(t, "POST", "/lab/cookie", `{"name":"a","value":"b"}`); got.StatusCode != 415 {
		t.Errorf("without a type = %d, want 415", got.StatusCode)
	}
}

func TestDeleteTakesBackFiftyAtATime(t *testing.T) {
	jar, _ := cookiejar.New(nil)
	srv, _ := serve(t, new(running).handler(), false)
	u, _ := url.Parse(srv.URL + "/lab/cookie")
	for i := range 70 {
		jar.SetCookies(u, []*http.Cookie{{Name: fmt.Sprint("c", i), Value: "1", Path: "/lab"}})
	}
	c := way{Client: &http.Client{Jar: jar}, url: srv.URL}
	for _, want := range []int{20, 0} {
		c.do(t, "DELETE", "/lab/cookie", "")
		if left := len(jar.Cookies(u)); left != want {
			t.Errorf("%d cookies are left, want %d", left, want)
		}
	}
}

func FuzzCookies(f *testing.F) {
	f.Add("SID=31d4d96e407aad42; lang=en-US")
	f.Add(`visits=1; visits="2"; a b=c; =;;`)
	f.Fuzz(func(t *testing.T, line string) {
		r := httptest.NewRequest("GET", "/lab/cookie", nil)
		r.Header["Cookie"] = []string{line}
		shown, deleted := httptest.NewRecorder(), httptest.NewRecorder()
		if err := Cookies(shown, r); err != nil {
			t.Fatal(err)
		}
		if err := DeleteCookies(deleted, r); err != nil {
			t.Fatal(err)
		}
		received := decode[cookies](t, shown.Body.String()).Received
		names := map[string]bool{}
		for _, c := range deleted.Result().Cookies() {
			if _, ok := received[c.Name]; !ok || names[c.Name] || c.MaxAge >= 0 || c.Value != "" {
				t.Errorf("%q: takes back %v", line, c)
			}
			names[c.Name] = true
		}
		if len(names) != min(len(received), 50) {
			t.Errorf("%q: %d came, %d are taken back", line, len(received), len(names))
		}
	})
}

// What is accepted must come back to a client as it was sent.
func FuzzSetCookie(f *testing.F) {
	f.Add("a", "b")
	f.Add("__Host-a", "b; Domain=x")
	f.Fuzz(func(t *testing.T, name, value string) {
		if !cookieName.MatchString(name) || !cookieValue.MatchString(value) {
			return
		}
		w := httptest.NewRecorder()
		http.SetCookie(w, cookie(name, value, 1))
		set := w.Result().Cookies()
		if len(set) != 1 || set[0].Name != name || set[0].Value != value || set[0].Path != "/lab" || set[0].MaxAge != 1 ||
			len(set[0].Unparsed) > 0 {
			t.Errorf("%q=%q became %q", name, value, w.Header())
		}
	})
}
