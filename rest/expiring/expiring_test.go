package expiring

import (
	"strconv"
	"testing"
)

type value struct {
	text string
	over *bool
}

func (v value) Expired() bool { return *v.over }

func TestAValueIsFoundUntilItExpires(t *testing.T) {
	var c Cache[value]
	if v, ok := c.Get("a"); ok {
		t.Errorf("before Put, Get = %v", v)
	}
	over := false
	c.Put("a", value{"one", &over})
	if v, ok := c.Get("a"); !ok || v.text != "one" {
		t.Errorf("Get = %v, %v, want one", v, ok)
	}
	over = true
	if v, ok := c.Get("a"); ok {
		t.Errorf("expired, Get = %v", v)
	}
}

func TestItDoesNotGrowWithoutLimit(t *testing.T) {
	var c Cache[value]
	over := false
	for n := range most + 10 {
		c.Put(strconv.Itoa(n), value{"", &over})
	}
	if len(c.byKey) > most {
		t.Errorf("%d are remembered, want at most %d", len(c.byKey), most)
	}
	if _, ok := c.Get(strconv.Itoa(most + 9)); !ok {
		t.Error("the last one is forgotten")
	}
}
