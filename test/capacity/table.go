package main

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// row of the table: a benchmark and, by the names of its units, what stands in the columns.
type row struct {
	says                        text
	benchmark, rate, answer, to string
	of                          text // what the rate counts
}

var rows = []row{
	{text{"a class of 60: they follow 20 questions, vote, and hand in captures of 1 MB, before a desk and a wall",
		"60명의 수업: 질문 20개를 따라가며 투표하고 1 MB 캡처를 제출, " +
			"교사 화면과 벽 화면도 지켜봄"},
		"Class60", "votes/s", "p99-ms-vote", "p99-ms-last", votes},
	{text{"10 people watch, 64 vote again and again without a pause",
		"10명이 지켜보고, 64명이 쉬지 않고 다시 투표"}, "Growth/10sockets", "votes/s", "p99-ms-vote", "",
		votes},
	{text{"the same, 100 watch", "같은 상황, 100명이 지켜봄"}, "Growth/100sockets", "votes/s", "p99-ms-vote", "",
		votes},
	{text{"the same, 1,000 watch", "같은 상황, 1,000명이 지켜봄"}, "Growth/1000sockets", "votes/s", "p99-ms-vote",
		"", votes},
	{text{"the same, 10,000 watch", "같은 상황, 10,000명이 지켜봄"}, "Growth/10000sockets", "votes/s",
		"p99-ms-vote", "", votes},
	{text{"1,000 watch, 4,000 vote once, within 2 s",
		"1,000명이 지켜보고, 4,000명이 2초 안에 한 번씩 투표"}, "VotesWhileWatched", "votes/s", "p99-ms-vote",
		"p99-ms-last", votes},
	{text{"2,000 people come within 5 s", "2,000명이 5초 안에 들어옴"}, "JoinStorm/2000people", "joins/s",
		"p99-ms-ack", "p99-ms-last", text{"people", "명"}},
	{text{"1,000 people read a chat", "1,000명이 채팅을 읽음"}, "Sockets1000/ws", "events/s", "", "p99-ms-last",
		messages},
	{text{"the same over TLS", "같은 상황, TLS 사용"}, "Sockets1000/wss", "events/s", "", "p99-ms-last", messages},
	{text{"500 people read a chat by long-polling", "500명이 롱 폴링으로 채팅을 읽음"}, "Polling500",
		"events/s", "", "p99-ms-last", messages},
	{text{"1,000 people read long texts, 50 of them over a bad line",
		"1,000명이 긴 글을 읽고, 그중 50명은 회선이 느림"}, "SlowReaders/slow=50", "events/s", "",
		"p99-ms-last", messages},
	{text{"one votes in a database of 1,000,000 votes and 100,000 messages",
		"1,000,000표와 메시지 100,000개가 있는 데이터베이스에서 한 명이 투표"},
		"LargeDatabase/1000000votes", "", "p99-ms-vote", "", text{}},
}

var votes, messages = text{"votes", "표"}, text{"messages", "개"}

// tableOf makes the table, and below it a line that says where it was measured.
func tableOf(m *measured, l language) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n| --- | ---: | ---: | ---: | ---: |\n", l.head)
	for _, r := range rows {
		line, err := rowOf(m, l, r)
		if err != nil {
			return "", err
		}
		b.WriteString(line)
	}
	fmt.Fprintf(&b, "\n"+l.measured+"\n\n", m.config["goos"]+"/"+m.config["goarch"], m.config["cpu"], m.cores, m.runs)
	return b.String(), nil
}

// rowOf fills a row, or says what was not measured.
func rowOf(m *measured, l language, r row) (line string, err error) {
	cell := func(unit, behind string) string {
		if unit == "" {
			return ""
		}
		v, failed := m.median(r.benchmark, unit)
		err = cmp.Or(err, failed)
		return round(v) + behind
	}
	space := " "
	if l.index == 1 {
		space = "" // Korean counters follow the number
	}
	line = fmt.Sprintf("| %s | %s | %s | %s | %s |\n", r.says[l.index], cell(r.rate, space+r.of[l.index]),
		cell(r.answer, " ms"), cell(r.to, " ms"), cell("peak-MB", " MB"))
	return line, err
}

// round shows two digits that count, with commas between thousands: more would only pretend.
func round(v float64) string {
	if v <= 0 {
		return "0"
	}
	step := math.Pow(10, math.Floor(math.Log10(v))-1)
	if math.Round(v/step) == 100 { // 0.996 is 1.0
		step *= 10
	}
	return commas(strconv.FormatFloat(math.Round(v/step)*step, 'f', max(0, -int(math.Round(math.Log10(step)))), 64))
}

// commas puts them between the thousands.
func commas(number string) string {
	whole, _, _ := strings.Cut(number, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		number = number[:i] + "," + number[i:]
	}
	return number
}
