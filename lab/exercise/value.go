package exercise

import (
	"encoding/hex"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pollwire/rest/normalize"
)

// Value is an answer that is right, or wrong for a reason. Make one with the funcs below; the zero Value says that the
// capture has none.
type Value struct {
	is     bool
	number float64
	text   string
	list   []int
}

// number is what a Value can be made of.
type number interface {
	~int | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float64
}

// Of is a number.
func Of[N number](n N) Value { return Value{is: true, number: float64(n)} }

// is makes a func of a number that is known without the capture.
func is[N number](n N) func() Value { return func() Value { return Of(n) } }

// Bytes are to be written in hex.
func Bytes(b ...byte) Value { return Value{is: true, text: hex.EncodeToString(b)} }

// Says is a text, an address, or a choice in English.
func Says(text string) Value { return Value{is: true, text: text} }

// Numbered are packets, by their numbers in the file.
func Numbered(list ...int) Value { return Value{is: len(list) > 0, list: list} }

// String is how one would write it.
func (f *Field) String(v Value, lang string) string {
	switch f.Type {
	case Num, Port:
		digits := strconv.FormatFloat(math.Round(v.number*1e6)/1e6, 'f', -1, 64)
		return strings.TrimSpace(digits + " " + f.Unit)
	case Hex:
		return "0x" + v.text
	case Packets:
		words := make([]string, len(v.list))
		for i, n := range v.list {
			words[i] = strconv.Itoa(n)
		}
		return strings.Join(words, ", ")
	case Choice:
		for _, c := range f.Choices {
			if c[EN] == v.text {
				return c.In(lang)
			}
		}
	}
	return v.text
}

// Takes tells whether an answer can be read at all.
func (f *Field) Takes(answer string) bool {
	answer = strings.TrimSpace(answer)
	switch f.Type {
	case Num, Port:
		_, ok := readNumber(answer, f.Unit)
		return ok
	case Hex:
		_, ok := readHex(answer)
		return ok
	case IP:
		_, err := netip.ParseAddr(answer)
		return err == nil
	case Packets:
		_, ok := readPackets(answer)
		return ok
	}
	return answer != ""
}

// Equal tells whether an answer says v.
func (f *Field) Equal(answer string, v Value) bool {
	answer = strings.TrimSpace(answer)
	if !v.is {
		return false
	}
	switch f.Type {
	case Num, Port:
		n, ok := readNumber(answer, f.Unit)
		return ok && math.Abs(n-v.number) <= f.Within+1e-9
	case Hex:
		digits, ok := readHex(answer)
		return ok && strings.TrimLeft(digits, "0") == strings.TrimLeft(v.text, "0")
	case IP:
		a, err := netip.ParseAddr(answer)
		b, _ := netip.ParseAddr(v.text)
		return err == nil && a == b
	case Packets:
		list, ok := readPackets(answer)
		want := slices.Sorted(slices.Values(v.list))
		return ok && slices.Equal(list, slices.Compact(want))
	case Choice:
		for _, c := range f.Choices {
			if c[EN] == v.text && same(answer, c[KO]) {
				return true
			}
		}
	}
	return same(answer, v.text)
}

func same(a, b string) bool { return strings.EqualFold(normalize.NFC(a), normalize.NFC(b)) }

// units are those of time, and how many of each make a second.
var units = map[string]float64{"s": 1, "ms": 1e3, "µs": 1e6, "μs": 1e6, "us": 1e6, "초": 1, "밀리초": 1e3}

var (
	thousands = regexp.MustCompile(`^[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?$`)
	plain     = regexp.MustCompile(`^[0-9]+([.,][0-9]+)?$`)
	split     = regexp.MustCompile(`^([+-]?)(0[xX][0-9a-fA-F]+|[0-9][0-9.,]*)\s*(\pL*)$`)
)

// readNumber reads what somebody has typed. A time may have another unit of time than the one that was asked for; any
// other unit makes no difference, as in "20 bytes".
func readNumber(s, unit string) (float64, bool) {
	parts := split.FindStringSubmatch(strings.TrimSpace(s))
	if len(s) > 100 || parts == nil {
		return 0, false
	}
	sign, digits, typed := 1.0, parts[2], strings.ToLower(parts[3])
	if parts[1] == "-" {
		sign = -1
	}
	var n float64
	switch {
	case strings.HasPrefix(strings.ToLower(digits), "0x"):
		u, err := strconv.ParseUint(digits[2:], 16, 64)
		if err != nil {
			return 0, false
		}
		n = float64(u)
	case thousands.MatchString(digits):
		n, _ = strconv.ParseFloat(strings.ReplaceAll(digits, ",", ""), 64)
	case plain.MatchString(digits): // a comma before decimals, as in half of Europe
		n, _ = strconv.ParseFloat(strings.ReplaceAll(digits, ",", "."), 64)
	default:
		return 0, false
	}
	if per, typedTime := units[typed]; typedTime && units[unit] != 0 {
		n *= units[unit] / per
	}
	return sign * n, true
}

// readHex returns the digits in small letters, two for each byte.
func readHex(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.NewReplacer(":", "", " ", "", "-", "").Replace(strings.TrimPrefix(s, "0x"))
	if len(s)%2 == 1 {
		s = "0" + s
	}
	_, err := hex.DecodeString(s)
	return s, err == nil && s != "" && len(s) <= 200
}

// readPackets returns the numbers of a list, in order, each once.
func readPackets(s string) ([]int, bool) {
	var list []int
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '#' }) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 || len(list) == 1000 {
			return nil, false
		}
		list = append(list, n)
	}
	slices.Sort(list)
	return slices.Compact(list), len(list) > 0
}
