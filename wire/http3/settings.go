package http3

// Settings that are known here (RFC 9114 §7.2.4.1, RFC 9204 §5). Those that are not sent are 0, or without limit.
const (
	settingTableCapacity   = 0x01 // QPACK_MAX_TABLE_CAPACITY
	settingMaxFieldSection = 0x06 // MAX_FIELD_SECTION_SIZE
	settingBlockedStreams  = 0x07 // QPACK_BLOCKED_STREAMS
)

// Settings are what the other end has said of itself.
type Settings struct {
	TableCapacity   uint64
	BlockedStreams  uint64
	MaxFieldSection uint64 // maxVarint: there is no limit
}

// appendSettings appends the SETTINGS of this end. No dynamic table: also said, though 0 is what is meant without it,
// since this frame is looked at.
func appendSettings(b []byte, maxFieldSection uint64) []byte {
	var payload []byte
	for _, pair := range [][2]uint64{{settingTableCapacity, 0}, {settingMaxFieldSection, maxFieldSection},
		{settingBlockedStreams, 0}} {
		payload = appendVarint(appendVarint(payload, pair[0]), pair[1])
	}
	return appendFrame(b, frameSettings, payload)
}

// parseSettings reads the payload of a SETTINGS frame (RFC 9114 §7.2.4): pairs of identifier and value.
func parseSettings(payload []byte) (Settings, error) {
	s := Settings{MaxFieldSection: maxVarint}
	seen := map[uint64]bool{}
	for r := reader(payload); len(r) > 0; {
		id, err := readVarint(&r)
		if err != nil {
			return s, broken(FrameError, "SETTINGS are cut off")
		}
		value, err := readVarint(&r)
		if err != nil {
			return s, broken(FrameError, "SETTINGS are cut off")
		}
		if seen[id] {
			return s, broken(SettingsError, "setting %#x comes twice", id)
		}
		seen[id] = true
		switch id {
		case settingTableCapacity:
			s.TableCapacity = value
		case settingMaxFieldSection:
			s.MaxFieldSection = value
		case settingBlockedStreams:
			s.BlockedStreams = value
		case 0x00, 0x02, 0x03, 0x04, 0x05: // §11.2.2: those of HTTP/2 that have no counterpart
			return s, broken(SettingsError, "setting %#x of HTTP/2", id)
		}
	}
	return s, nil
}
