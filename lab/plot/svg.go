package plot

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"math"
	"strconv"

	"pollwire/lab/bilingual"
)

// The measures of a picture, in pixels.
const (
	width, height = 720, 220 // of one of the four, without its words
	left, right   = 80, 20
	above, below  = 34, 40
)

// SVG draws all four pictures.
func (s *Series) SVG(w io.Writer, lang string) error {
	out := bufio.NewWriter(w)
	total := 4*(above+height+below) + 30
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">
<title>%s</title>
<rect width="100%%" height="100%%" fill="#fff"/>
<text x="%d" y="20" font-size="14">%[3]s</text>
`, left+width+right, total, html.EscapeString(s.Name), left)
	for i, p := range s.panels() {
		fmt.Fprintf(out, "<g transform=\"translate(%d %d)\">\n", left, 30+i*(above+height+below)+above)
		p.draw(out, s, lang)
		fmt.Fprintln(out, "</g>")
	}
	fmt.Fprintln(out, "</svg>")
	return out.Flush()
}

// panel is one picture.
type panel struct {
	title, unit bilingual.Text
	top         float64
	marks       func(out io.Writer, x, y func(float64) float64)
}

func (s *Series) panels() []panel {
	line := func(points []Point, steps bool) func(io.Writer, func(float64) float64, func(float64) float64) {
		return func(out io.Writer, x, y func(float64) float64) { polyline(out, points, steps, x, y) }
	}
	return []panel{
		{bilingual.Text{"Sequence: | sent, x sent again, line: acknowledged, grey: SACK",
			"순서 번호: | 전송, x 재전송, 선: 확인 응답, 회색: SACK"}, bilingual.Text{"bytes", "바이트"},
			s.Bytes, s.sequence},
		{bilingual.Text{"In flight: sent, and not yet acknowledged",
			"전송 중: 보냈으나 아직 확인되지 않은 양"},
			bilingual.Text{"bytes", "바이트"}, highest(s.Flight), line(s.Flight, true)},
		{bilingual.Text{"Round trip time of segments that were sent once", "한 번만 보낸 세그먼트의 왕복 시간"},
			bilingual.Text{"ms", "ms"}, highest(s.RTT), func(out io.Writer, x, y func(float64) float64) {
				for _, p := range s.RTT {
					fmt.Fprintf(out, `<circle cx="%.1f" cy="%.1f" r="1.5"/>`, x(p.At), y(p.Value))
				}
			}},
		{bilingual.Text{"Throughput: what arrived in each piece of time, by ACK and SACK",
			"처리율: 시간 구간마다 도착한 양(ACK와 SACK)"},
			bilingual.Text{"Mbit/s", "Mbit/s"}, highest(s.Throughput), line(s.Throughput, false)},
	}
}

func highest(points []Point) (top float64) {
	for _, p := range points {
		top = max(top, p.Value)
	}
	return top
}

// draw draws axes, words and marks.
func (p panel) draw(out io.Writer, s *Series, lang string) {
	top, end := nice(p.top), s.Seconds
	if end == 0 {
		end = 1
	}
	x := func(v float64) float64 { return v / end * width }
	y := func(v float64) float64 { return height - v/top*height }
	fmt.Fprintf(out, "<text x=\"0\" y=\"-10\">%s</text>\n", html.EscapeString(p.title.In(lang)))
	fmt.Fprintf(out, "<text x=\"%d\" y=\"-10\" text-anchor=\"end\">%s</text>\n", -8, html.EscapeString(p.unit.In(lang)))
	for _, v := range ticks(top) {
		fmt.Fprintf(out, `<path d="M0 %.1fH%d" stroke="#ddd"/><text x="-8" y="%.1f" text-anchor="end">%s</text>`+"\n",
			y(v), width, y(v)+4, number(v))
	}
	for _, v := range ticks(end) {
		fmt.Fprintf(out, `<path d="M%.1f %dv5" stroke="#000"/><text x="%.1f" y="%d" text-anchor="middle">%s s</text>`+"\n",
			x(v), height, x(v), height+20, number(v))
	}
	fmt.Fprintf(out, "<path d=\"M0 0V%d H%d\" fill=\"none\" stroke=\"#000\"/>\n", height, width)
	p.marks(out, x, y)
	fmt.Fprintln(out)
}

// sequence draws segments, ACKs and SACK.
func (s *Series) sequence(out io.Writer, x, y func(float64) float64) {
	for _, b := range s.Selective {
		fmt.Fprintf(out, `<path d="M%.1f %.1fV%.1f" stroke="#aaa" stroke-width="2"/>`, x(b.At), y(b.From), y(b.To))
	}
	for _, g := range s.Segments {
		at, from, to := x(g.At), y(g.From), y(g.To)
		if g.Again {
			m := (from + to) / 2
			fmt.Fprintf(out, `<path d="M%.1f %.1fl8 8m0 -8l-8 8" stroke="#000" stroke-width="1.5"/>`, at-4, m-4)
			continue
		}
		fmt.Fprintf(out, `<path d="M%.1f %.1fV%.1f" stroke="#000"/>`, at, from, min(to, from-1))
	}
	polyline(out, s.Acked, true, x, y)
}

// polyline joins points, by steps or straight.
func polyline(out io.Writer, points []Point, steps bool, x, y func(float64) float64) {
	if len(points) == 0 {
		return
	}
	fmt.Fprintf(out, `<path fill="none" stroke="#000" d="M%.1f %.1f`, x(points[0].At), y(points[0].Value))
	for _, p := range points[1:] {
		if steps {
			fmt.Fprintf(out, "H%.1fV%.1f", x(p.At), y(p.Value))
		} else {
			fmt.Fprintf(out, "L%.1f %.1f", x(p.At), y(p.Value))
		}
	}
	io.WriteString(out, `"/>`)
}

// nice is the least round number that is not below v.
func nice(v float64) float64 {
	if v <= 0 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 1.5, 2, 3, 4, 5, 6, 8, 10} {
		if n*unit >= v {
			return n * unit
		}
	}
	return 10 * unit
}

// ticks are the round numbers up to top: four to nine.
func ticks(top float64) (all []float64) {
	unit := math.Pow(10, math.Floor(math.Log10(top)))
	for _, n := range []float64{0.1, 0.2, 0.5, 1, 2} {
		if top/(n*unit) <= 9 {
			for v := n * unit; v <= top*1.0001; v += n * unit {
				all = append(all, v)
			}
			return all
		}
	}
	return all
}

// number writes a value short: 1.5M, 20k, 0.25.
func number(v float64) string {
	suffix := ""
	switch {
	case v >= 1e6:
		v, suffix = v/1e6, "M"
	case v >= 1e4:
		v, suffix = v/1e3, "k"
	}
	return strconv.FormatFloat(v, 'g', 4, 64) + suffix
}
