package health

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MetricsContentType goes with what WriteMetrics writes; Prometheus 3 refuses an answer that does not say what it is.
const MetricsContentType = "text/plain; version=0.0.4; charset=utf-8"

// A Metric is one sample. Samples of one Name, told apart by their Labels, share the Help and the Type of the first.
type Metric struct {
	Name, Help string
	Type       string            // "counter" (only rises; its name ends in _total), "gauge" or "" (untyped)
	Labels     map[string]string // few and with few values: each combination is a time series of its own
	Value      float64
}

var (
	metricName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)
	labelName  = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)
)

// WriteMetrics writes the metrics as a scraper reads them, those of one name together, as the format demands:
//
//	# HELP http_requests_total The total number of HTTP requests.
//	# TYPE http_requests_total counter
//	http_requests_total{code="200",method="post"} 1027
//	http_requests_total{code="400",method="post"} 3
//
// If a metric is not well formed, nothing is written: a scraper would throw all of it away.
func WriteMetrics(w io.Writer, metrics []Metric) error {
	var names []string
	groups := make(map[string][]Metric)
	for _, m := range metrics {
		if groups[m.Name] == nil {
			names = append(names, m.Name)
		}
		groups[m.Name] = append(groups[m.Name], m)
	}
	var b bytes.Buffer
	for _, name := range names {
		if err := writeGroup(&b, groups[name]); err != nil {
			return err
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

func writeGroup(b *bytes.Buffer, group []Metric) error {
	m := group[0]
	if err := writeHead(b, m); err != nil {
		return err
	}
	seen := make(map[string]bool)
	for _, m := range group {
		labels, err := formatLabels(m.Labels)
		if err != nil {
			return fmt.Errorf("metric %s: %w", m.Name, err)
		}
		if seen[labels] {
			return fmt.Errorf("metric %s%s is given twice", m.Name, labels)
		}
		seen[labels] = true
		fmt.Fprintf(b, "%s%s %s\n", m.Name, labels, formatValue(m.Value))
	}
	return nil
}

// writeHead writes what all samples of one name have in common.
func writeHead(b *bytes.Buffer, m Metric) error {
	if !metricName.MatchString(m.Name) {
		return fmt.Errorf("metric %q: not a name", m.Name)
	}
	if m.Help != "" {
		fmt.Fprintf(b, "# HELP %s %s\n", m.Name, helpEscapes.Replace(m.Help))
	}
	switch m.Type {
	case "counter", "gauge":
		fmt.Fprintf(b, "# TYPE %s %s\n", m.Name, m.Type)
	case "":
		fmt.Fprintf(b, "# TYPE %s untyped\n", m.Name)
	default:
		return fmt.Errorf("metric %s: type %q is not supported", m.Name, m.Type)
	}
	return nil
}

// Two sets of escapes: there are no quotes around a HELP text, so that a quote in it is nothing special.
var (
	helpEscapes  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

func formatLabels(labels map[string]string) (string, error) {
	if len(labels) == 0 {
		return "", nil
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(labels)) { // always in one order, so that two scrapes can be compared
		if !labelName.MatchString(name) {
			return "", fmt.Errorf("label %q: not a name", name)
		}
		value := strings.ToValidUTF8(labels[name], "\ufffd")
		pairs = append(pairs, name+`="`+labelEscapes.Replace(value)+`"`)
	}
	return "{" + strings.Join(pairs, ",") + "}", nil
}

// exact is a round number below which a float64 has all whole numbers.
const exact = 1e15

// formatValue writes whole numbers as people do; 1e+06 would be right, too. Go's NaN, +Inf and -Inf are the format's.
func formatValue(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < exact {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// Gauge is a Metric that may rise and fall.
func Gauge[N int | int64 | float64](name, help string, value N) Metric {
	return Metric{Name: name, Help: help, Type: "gauge", Value: float64(value)}
}

// Counter is a Metric that only rises.
func Counter[N int | int64 | float64](name, help string, value N) Metric {
	return Metric{Name: name, Help: help, Type: "counter", Value: float64(value)}
}
