package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	for _, tt := range []struct {
		name string
		row  []string
		want string
	}{
		{"plain", []string{"이름", "점수"}, "이름,점수\r\n"},
		{"RFC 4180 §2 what has a comma, a quote or a line end is quoted", []string{"a,b", `"c"`, "d\ne"},
			"\"a,b\",\"\"\"c\"\"\",\"d\r\ne\"\r\n"},
		{"a formula", []string{`=HYPERLINK("http://x")`, "=1"}, "\"'=HYPERLINK(\"\"http://x\"\")\",'=1\r\n"},
		{"all that begins one", []string{"+1", "-1", "@a", "\ta", "\ra", "＝1"}, "'+1,'-1,'@a,'\ta,\"'a\",'＝1\r\n"},
		{"in the middle they do nothing", []string{"a=b", "1-2", "", "'a"}, "a=b,1-2,,'a\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Write(&b, [][]string{tt.row}); err != nil || b.String() != "\ufeff"+tt.want {
				t.Errorf("%q is written as %q, %v, want %q behind a mark", tt.row, b.String(), err, tt.want)
			}
		})
	}
}

func TestWriteFails(t *testing.T) {
	if err := Write(broken{}, [][]string{{"a"}}); err == nil {
		t.Error("no error where nothing could be written")
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestRead(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"commas", "name,code\r\n김철수,1234\r\n", "[{1 [name code]} {2 [김철수 1234]}]"},
		{"a mark, a last line without an end", "\ufeffa,1", "[{1 [a 1]}]"},
		{"semicolons", "a;1\nb, c;2", "[{1 [a 1]} {2 [b, c 2]}]"},
		{"tabs", "a\t1\nb\t", "[{1 [a 1]} {2 [b ]}]"},
		{"names alone", "a\n\n b \n,\n", "[{1 [a]} {3 [b]}]"},
		{"quotes", "\"a, b\",\"\"\"c\"\"\"\n", "[{1 [a, b \"c\"]}]"},
		{"an apostrophe that was put there", "'=1,'a,-1", "[{1 [=1 'a -1]}]"},
		{"nothing", "\ufeff", "[]"},
	} {
		rows, err := Read(tt.text)
		if got := fmt.Sprint(rows); err != nil || got != tt.want {
			t.Errorf("%s: %q is %s, %v, want %s", tt.name, tt.text, got, err, tt.want)
		}
	}
	if _, err := Read("\xb1\xe8,1"); !errors.Is(err, ErrNotUTF8) { // 김 in EUC-KR
		t.Errorf("EUC-KR = %v, want %v", err, ErrNotUTF8)
	}
}

// Whatever is written is read again, and no cell begins with what would be run.
func FuzzRoundTrip(f *testing.F) {
	f.Add("a", "=b")
	f.Add("'=c", " d,\"\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		var out bytes.Buffer
		if err := Write(&out, [][]string{{"x,y", "z"}, {a, b}}); err != nil {
			t.Fatal(err)
		}
		rows, err := Read(out.String())
		if err != nil || strings.ContainsAny(a+b, "\r\n'") || strings.TrimSpace(a) != a || strings.TrimSpace(b) != b ||
			a+b == "" {
			return // what doesn't come back as it was: line ends, white space around it
		}
		if want := []string{a, b}; len(rows) != 2 || !reflect.DeepEqual(rows[1].Cells, want) {
			t.Errorf("%q came back as %v", want, rows)
		}
	})
}
