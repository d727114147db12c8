package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
)

// The sizes of the crowd, from left to right: each is ten times the last, so the x axis is logarithmic.
var crowds = []int{10, 100, 1000, 10_000}

// Places in the picture, in pixels.
const (
	width, height    = 640, 600
	left, right      = 90, 600 // of both panels
	panel            = 190     // the height of one
	firstTop, second = 60, 330 // where they begin
)

const svgHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" ` +
	`role="img" aria-labelledby="title">
<title id="title">%[3]s</title>
<style>
svg { ` +
	`--paper: #fff; --ink: #1f2328; --faint: #d0d7de; --votes: #0969da; --memory: #bc4c00; ` +
	`font: 14px system-ui, sans-serif }
@media (prefers-color-scheme: dark) { svg { ` +
	`--paper: #0d1117; --ink: #e6edf3; --faint: #3d444d; --votes: #58a6ff; --memory: #f0883e } }
rect { fill: var(--paper) } text { fill: var(--ink) } .grid { stroke: var(--faint) } ` +
	`.middle { text-anchor: middle } .end { text-anchor: end }
polyline { fill: none; stroke-width: 2.5 } .votes { stroke: var(--votes); fill: var(--votes) } ` +
	`.memory { stroke: var(--memory); fill: var(--memory) }
text.value { stroke: var(--paper); stroke-width: 5; paint-order: stroke; font-weight: 600; text-anchor: middle } ` +
	`polyline.votes, polyline.memory { fill: none }
</style>
<rect width="%[1]d" height="%[2]d"/>
<text class="middle" x="%[4]d" y="28" font-size="17">%[3]s</text>
`

// plotOf draws two panels one below the other, votes and memory, over the size of the crowd.
func plotOf(m *measured, l language) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, svgHead, width, height, escape(l.title), width/2)
	for _, p := range []struct {
		top                int
		unit, class, label string
	}{{firstTop, "votes/s", "votes", l.y1}, {second, "peak-MB", "memory", l.y2}} {
		var values []float64
		for _, n := range crowds {
			v, err := m.median(fmt.Sprintf("Growth/%dsockets", n), p.unit)
			if err != nil {
				return nil, err
			}
			values = append(values, v)
		}
		drawPanel(&b, p.top, p.class, p.label, values)
	}
	fmt.Fprintf(&b, `<text class="middle" x="%d" y="%d">%s</text>`+"\n</svg>\n", (left+right)/2, height-14, escape(l.x))
	return b.Bytes(), nil
}

// drawPanel draws axes from 0, a line through the values, and the values themselves.
func drawPanel(b *bytes.Buffer, top int, class, label string, values []float64) {
	step := tick(values)
	most := step
	for _, v := range values {
		for most < v {
			most += step
		}
	}
	x := func(i int) float64 { return left + 50 + float64(i)*float64(right-left-100)/float64(len(crowds)-1) }
	y := func(v float64) float64 { return float64(top+panel) - v/most*float64(panel) }
	fmt.Fprintf(b, `<text class="middle" transform="translate(22 %d) rotate(-90)">%s</text>`+"\n", top+panel/2,
		escape(label))
	drawGrid(b, step, most, y)
	var line, marks bytes.Buffer
	for i, v := range values {
		fmt.Fprintf(&line, "%.1f,%.1f ", x(i), y(v))
		fmt.Fprintf(&marks,
			`<circle class="%s" cx="%.1f" cy="%.1f" r="4"/><text class="%[1]s value" x="%.1[2]f" y="%.1[4]f">%[5]s</text>`+"\n",
			class, x(i), y(v), y(v)-10, round(v))
		fmt.Fprintf(&marks, `<text class="middle" x="%.1f" y="%d">%s</text>`+"\n", x(i), top+panel+20,
			commas(strconv.Itoa(crowds[i])))
	}
	fmt.Fprintf(b, `<polyline class="%s" points="%s"/>`+"\n%s", class, bytes.TrimSpace(line.Bytes()), marks.Bytes())
}

// drawGrid draws a line at each step, with its number beside it.
func drawGrid(b *bytes.Buffer, step, most float64, y func(float64) float64) {
	for v := 0.0; v <= most; v += step {
		fmt.Fprintf(b, `<path class="grid" d="M%d %.1fH%d"/><text class="end" x="%d" y="%.1f">%s</text>`+"\n", left, y(v),
			right, left-8, y(v)+5, commas(strconv.FormatFloat(v, 'f', -1, 64)))
	}
}

// tick is the distance between two lines of the grid, 1, 2 or 5 times a power of ten, so that there are three to seven.
func tick(values []float64) float64 {
	most := 1.0
	for _, v := range values {
		most = max(most, v)
	}
	power := math.Pow(10, math.Floor(math.Log10(most/3)))
	for _, times := range []float64{5, 2} {
		if times*power*3 <= most {
			return times * power
		}
	}
	return power
}

func escape(s string) string {
	var b bytes.Buffer
	xml.EscapeText(&b, []byte(s))
	return b.String()
}
