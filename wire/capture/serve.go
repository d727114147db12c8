package capture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"pollwire/rest/input"
	"pollwire/rest/problem"
)

// mediaType is what Wireshark calls its files to a desktop. Registered is only the older format
// (application/vnd.tcpdump.pcap), which knows neither comments nor secrets.
const mediaType = "application/x-pcapng"

// writeTimeout is how long a reader may take nothing.
const writeTimeout = 10 * time.Second

// Serve answers a GET with a capture that does not end: ?seconds= and ?packets= end it. The connection of the request
// is in no capture. Only programs on this machine may read it, as it holds everybody's secrets.
//
//	curl -sN http://localhost:3001/capture | wireshark -k -i -
//	curl -s 'http://localhost:3001/capture?seconds=10' -o ten-seconds.pcapng
//
// A reader that is too slow gets an answer that is cut off, so that it knows: whole blocks, but no last chunk.
func (r *Recorder) Serve(w http.ResponseWriter, req *http.Request) error {
	if err := r.admit(req); err != nil {
		return err
	}
	v, err := input.Query(req)
	if err != nil {
		return err
	}
	seconds := v.Int("seconds", 1, 86_400, 0)
	packets := v.Int("packets", 1, 1_000_000_000, 0)
	if err := v.Err(); err != nil {
		return err
	}
	r.omit(req)
	r.announce(w, req)
	if req.Method == http.MethodHead {
		return nil
	}
	// A GET may announce a body. It is read first, while the server's own limit of time holds.
	if _, err := io.Copy(io.Discard, http.MaxBytesReader(w, req.Body, input.MaxBody)); err != nil {
		return problem.Refuse(problem.Malformed, "the body did not arrive whole")
	}
	ctx := req.Context()
	if seconds > 0 {
		limited, cancel := context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
		defer cancel()
		ctx = limited
	}
	return r.serve(ctx, w, int(packets))
}

// announce sets the fields of the answer.
func (r *Recorder) announce(w http.ResponseWriter, req *http.Request) {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", r.info.Interface+
		time.Now().UTC().Format("-20060102-150405.pcapng")))
	h.Set("Cache-Control", "no-store")
	if req.ProtoMajor == 1 {
		h.Set("Connection", "close") // what came later over this connection would be in no capture either
	}
}

// serve copies until ctx ends, and makes answers of errors.
func (r *Recorder) serve(ctx context.Context, w http.ResponseWriter, packets int) error {
	out := &answer{w, http.NewResponseController(w)}
	out.rc.SetReadDeadline(time.Time{}) // nothing more is to be read, and listening is no fault
	err := r.Copy(ctx, out, packets)
	switch {
	case errors.Is(err, errTooMany):
		w.Header().Del("Content-Disposition")
		return problem.Refuse(problem.Unavailable, "%d captures are running already; end one of them", maxReaders)
	case errors.Is(err, errClosed):
		w.Header().Del("Content-Disposition")
		return problem.Refuse(problem.Unavailable, "shutting down")
	case errors.Is(err, ErrSlow):
		out.rc.SetWriteDeadline(time.Unix(1, 0)) // net/http can't write the last chunk any more
	}
	return nil
}

// answer is a ResponseWriter of which each Write leaves at once.
type answer struct {
	w  http.ResponseWriter
	rc *http.ResponseController
}

func (a *answer) Write(b []byte) (int, error) {
	a.rc.SetWriteDeadline(time.Now().Add(writeTimeout))
	n, err := a.w.Write(b)
	if err == nil {
		err = a.rc.Flush()
	}
	a.rc.SetWriteDeadline(time.Time{}) // HTTP/2 resets a stream at its deadline even if nothing is being written
	return n, err
}

// admit refuses whom a capture is none of the business of. That a request comes from this machine is not enough: it may
// come from a page of somebody else in a browser here, by a name that suddenly means 127.0.0.1 (DNS rebinding), or
// through a proxy here.
func (r *Recorder) admit(req *http.Request) error {
	refuse := func(why string) error { return problem.Refuse(problem.Forbidden, "%s", why) }
	client, _ := netip.ParseAddrPort(req.RemoteAddr)
	switch {
	case r == nil:
		return refuse("capturing is off; start the server with -capture")
	case !client.Addr().IsLoopback():
		return refuse("a capture holds everybody's secrets: only this machine itself may read it, at localhost")
	case !loopbackName(req.Host):
		return refuse("ask for localhost, 127.0.0.1 or [::1]")
	case req.Header.Get("Origin") != "":
		return refuse("pages may not read a capture")
	case req.Header.Get("Forwarded") != "" || req.Header.Get("X-Forwarded-For") != "" || req.Header.Get("Via") != "":
		return refuse("a capture does not go through a proxy")
	}
	return nil
}

// loopbackName tells whether a host, with or without a port, is this machine by its very name (RFC 6761 §6.3).
func loopbackName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	host = "." + strings.ToLower(host)
	return err == nil && a.IsLoopback() || strings.HasSuffix(host, ".localhost")
}

// omit leaves the connection of a request out of all captures, from here on and in those to come.
func (r *Recorder) omit(req *http.Request) {
	server, _ := req.Context().Value(http.LocalAddrContextKey).(net.Addr)
	client, _ := netip.ParseAddrPort(req.RemoteAddr)
	at := ends{netip.AddrPortFrom(client.Addr().Unmap().WithZone(""), client.Port()), addrPort(server)}
	r.mu.Lock()
	c := r.conns[at]
	r.mu.Unlock()
	if c != nil {
		c.omitted.Store(true)
		c.forget()
	}
}
