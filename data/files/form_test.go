package files

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

// post sends a file as a browser does.
func (s *shared) post(owner int64, name, content string) answer {
	s.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	part, err := m.CreateFormFile("file", name)
	if err != nil {
		s.t.Fatal(err)
	}
	io.WriteString(part, content)
	m.Close()
	return s.do(owner, "POST", "/files/", &b, "Content-Type", m.FormDataContentType())
}

func TestAFormStoresItsFile(t *testing.T) {
	s := start(t)
	for _, name := range []string{"plain.txt", "with space.txt", "한글 파일.pdf", "😀.png", "a%22b.txt",
		"a+b&c;d='1'.txt"} {
		content := strings.Repeat(name, 10_000)
		a := s.post(1, name, content)
		s.want("POST "+name, a, 201)
		var e entry
		if err := json.Unmarshal([]byte(a.text), &e); err != nil || e.Name != name || e.URL != a.Header.Get("Location") {
			t.Fatalf("POST %s = %s, Location %s, %v", name, a.text, a.Header.Get("Location"), err)
		}
		if got := s.get(e.URL); got.text != content || got.Header.Get("ETag") != a.Header.Get("ETag") {
			t.Errorf("GET %s = %d, %d bytes, want %d", e.URL, got.StatusCode, len(got.text), len(content))
		}
	}
	a := s.post(1, "plain.txt", "new")
	s.want("POST again", a, 200)
	if a.Header.Get("Location") != "" || a.Header.Get("ETag") != "" {
		t.Errorf("POST again: Location %q, ETag %q; they would be those of the list", a.Header.Get("Location"),
			a.Header.Get("ETag"))
	}
	if a := s.get("/files/plain.txt"); a.text != "new" {
		t.Errorf("GET = %q", a.text)
	}
}

const formType = "multipart/form-data; boundary=AaB03x"

// form makes a body of lines, which end with CR LF.
func form(lines ...string) string { return strings.Join(lines, "\r\n") + "\r\n" }

func TestForms(t *testing.T) {
	const disposition = `Content-Disposition: form-data; name="file"; filename="file1.txt"`
	s := start(t)
	for i, tt := range []struct {
		name, contentType, body string
		status                  int
		field                   string // of the 422
	}{
		{"RFC 7578 a file", formType, form("--AaB03x", disposition, "Content-Type: text/plain", "", "contents", "--AaB03x--"),
			201, ""},
		{"RFC 2046 5.1.1 with a preamble and an epilogue", formType, form("preamble", "--AaB03x", disposition, "", "contents",
			"--AaB03x--", "epilogue"), 201, ""},
		{"RFC 2046 5.1.1 no line end behind the last boundary", formType,
			strings.TrimSpace(form("--AaB03x", disposition, "", "contents", "--AaB03x--")), 201, ""},
		{"a quoted boundary, in capital letters", `Multipart/Form-Data; Boundary="AaB03x"`,
			form("--AaB03x", disposition, "", "contents", "--AaB03x--"), 201, ""},
		{"RFC 7578 4.7 a harmless encoding", formType, form("--AaB03x", disposition, "Content-Transfer-Encoding: binary", "",
			"contents", "--AaB03x--"), 201, ""},
		{"RFC 7578 4.7 an encoding", formType, form("--AaB03x", disposition, "Content-Transfer-Encoding: base64", "",
			"Y29udGVudHM=", "--AaB03x--"), 415, ""},
		{"RFC 7578 4.7 quoted-printable is not decoded unasked", formType,
			form("--AaB03x", disposition, "Content-Transfer-Encoding: quoted-printable", "", "a=3D", "--AaB03x--"), 415, ""},
		{"another type", "application/x-www-form-urlencoded", "file=x", 415, ""},
		{"another multipart", "multipart/mixed; boundary=AaB03x", form("--AaB03x", disposition, "", "contents", "--AaB03x--"),
			415, ""},
		{"no type", "", form("--AaB03x", disposition, "", "contents", "--AaB03x--"), 415, ""},
		{"no boundary", "multipart/form-data", form("--AaB03x", disposition, "", "contents", "--AaB03x--"), 400, ""},
		{"an empty boundary", `multipart/form-data; boundary=""`, form("--", disposition, "", "contents", "----"), 400, ""},
		{"a boundary longer than allowed", "multipart/form-data; boundary=" + strings.Repeat("x", 71),
			form("--"+strings.Repeat("x", 71), disposition, "", "contents", "--"+strings.Repeat("x", 71)+"--"), 400, ""},
		{"another boundary in the body", formType, form("--other", disposition, "", "contents", "--other--"), 400, ""},
		{"empty", formType, "", 400, ""},
		{"no last boundary", formType, form("--AaB03x", disposition, "", "contents"), 400, ""},
		{"another boundary for the last", formType, form("--AaB03x", disposition, "", "contents", "--AaB03x"), 422, "file"},
		{"half of the last boundary", formType, "--AaB03x\r\n" + disposition + "\r\n\r\ncontents\r\n--AaB03x-", 400, ""},
		{"cut off in a header behind the file", formType, form("--AaB03x", disposition, "", "contents", "--AaB03x",
			"Content-Type: text/plain"), 422, "file"},
		{"cut off in the file", formType, "--AaB03x\r\n" + disposition + "\r\n\r\ncont", 400, ""},
		{"cut off in the header", formType, "--AaB03x\r\nContent-Dispo", 400, ""},
		{"something behind the file", formType, form("--AaB03x", disposition, "", "contents", "--AaB03x", "Broken"), 400, ""},
		{"no part", formType, form("--AaB03x--"), 422, "file"},
		{"no Content-Disposition", formType, form("--AaB03x", "", "contents", "--AaB03x--"), 400, ""},
		{"an attachment", formType, form("--AaB03x", `Content-Disposition: attachment; name="file"; filename="file1.txt"`, "",
			"contents", "--AaB03x--"), 400, ""},
		{"a filename twice", formType, form("--AaB03x", disposition+`; filename="b"`, "", "contents", "--AaB03x--"), 400, ""},
		{"no file chosen", formType, form("--AaB03x", `Content-Disposition: form-data; name="file"; filename=""`,
			"Content-Type: application/octet-stream", "", "", "--AaB03x--"), 422, "file"},
		{"a text", formType, form("--AaB03x", `Content-Disposition: form-data; name="file"`, "", "contents", "--AaB03x--"),
			422, "file"},
		{"another field", formType, form("--AaB03x", `Content-Disposition: form-data; name="upload"; filename="file1.txt"`,
			"", "contents", "--AaB03x--"), 422, "file"},
		{"another field before the file", formType, form("--AaB03x", `Content-Disposition: form-data; name="note"`, "", "x",
			"--AaB03x", disposition, "", "contents", "--AaB03x--"), 422, "file"},
		{"another field behind the file", formType, form("--AaB03x", disposition, "", "contents", "--AaB03x",
			`Content-Disposition: form-data; name="note"`, "", "x", "--AaB03x--"), 422, "file"},
		{"two files", formType, form("--AaB03x", disposition, "", "contents", "--AaB03x",
			strings.Replace(disposition, "file1", "file2", 1), "", "x", "--AaB03x--"), 422, "file"},
		{"RFC 7578 4.2 of a path only the last part counts", formType,
			form("--AaB03x", strings.Replace(disposition, "file1", "../../file1", 1), "", "contents", "--AaB03x--"), 201, ""},
		{"RFC 7578 4.2 of a folder", formType, form("--AaB03x", strings.Replace(disposition, "file1", "a/file1", 1), "",
			"contents", "--AaB03x--"), 201, ""},
		{"RFC 7578 4.2 of one on Windows", formType, form("--AaB03x", strings.Replace(disposition, "file1",
			`C:\Users\kim\file1`, 1), "", "contents", "--AaB03x--"), 201, ""},
		{"RFC 7578 4.2 of one on Windows, escaped", formType, form("--AaB03x", strings.Replace(disposition, "file1",
			`C:\\Users\\kim\\file1`, 1), "", "contents", "--AaB03x--"), 201, ""},
		{"RFC 7578 4.2 of both", formType, form("--AaB03x", strings.Replace(disposition, "file1", `/a\b/c\file1`, 1), "",
			"contents", "--AaB03x--"), 201, ""},
		{"RFC 7578 4.2 nothing behind the path", formType, form("--AaB03x", strings.Replace(disposition, "file1.txt", "a/",
			1), "", "contents", "--AaB03x--"), 422, "file"},
		{"RFC 7578 4.2 a path to a folder above", formType, form("--AaB03x", strings.Replace(disposition, "file1.txt", "a/..",
			1), "", "contents", "--AaB03x--"), 422, "file"},
		{"a path in another spelling of the name", formType, form("--AaB03x",
			`Content-Disposition: form-data; name="file"; filename*=UTF-8''..%2ffile1.txt`, "", "contents", "--AaB03x--"), 201,
			""},
		{"a NUL in another spelling of the name", formType,
			form("--AaB03x", `Content-Disposition: form-data; name="file"; filename*=UTF-8''x%00file1.txt`, "", "contents",
				"--AaB03x--"), 422, "file"},
		{"a name that is not UTF-8", formType, form("--AaB03x", strings.Replace(disposition, "file1", "\xc7\xd1", 1), "",
			"contents", "--AaB03x--"), 422, "file"},
		{"a long header", formType, form("--AaB03x", disposition, "X: "+strings.Repeat("x", 2*maxHead), "", "contents",
			"--AaB03x--"), 413, ""},
		{"a long preamble", formType, strings.Repeat("x\r\n", maxHead) + form("--AaB03x", disposition, "", "contents",
			"--AaB03x--"), 413, ""},
		{"a long epilogue", formType, form("--AaB03x", disposition, "", "contents", "--AaB03x--") +
			strings.Repeat("x\r\n", maxHead), 413, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.t = t
			owner := int64(i + 1)
			for _, chunked := range []bool{false, true} {
				var body io.Reader = strings.NewReader(tt.body)
				if chunked {
					body = struct{ io.Reader }{body}
				}
				a := s.do(owner, "POST", "/files/", body, "Content-Type", tt.contentType)
				s.want(fmt.Sprintf("POST, chunked %v,", chunked), a, tt.status)
				var p struct{ Errors []struct{ Field string } }
				if json.Unmarshal([]byte(a.text), &p); tt.status == 422 && (len(p.Errors) != 1 || p.Errors[0].Field != tt.field) {
					t.Errorf("POST = %s, want an error of the field %s", a.text, tt.field)
				}
				if tt.status == http.StatusCreated {
					if a := s.get("/files/file1.txt"); a.text != "contents" {
						t.Errorf("GET = %d %q", a.StatusCode, a.text)
					}
					s.want("DELETE", s.do(owner, "DELETE", "/files/file1.txt", nil), 204)
				}
				s.wantOnDisk(map[string]string{})
				if left := s.temps(); left != nil {
					t.Errorf("left: %v", left)
				}
			}
		})
	}
	s.t = t
}
