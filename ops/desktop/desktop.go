// Package desktop is about the person who has started the program: his language, his terminal, his browser, and whether
// the window in which he reads goes away with the program.
package desktop

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Language is "ko" where the system's language is Korean, else "en". The variables of POSIX (XBD §8.2) come first, on
// Windows, too, where shells that came from Unix set them: the first that is set counts.
func Language() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			return language(strings.HasPrefix(v, "ko"))
		}
	}
	return language(systemIsKorean())
}

func language(korean bool) string {
	if korean {
		return "ko"
	}
	return "en"
}

// Hold keeps a window open that would go away with the program, so that one can read why it has ended. Elsewhere it
// returns at once.
func Hold(status int) int {
	if status != 0 && OwnWindow() {
		text := "Press Enter to close this window."
		if Language() == "ko" {
			text = "Enter를 누르면 이 창이 닫힙니다."
		}
		fmt.Fprintf(os.Stderr, "\n%s ", text)
		os.Stdin.Read(make([]byte, 1))
	}
	return status
}

// Open shows a page in the person's browser.
func Open(url string) error {
	name, args := opener(url)
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		return err
	}
	go cmd.Wait() // some end at once, others with the browser
	return nil
}

// Columns is how wide the terminal is to which w writes; 0 if it is none. colours tells whether it knows those of
// ECMA-48 §8.3.117.
func Columns(w io.Writer) (n int, colours bool) {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return 0, false
	}
	return columns(f)
}
