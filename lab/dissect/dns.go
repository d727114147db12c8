package dissect

import (
	"encoding/binary"

	"golang.org/x/net/dns/dnsmessage"
)

// DNS is a message (RFC 1035 §4), whole or as far as it could be read.
type DNS struct {
	Span
	dnsmessage.Header
	Counts      [4]uint16 // as the header says them, of the four sections; what was cut off is missing below
	Questions   []dnsmessage.Question
	Answers     []dnsmessage.Resource
	Authorities []dnsmessage.Resource
	Additionals []dnsmessage.Resource
}

// parseDNS reads a message. Where the port says nothing the whole datagram must be one, and ask something.
func parseDNS(b []byte, expected bool) (*DNS, bool) {
	if len(b) < 12 {
		return nil, false
	}
	var p dnsmessage.Parser
	m, err := &DNS{}, error(nil)
	if m.Header, err = p.Start(b); err != nil {
		return nil, false
	}
	for i := range m.Counts {
		m.Counts[i] = binary.BigEndian.Uint16(b[4+2*i:])
	}
	if !expected && !likely(b) {
		return nil, false
	}
	if m.Questions, err = p.AllQuestions(); err == nil {
		m.Answers, err = resources(p.Answer)
	}
	if err == nil {
		m.Authorities, err = resources(p.Authority)
	}
	if err == nil {
		m.Additionals, err = resources(p.Additional)
	}
	return m, expected || err == nil
}

// likely looks at the numbers of a header: one question, and few records.
func likely(b []byte) bool {
	return b[4] == 0 && b[5] == 1 && b[6] == 0 && b[8] == 0 && b[10] == 0 && b[3]&0x40 == 0 && b[2]&0x78 <= 5<<3
}

// resources reads those of a section.
func resources(next func() (dnsmessage.Resource, error)) (list []dnsmessage.Resource, err error) {
	for {
		r, err := next()
		if err == dnsmessage.ErrSectionDone {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		list = append(list, r)
	}
}

// IsDNS reports whether all of b is a message that asks one thing.
func IsDNS(b []byte) bool {
	_, ok := parseDNS(b, false)
	return ok
}

// ParseDNS reads a message of a stream, which has two bytes of length in front (RFC 1035 §4.2.2) that are not here.
func ParseDNS(b []byte) (*DNS, bool) {
	m, ok := parseDNS(b, true)
	if ok {
		m.To = len(b)
	}
	return m, ok
}
