package lab

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"

	"pollwire/rest/input"
	"pollwire/rest/output"
	"pollwire/rest/problem"
)

// Status answers with the status that the path asks for, 200 to 599 (RFC 9110 §15), and with the fields that go with
// it.
//
//	http.response.code == 404                    HTTP/1
//	http.response.code >= 400                    all errors
//	http2.headers.status == 404                  HTTP/2
//	http.location                                where a redirect leads
//
// From 400 on it is a problem as any error here, below that {"status":302,"title":"Found"}; 204, 205 and 304 have no
// content. A code that is not registered gets the name of its class, by which a client has to understand it (§15).
//
// Not answered: 1xx, which is never the last word (see Early), and 101, which would change the protocol.
func Status(w http.ResponseWriter, r *http.Request) error {
	var v input.Values
	code, err := pathInt(r, &v, "code", 200, 599)
	if err == nil {
		err = v.Err()
	}
	if err != nil {
		return refuse(err)
	}
	noStore(w)
	required(w.Header(), code, r.ProtoMajor)
	title := cmp.Or(http.StatusText(code), classes[code/100])
	switch {
	case code == http.StatusNoContent, code == http.StatusResetContent, code == http.StatusNotModified:
		w.WriteHeader(code) // §15.3.5, §15.3.6, §15.4.5
		return nil
	case code >= 400:
		p := problem.New(code, fmt.Sprintf("nothing is wrong: %d was asked for", code))
		p.Title, p.Key = title, problem.Key{} // of no use where nothing is wrong
		return answer(w, "application/problem+json", code, p)
	}
	return answer(w, "application/json", code, struct {
		Status int    `json:"status"`
		Title  string `json:"title"`
	}{code, title})
}

// classes are the names of §15.3 to §15.6.
var classes = [...]string{2: "Successful", 3: "Redirection", 4: "Client Error", 5: "Server Error"}

// required sets what a status must or should come with. Sections are those of RFC 9110.
func required(h http.Header, code, protoMajor int) {
	switch code {
	case 300, 301, 302, 303, 307, 308:
		// §15.4, §10.2.2; not 304, which leads nowhere, nor 305 and 306, which are history
		h.Set("Location", "/lab/whoami")
	case 401: // §15.5.2: must
		h.Set("WWW-Authenticate", "Bearer")
	case 405: // §15.5.6: must
		h.Set("Allow", "GET, HEAD")
	case 407: // §15.5.8: must
		h.Set("Proxy-Authenticate", `Basic realm="`+realm+`"`)
	case 408: // §15.5.9: should, since the server will not wait any longer. In HTTP/2 it becomes a GOAWAY frame.
		h.Set("Connection", "close")
	case 416: // §15.5.17: should tell how much there is
		h.Set("Content-Range", "bytes */1000")
	case 426: // §15.5.22: must; §7.8: and with the connection option, as it is for the next hop alone
		if protoMajor == 1 { // RFC 9113 §8.2.2: HTTP/2 knows no Upgrade
			h.Set("Upgrade", "websocket")
			h.Set("Connection", "Upgrade")
		}
	case 429, 503: // RFC 6585 §4, §15.6.4: may; §10.2.3: in seconds
		h.Set("Retry-After", "1")
	}
}

func answer(w http.ResponseWriter, contentType string, code int, v any) error {
	body, err := output.Encode(v)
	if err != nil {
		return err
	}
	if code == http.StatusPartialContent { // §15.3.7.1: must say which part it is; here, as it happens, the whole
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(body)-1, len(body)))
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(code)
	w.Write(body) // fails where the client has gone
	return nil
}
