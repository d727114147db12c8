package graded

import (
	"fmt"
	"strings"
	"testing"
)

func init() { solvers["tcp-loss"], boxed["tcp-loss"] = solveLoss, true }

func solveLoss(t testing.TB, s sheet, file string) map[string]string {
	stream := func(task string) string {
		text := textIn.FindStringSubmatch(s.text(task))[1]
		return "tcp.stream == " + one(t, file, fmt.Sprintf("tcp contains %q", text), "tcp.stream")
	}
	bulk, alone := stream("bulk"), stream("alone")
	fromA := " && tcp.len > 0 && tcp.dstport == 80"
	sent := tshark(t, file, bulk+fromA, "frame.number", "frame.time_epoch", "tcp.seq")
	first, again := twice(sent)
	acks := tshark(t, file, bulk+" && tcp.options.sack_le", "frame.number", "tcp.options.sack_le")
	sacks := 0
	for _, row := range acks {
		if number(row[0]) < number(sent[again][0]) {
			sacks++
		}
	}
	syn := tshark(t, file, bulk+" && tcp.flags.syn == 1", "frame.time_epoch")
	tries := tshark(t, file, alone+fromA, "frame.time_epoch", "frame.number")
	acked := alone + " && tcp.srcport == 80 && frame.number > " + tries[len(tries)-1][1]
	left, _, _ := strings.Cut(acks[0][1], ",")
	return map[string]string{
		"rtt":         seconds(t, syn[0][0], syn[1][0]) + " s",
		"lost":        sent[first][0],
		"lost_seq":    sent[first][2],
		"behind":      fmt.Sprint(again - first - 1),
		"wait":        seconds(t, sent[first][1], sent[again][1]) + " s",
		"sack_left":   left,
		"sacks":       fmt.Sprint(sacks),
		"times":       fmt.Sprint(len(tries)),
		"second_wait": seconds(t, tries[1][0], tries[2][0]) + " s",
		"last_ack":    one(t, file, acked, "tcp.ack_raw"),
	}
}

// twice are the places of the first segment that comes again, and of where it does.
func twice(sent [][]string) (first, again int) {
	for i := range sent {
		for j := i + 1; j < len(sent); j++ {
			if sent[i][2] == sent[j][2] {
				return i, j
			}
		}
	}
	return 0, 0
}
