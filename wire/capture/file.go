package capture

import "pollwire/wire/pcapng"

// Info is what a file says of itself.
type Info struct {
	Application string // and its version
	Interface   string // the name under which packets are listed that something was read or written for
	Description string // of the interface
	Comment     string // on the whole file
}

// The interfaces of a file, in the order of their blocks. What no call of the server told of is on one of its own, so
// that a display filter hides it: frame.interface_name != "rebuilt".
const (
	seen    = 0 // data, FIN, RST, datagrams
	rebuilt = 1 // handshakes, acknowledgements, an end that is assumed
)

// rebuiltName is the name of the second interface.
const rebuiltName = "rebuilt"

// appendHeader appends the blocks that a file begins with: one section and its two interfaces.
func appendHeader(dst []byte, info Info) []byte {
	dst = pcapng.AppendSection(dst, info.Comment, info.Application)
	dst = pcapng.AppendInterface(dst, pcapng.Raw, info.Interface, info.Description)
	return pcapng.AppendInterface(dst, pcapng.Raw, rebuiltName,
		"Handshakes, acknowledgements and assumed ends: their times are invented.")
}
