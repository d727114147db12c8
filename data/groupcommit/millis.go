package groupcommit

import "time"

// Millis is a moment in unix milliseconds, as it is stored: SQLite has no type for it.
type Millis int64

// MarshalJSON writes RFC 3339 in UTC with milliseconds.
func (m Millis) MarshalJSON() ([]byte, error) {
	return time.UnixMilli(int64(m)).UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000Z"`), nil
}
