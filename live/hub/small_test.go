package hub_test

import (
	"go/parser"
	"go/token"
	"os"
	"strings"
	"sync"
	"testing"
)

// What follows up to the first test is the small hub of the package comment, word for word.

type Hub struct {
	mu     sync.Mutex // guards queues; nothing waits while it is held
	queues map[chan []byte]bool
}

// Listen returns a queue. Whoever writes all that comes out of it to a socket tells that socket everything.
func (h *Hub) Listen() chan []byte {
	q := make(chan []byte, 100)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queues[q] = true
	return q
}

// Publish tells everybody. Whoever reads too slowly has a full queue, and is dropped.
func (h *Hub) Publish(event []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for q := range h.queues {
		select {
		case q <- event:
		default:
			delete(h.queues, q)
			close(q)
		}
	}
}

func TestTheSmallHubIsThatOfThePackageComment(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "hub.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("small_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, small, _ := strings.Cut(string(source), "word for word.\n\n")
	small, _, _ = strings.Cut(small, "\nfunc Test")
	var indented strings.Builder
	for line := range strings.Lines(small) {
		if line != "\n" {
			indented.WriteString("\t")
		}
		indented.WriteString(line)
	}
	if !strings.Contains(file.Doc.Text(), indented.String()) {
		t.Errorf("the package comment\n%s\nshows another hub than\n%s", file.Doc.Text(), indented.String())
	}
}

func TestTheSmallHub(t *testing.T) {
	h := &Hub{queues: map[chan []byte]bool{}}
	reads, stuck := h.Listen(), h.Listen()
	for i := range byte(101) {
		h.Publish([]byte{i})
		if got := <-reads; got[0] != i {
			t.Fatalf("event %d was told as %d", i, got[0])
		}
	}
	n := 0
	for range stuck { // to its end: it was closed
		n++
	}
	if n != 100 || len(h.queues) != 1 {
		t.Errorf("who reads nothing has %d events, and %d are left; want 100, and the other one", n, len(h.queues))
	}
}
