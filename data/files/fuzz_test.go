package files

import (
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pollwire/rest/normalize"
	"pollwire/rest/problem"
)

// call runs a handler without a network.
func call(h func(w *httptest.ResponseRecorder) error) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	if err := h(w); err != nil {
		problem.Write(w, err)
	}
	return w
}

// Whatever a name is: it is refused, or one file of just this name, in NFC, is in the folder.
func FuzzName(f *testing.F) {
	for _, name := range goodNames {
		f.Add(name)
	}
	for name := range badNames {
		f.Add(name)
	}
	folder, err := Open(f.TempDir(), Config{Owners: newRows()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("\u1109\u1175\u1112\u1165\u11b7.txt")
	f.Cleanup(func() { folder.Close() })
	f.Fuzz(func(t *testing.T, name string) {
		r := httptest.NewRequest("PUT", "/files/x", strings.NewReader("content"))
		r.SetPathValue("name", name)
		w := call(func(w *httptest.ResponseRecorder) error { return folder.Put(w, r, 1) })
		name = normalize.NFC(name)
		if why := unstorable(name); why != "" {
			if w.Code != 422 {
				t.Fatalf("%q = %d, but it %s", name, w.Code, why)
			}
			return
		}
		if w.Code != 201 || strings.ContainsAny(name, `/\`+"\x00") {
			t.Fatalf("%q = %d %s", name, w.Code, w.Body)
		}
		names, err := folder.names()
		slices.Sort(names)
		if want := []string{uploads, name}; err != nil || runtime.GOOS == "linux" && len(names) != 2 ||
			runtime.GOOS == "linux" && !slices.Contains(names, name) {
			t.Fatalf("on disk: %q, %v, want %q", names, err, want)
		}
		r = httptest.NewRequest("GET", "/files/x", nil)
		r.SetPathValue("name", name)
		if w := call(func(w *httptest.ResponseRecorder) error { return folder.Get(w, r) }); w.Code != 200 ||
			w.Body.String() != "content" {
			t.Fatalf("GET of %q = %d %s", name, w.Code, w.Body)
		}
		r = httptest.NewRequest("DELETE", "/files/x", nil)
		r.SetPathValue("name", name)
		if w := call(func(w *httptest.ResponseRecorder) error { return folder.Delete(w, r, 1) }); w.Code != 204 {
			t.Fatalf("DELETE of %q = %d %s", name, w.Code, w.Body)
		}
	})
}

// Whatever a form is: it is answered, stores its file or nothing, and no temporary file is left.
func FuzzPost(f *testing.F) {
	f.Add(formType, fileForm("file1.txt", "contents"))
	f.Add(formType, form("--AaB03x", `Content-Disposition: form-data; name="file"; filename*=UTF-8''%41`, "", "x",
		"--AaB03x--"))
	f.Add(formType, form("--AaB03x", `Content-Disposition: form-data; name="file"; filename="../x"`, "", "x",
		"--AaB03x--"))
	f.Add(formType, "--AaB03x\r\nContent-Dispo")
	f.Add(formType, strings.ReplaceAll(fileForm("file1.txt", "contents\n--AaB03"), "\r\n", "\n"))
	f.Add(`multipart/form-data; boundary="-"`, "---\r\n\r\n\r\n-----\r\n")
	f.Add("text/plain", "x")
	f.Fuzz(func(t *testing.T, contentType, body string) {
		dir := t.TempDir()
		folder, err := Open(dir, Config{Owners: newRows(), MaxFile: 1000})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "/files/", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		w := call(func(w *httptest.ResponseRecorder) error { return folder.Post(w, r, 1) })
		if !slices.Contains([]int{201, 400, 409, 413, 415, 422}, w.Code) {
			t.Errorf("POST = %d %s", w.Code, w.Body)
		}
		if temps, err := os.ReadDir(dir + "/" + uploads); err != nil || len(temps) != 0 {
			t.Errorf("left: %v, %v", temps, err)
		}
		if err := folder.Close(); err != nil {
			t.Error(err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || (len(entries) == 1) != (w.Code == 201) || len(entries) > 1 {
			t.Errorf("POST = %d, on disk: %v, %v", w.Code, entries, err)
		}
		if folder.arriving != 0 || folder.running != 0 {
			t.Errorf("%d bytes are still arriving, %d uploads running", folder.arriving, folder.running)
		}
	})
}
