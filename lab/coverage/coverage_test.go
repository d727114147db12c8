package coverage

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pollwire/lab/pcap"
	"pollwire/lab/trace"
	"pollwire/test/rig"
)

func of(t testing.TB, file []byte) *Coverage {
	t.Helper()
	tr, err := trace.Read(context.Background(), file)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Of(context.Background(), tr)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatIsThereAndWhatIsNot(t *testing.T) {
	a := of(t, rig.ARP(0)).In("en")
	text, _ := json.Marshal(a.Found)
	want := `[{"layer":2,"what":"Ethernet frame","id":"eth","count":3,"packets":[1,2,3]},` +
		`{"layer":2,"what":"frame to everybody (broadcast)","id":"eth.broadcast","count":3,"packets":[1,2,3]},` +
		`{"layer":2,"what":"ARP request","id":"arp.request","count":3,"packets":[1,2,3]}]`
	if string(text) != want || a.Packets != 3 || a.Bytes != 180 || a.Seconds != 2 ||
		!slices.Equal(a.Links, []string{"Ethernet"}) {
		t.Errorf("%+v\n%s, want\n%s", a, text, want)
	}
	lacks := func(id string) bool {
		return slices.ContainsFunc(a.Missing, func(m Missing) bool { return m.ID == id && m.Lesson != "" })
	}
	if lacks("arp.request") || !lacks("arp.reply") || !lacks("dns.query") || lacks("vlan") {
		t.Errorf("missing: %+v", a.Missing)
	}
	var printed strings.Builder
	of(t, rig.ARP(0)).In("ko").Print(&printed, "ko")
	if !strings.HasPrefix(printed.String(), "패킷 3개, 180바이트, 2.000초, Ethernet\n\n2계층\n") ||
		!strings.Contains(printed.String(), "ARP 응답") || !strings.Contains(printed.String(), "pollwire lab dns") {
		t.Error(printed.String())
	}
}

// Each item can be told in both languages, and no two are the same.
func TestTheListOfItems(t *testing.T) {
	seen := map[string]bool{}
	for _, i := range items {
		if seen[i.id] || seen[i.en] || i.layer < 2 || i.layer > 7 || i.en == "" || i.ko == "" {
			t.Errorf("%+v", i)
		}
		seen[i.id], seen[i.en] = true, true
		if strings.ContainsFunc(i.en, func(r rune) bool { return r > unicode.MaxASCII }) ||
			strings.Contains(i.en, "%s") != strings.Contains(i.ko, "%s") || strings.Contains(i.en, "%s") && i.lesson != "" {
			t.Errorf("%+v", i)
		}
	}
	if i := itemOf("dns.type.MX"); i.en != "DNS question: MX" || i.ko != "DNS 질문 MX" || i.layer != 7 {
		t.Errorf("%+v", i)
	}
}

// 300,000 streams of a packet each, through all of it.
func TestTheWorstFile(t *testing.T) {
	file := rig.SYNs(pcap.MaxPackets)
	runtime.GC()
	start := time.Now()
	c := of(t, file)
	took := time.Since(start)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("%v, %d MB", took, m.Sys>>20)
	if c.Has("tcp.syn") != pcap.MaxPackets || took > time.Minute {
		t.Errorf("%d in %v", c.Has("tcp.syn"), took)
	}
}

func FuzzCoverage(f *testing.F) {
	f.Add(rig.ARP(0))
	f.Add(rig.SYNs(3))
	f.Fuzz(func(t *testing.T, file []byte) {
		tr, _ := trace.Read(context.Background(), file)
		c, err := Of(context.Background(), tr)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range c.In("ko").Found {
			if found.Count == 0 || len(found.Packets) == 0 || found.What == "" || strings.Contains(found.What, "%!") {
				t.Error(fmt.Sprint(found))
			}
		}
	})
}
