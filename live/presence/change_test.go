package presence

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"pollwire/live/hub"
	"pollwire/rest/problem"
)

func deaf(string, []byte) {}

func TestAnotherNameIsToldFromThenOn(t *testing.T) {
	h, heard := listen(t)
	r := New[person](h)
	var kim, lee Seat
	list := func(seat *Seat, id int64, name string) (told string) {
		t.Helper()
		tell := func(_ string, data []byte) { told = string(data) }
		if err := r.Join(seat, id, person{name}, tell); err != nil {
			t.Fatal(err)
		}
		return told
	}
	list(&kim, 7, "Kim")
	if err := r.Update(7, person{"Minsu"}); err != nil {
		t.Fatal(err)
	}
	if err := r.Update(8, person{"nobody"}); err != nil { // who is not here
		t.Fatal(err)
	}
	if got, want := list(&lee, 3, "Lee"), `{"users":[{"name":"Lee"},{"name":"Minsu"}]}`; got != want {
		t.Errorf("who joins then is told %s, want %s", got, want)
	}
	if err := r.Leave(&kim); err != nil {
		t.Fatal(err)
	}
	if got, want := heard()[2], `user:left {"user":{"name":"Minsu"},"online":1}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if r.Here(7) || !r.Here(3) {
		t.Errorf("Kim is here: %v, Lee: %v", r.Here(7), r.Here(3))
	}
}

// In a rush the coming of somebody waits to be told. News of that person that are told now must not come before it.
func TestAnUpdateTellsWhatWaitsFirst(t *testing.T) {
	h, heard := listen(t)
	r := New[person](h)
	const many = allowance + 10
	seats := make([]Seat, many)
	for i := range seats {
		if err := r.Join(&seats[i], int64(i+1), person{fmt.Sprint("guest ", i)}, deaf); err != nil {
			t.Fatal(err)
		}
	}
	if len(heard()) == many {
		t.Fatal("nothing waits: the test tests nothing")
	}
	if err := r.Update(many, person{"Kim"}); err != nil {
		t.Fatal(err)
	}
	h.Publish("user:updated", 0, []byte("{}"))
	got := heard()
	if i := slices.Index(got, "user:updated {}"); i != many {
		t.Errorf("the update is told as number %d, want it behind the %d who came", i, many)
	}
}

// Whoever joins with an old name, while the new one is told, is not listed by the old one.
func TestWhoJoinsIsWhoItIsNow(t *testing.T) {
	h, _ := listen(t)
	r := New[person](h)
	var mu sync.Mutex
	now := "Kim"
	r.Now = func(id int64) (person, bool) {
		mu.Lock()
		defer mu.Unlock()
		return person{now}, id == 7
	}
	var seat, other Seat
	now = "Minsu"
	var told string
	if err := r.Join(&seat, 7, person{"Kim"}, func(_ string, data []byte) { told = string(data) }); err != nil {
		t.Fatal(err)
	}
	if want := `{"users":[{"name":"Minsu"}]}`; told != want {
		t.Errorf("the list is %s, want %s", told, want)
	}
	if err := r.Join(&other, 8, person{"Lee"}, func(_ string, data []byte) { told = string(data) }); err != nil {
		t.Fatal(err)
	}
	if want := `{"users":[{"name":"Minsu"},{"name":"Lee"}]}`; told != want {
		t.Errorf("the list is %s, want %s: of Lee nothing better is known", told, want)
	}
}

func TestAllConnectionsOfAPersonEnd(t *testing.T) {
	r := New[person](hub.New(0, nil, nil))
	var ended []string
	seats := make([]Seat, 4)
	for i := range seats[:3] {
		seats[i].End = func(code int, reason string) {
			ended = append(ended, fmt.Sprint(i, " ", code, " ", reason))
			if err := r.Leave(&seats[i]); err != nil { // at once: End holds no lock
				t.Error(err)
			}
		}
	}
	for i := range seats {
		id := int64(7)
		if i == 1 {
			id = 8
		}
		if err := r.Join(&seats[i], id, person{"x"}, deaf); err != nil { // the last one can't be ended
			t.Fatal(err)
		}
	}
	r.End(7, 1008, "gone")
	r.End(9, 1008, "nobody")
	if want := []string{"0 1008 gone", "2 1008 gone"}; !slices.Equal(ended, want) {
		t.Errorf("these have ended: %q, want %q", ended, want)
	}
}

func TestSomeMayHaveAnyNumberOfSeats(t *testing.T) {
	r := New[person](hub.New(0, nil, nil))
	r.Most = func(p person) int {
		if p.Name == "teacher" {
			return 0
		}
		return 2
	}
	for id, name := range map[int64]string{7: "Kim", 8: "teacher"} {
		seats := make([]Seat, 5)
		var refused int
		for i := range seats {
			if err := r.Join(&seats[i], id, person{name}, deaf); errors.Is(err, problem.TooMany) {
				refused++
			}
		}
		if due := map[string]int{"Kim": 3, "teacher": 0}[name]; refused != due {
			t.Errorf("of five seats of %s %d are refused, want %d", name, refused, due)
		}
		if err := r.Admit(id, person{name}); (err != nil) != (name == "Kim") {
			t.Errorf("Admit of %s = %v", name, err)
		}
	}
}
