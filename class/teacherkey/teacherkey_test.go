package teacherkey

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestAKeyCanBeReadAloud(t *testing.T) {
	form := regexp.MustCompile(`^([2-9A-HJ-NP-Z]{4}-){4}[2-9A-HJ-NP-Z]{4}$`)
	seen, letters := map[string]bool{}, map[rune]bool{}
	for range 200 {
		key := New()
		if !form.MatchString(key) {
			t.Fatalf("New = %q, want five groups of four, without 0, O, 1 and I", key)
		}
		if seen[key] {
			t.Errorf("%s came twice", key)
		}
		seen[key] = true
		for _, c := range key {
			letters[c] = true
		}
		if err := check(key); err != nil {
			t.Error(err)
		}
	}
	if len(letters) != 33 { // with the dash
		t.Errorf("200 keys use %d characters, want all 32 and the dash: 20 times 5 bits", len(letters))
	}
}

func TestCaseDashesAndSpacesDontCount(t *testing.T) {
	mark := Mark("ABCD-EFGH-JKLM-NPQR-STUV")
	for _, typed := range []string{"ABCD-EFGH-JKLM-NPQR-STUV", "abcdefghjklmnpqrstuv", " abcd efgh jklm npqr stuv\n",
		"A-BCDEFGH--JKLMNPQRSTUV-"} {
		if !Opens(typed, mark) {
			t.Errorf("%q does not open", typed)
		}
	}
	for _, other := range []string{"", "ABCD-EFGH-JKLM-NPQR-STUW", "ABCD-EFGH-JKLM-NPQR-STU",
		"ABCDEFGHJKLMNPQRSTUVV", mark} {
		if Opens(other, mark) {
			t.Errorf("%q opens what it should not", other)
		}
	}
	if Opens("", "") {
		t.Error("no key opens where there is no mark")
	}
	if !Opens("가나다라마바사아자차카타", Mark("\u1100\u1161나다라-마바사아-자차카타")) {
		t.Error("a key in Korean does not open when it is spelt with the parts of its first syllable")
	}
}

func TestAMarkLeadsBackToNoKey(t *testing.T) {
	key := New()
	if mark := Mark(key); len(mark) != 64 || strings.Contains(strings.ToUpper(mark), fold(key)[:8]) {
		t.Errorf("Mark = %s", mark)
	}
}

func TestAShortKeyIsRefused(t *testing.T) {
	for key, good := range map[string]bool{"": false, "elevenchars": false, "twelve chars": false,
		"a-b-c-d-e-f-g-h": false, "twelve--chars1": true, "스물다섯스물하나그리고봄날": true} {
		if err := check(key); (err == nil) != good {
			t.Errorf("check(%q) = %v, want it good: %v", key, err, good)
		}
	}
}

func TestTheKeyIsMadeOnceAndKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first, err := Source{Dir: dir}.Get()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, file))
	if err != nil || info.Mode().Perm() != 0o600 && runtime.GOOS != "windows" {
		t.Errorf("the file: %v, %v, want mode 600", info, err)
	}
	if again, err := (Source{Dir: dir}).Get(); again != first || err != nil {
		t.Errorf("the second time it is %q, %v, want %q", again, err, first)
	}
	renewed, err := Source{Dir: dir}.Renew()
	if err != nil || renewed == first {
		t.Errorf("Renew = %q, %v, want another", renewed, err)
	}
	if again, err := (Source{Dir: dir}).Get(); again != renewed || err != nil {
		t.Errorf("behind Renew Get = %q, %v, want %q", again, err, renewed)
	}
}

func TestAKeyOfOnesOwnInTheFile(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("correct horse battery\r\n")
	if key, err := (Source{Dir: dir}).Get(); key != "correct horse battery" || err != nil {
		t.Errorf("Get = %q, %v", key, err)
	}
	write("short\n")
	if key, err := (Source{Dir: dir}).Get(); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("Get of a short one = %q, %v, want an error that names the file", key, err)
	}
}

// watching starts a Watch and returns where its keys and errors go.
func watching(t *testing.T, dir, known string) (changed chan string, failed chan error) {
	t.Helper()
	changed, failed = make(chan string, 10), make(chan error, 10)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		Source{Dir: dir}.Watch(ctx, known, func(key string) { changed <- key }, func(err error) { failed <- err })
	}()
	t.Cleanup(func() { stop(); <-ended })
	return changed, failed
}

func TestANewKeyIsNoticed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key, err := Source{Dir: dir}.Get()
	if err != nil {
		t.Fatal(err)
	}
	changed, failed := watching(t, dir, key)
	path := filepath.Join(dir, file)
	for range 2 {
		began := time.Now()
		due, err := Source{Dir: dir}.Renew()
		if err != nil {
			t.Fatal(err)
		}
		select {
		case got := <-changed:
			if took := time.Since(began); got != due || took > 2*time.Second {
				t.Errorf("after %v the key is %q, want %q within 2 s", took, got, due)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("a new key was not noticed")
		}
	}
	// What is no key changes nothing, and what comes then does.
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-failed:
		if !strings.Contains(err.Error(), file) {
			t.Errorf("failed with %v, want the name of the file", err)
		}
	case key := <-changed:
		t.Fatalf("what is too short became the key: %q", key)
	case <-time.After(10 * time.Second):
		t.Fatal("nobody was told that the file holds no key")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	due, err := Source{Dir: dir}.Renew()
	if err != nil {
		t.Fatal(err)
	}
	if got := <-changed; got != due {
		t.Errorf("the key is %q, want %q", got, due)
	}
	if len(changed) > 0 || len(failed) > 0 {
		t.Errorf("told of %d more keys and %d more errors, want none", len(changed), len(failed))
	}
}
