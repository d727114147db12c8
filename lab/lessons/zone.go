package lessons

import (
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"pollwire/lab/nameserver"
)

// The zone of the lesson. The name is one of RFC 6761, which no one will ever own; the addresses are those of examples
// (RFC 5737, RFC 3849).
const (
	zoneName  = "vote.test."
	zoneTTL   = 300 // seconds that an answer may be kept
	zoneNoTTL = 60  // seconds that a "there is none" may be kept
)

// zone is what the lesson's name server knows.
var zone = &nameserver.Zone{Name: zoneName, TTL: zoneTTL, SOA: soa, SOATTL: zoneNoTTL, Records: records}

// records are what there is by name and type.
var records = map[string]map[dnsmessage.Type][]dnsmessage.ResourceBody{
	zoneName: {
		dnsmessage.TypeA:    {&dnsmessage.AResource{A: [4]byte{192, 0, 2, 10}}},
		dnsmessage.TypeAAAA: {&dnsmessage.AAAAResource{AAAA: [16]byte{0x20, 0x01, 0x0d, 0xb8, 15: 0x10}}},
		dnsmessage.TypeSOA:  {soa},
	},
	"www." + zoneName: {
		dnsmessage.TypeCNAME: {&dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(zoneName)}},
	},
	"rules." + zoneName: {
		dnsmessage.TypeTXT: rules(8), // more than the 512 bytes of RFC 1035, less than EDNSSize
	},
}

// soa goes along with each "there is none", as its last number says for how long that holds (RFC 2308 §3).
var soa = &dnsmessage.SOAResource{NS: dnsmessage.MustNewName("ns." + zoneName),
	MBox:   dnsmessage.MustNewName("teacher." + zoneName),
	Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400, MinTTL: zoneNoTTL}

// rules is a text of n strings, a record each.
func rules(n int) (all []dnsmessage.ResourceBody) {
	for i := range n {
		text := "rule " + string(rune('1'+i)) + ": " + strings.Repeat("one voice for everybody in the room, ", 2) + "no more."
		all = append(all, &dnsmessage.TXTResource{TXT: []string{text}})
	}
	return all
}

// startNameserver answers for the zone at a place.
func startNameserver(at place, addr string) (stop func(), err error) {
	packets, err := at.listenPacket("udp", addr)
	if err != nil {
		return nil, err
	}
	listener, err := at.listen("tcp", addr)
	if err != nil {
		packets.Close()
		return nil, err
	}
	return zone.Serve(packets, listener), nil
}
