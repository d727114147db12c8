package lessons

import "strings"

// Proof is a value that a question wants beside its why: one that stands in the capture and nowhere else, not in the
// terminal, nor on the sheet. A test plays the lessons, reads each of these values by tshark, and looks for it in all
// that was told before.
type Proof struct {
	What   Text   `json:"-"`              // the value, as the question names it
	Host   string `json:"host,omitempty"` // in whose capture, where the network is the lesson's own
	Filter string `json:"filter"`         // which packets have it
	Field  string `json:"field"`          // which of their fields it is
}

// Proof is one on this connection.
func (c *Conn) Proof(filter, field string, what Text) Proof {
	return Proof{What: what, Filter: c.Filter(filter), Field: field}
}

// ofHost is a proof in the capture of a host.
func ofHost(host, filter, field string, what Text) Proof { return Proof{what, host, filter, field} }

// asked is a question with what it wants from the capture.
func asked(question Text, proofs []Proof) Text {
	if len(proofs) == 0 {
		return question
	}
	var en, ko []string
	for _, p := range proofs {
		if p.What[EN] != "" { // else the one before has named it as well
			en, ko = append(en, p.What[EN]), append(ko, p.What[KO])
		}
	}
	return question.And(Text{"Write down from the capture: " + strings.Join(en, "; ") + ".",
		"캡처에서 찾아 적을 것: " + strings.Join(ko, "; ") + "."})
}

// shown is an answer with where the proofs are.
func shown(answer Text, proofs []Proof) Text {
	if len(proofs) == 0 {
		return answer
	}
	var all []string
	for _, p := range proofs {
		where := p.Field + " of " + p.Filter
		if p.Host != "" {
			where += " in " + p.Host + ".pcapng"
		}
		all = append(all, where)
	}
	where := strings.Join(all, "; ")
	return answer.And(Text{"In the capture: %s.", "캡처에서: %s."}.With(where))
}

// quietly passes on what is done, in words, and the questions: no filter, no address, no line of what was sent, no
// number that was seen.
func quietly(tell func(Event)) func(Event) {
	return func(e Event) {
		switch e.Type {
		case Begin, Step, Setting, Unable, Question, End:
			tell(e)
		}
	}
}
