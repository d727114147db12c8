package files

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestTwoOwnersRaceForAName(t *testing.T) {
	s := start(t)
	s.rows.wait = func(context.Context) { time.Sleep(time.Millisecond) } // time for others
	for round := range 10 {
		name := fmt.Sprintf("%d.txt", round)
		var race sync.WaitGroup
		var created, refused atomic.Int64
		var winner atomic.Value
		for owner := range int64(8) {
			race.Go(func() {
				content := strings.Repeat(fmt.Sprint(owner), 200_000)
				a, err := s.try(owner+1, "PUT", "/files/"+name, strings.NewReader(content))
				switch {
				case err != nil:
					t.Error(err)
				case a.StatusCode == 201:
					created.Add(1)
					winner.Store(content)
				case a.StatusCode == 403:
					refused.Add(1)
				default:
					t.Errorf("%d %s", a.StatusCode, a.text)
				}
			})
		}
		race.Wait()
		if created.Load() != 1 || refused.Load() != 7 {
			t.Fatalf("%d were told 201, %d 403; want 1 and 7", created.Load(), refused.Load())
		}
		if a := s.get("/files/" + name); a.text != winner.Load() {
			t.Fatalf("the file is not that of the winner, but %.10q with %d bytes", a.text, len(a.text))
		}
	}
}

// A reader sees the old file or the new one, and the ETag of what it sees.
func TestReadersDuringReplacementsSeeWholeFiles(t *testing.T) {
	s := start(t)
	var mu sync.Mutex
	tagOf := map[byte]map[string]bool{}
	put := func(i int) {
		c := byte('a' + i%26)
		a, err := s.try(1, "PUT", "/files/a.txt", strings.NewReader(strings.Repeat(string(c), 100_000+i)))
		if err != nil || a.StatusCode >= 300 {
			t.Errorf("PUT = %v, %v", a.text, err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if tagOf[c] == nil {
			tagOf[c] = map[string]bool{}
		}
		tagOf[c][a.Header.Get("ETag")] = true
	}
	put(0)
	var readers sync.WaitGroup
	var stop atomic.Bool
	type seen struct {
		c   byte
		tag string
	}
	all := make(chan seen, 100_000)
	for range 2 {
		readers.Go(func() {
			for !stop.Load() {
				a, err := s.try(0, "GET", "/files/a.txt", nil)
				if err != nil || a.StatusCode != 200 || strings.Trim(a.text, a.text[:1]) != "" || len(a.text) < 100_000 {
					t.Errorf("GET = %d, %d bytes, %v", a.StatusCode, len(a.text), err)
					return
				}
				all <- seen{a.text[0], a.Header.Get("ETag")}
				if a, err := s.try(0, "GET", "/files/", nil); err != nil || !strings.Contains(a.text, `"a.txt"`) {
					t.Errorf("list = %s, %v", a.text, err)
				}
			}
		})
	}
	for i := range 30 {
		put(i + 1)
	}
	stop.Store(true)
	readers.Wait()
	close(all)
	for v := range all {
		if !tagOf[v.c][v.tag] {
			t.Fatalf("a file of %c came with ETag %s, want one of %v", v.c, v.tag, tagOf[v.c])
		}
	}
}

func TestManyClientsAtOnce(t *testing.T) {
	s := start(t)
	var clients sync.WaitGroup
	for owner := range int64(30) {
		clients.Go(func() {
			own := fmt.Sprintf("/files/%d.txt", owner)
			for i := range 5 {
				content := strings.Repeat(fmt.Sprint(owner, i), 5000)
				if a, err := s.try(owner+1, "PUT", own, strings.NewReader(content)); err != nil || a.StatusCode >= 300 {
					t.Errorf("PUT = %s, %v", a.text, err)
				}
				if a, err := s.try(0, "GET", own, nil); err != nil || a.text != content {
					t.Errorf("GET = %d, %v", a.StatusCode, err)
				}
				if a, err := s.try(owner+1, "DELETE", own, nil); err != nil || a.StatusCode != 204 {
					t.Errorf("DELETE = %s, %v", a.text, err)
				}
			}
		})
	}
	clients.Wait()
	s.wantOnDisk(map[string]string{})
	if s.f.stored != 0 || len(s.rows.of) != 0 {
		t.Errorf("left: %d bytes, rows %v", s.f.stored, s.rows.of)
	}
}
