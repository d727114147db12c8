package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"path"
	"sync"

	"pollwire/rest/output"
	"pollwire/rest/problem"
)

// The API's own pages: docs.html, where each call can be tried, and redoc.html, to be read. Both are drawn in the
// browser from openapi.json.
//
//go:embed api
var apiFiles embed.FS

// openapi.json is packed in the program, which would be 240 KB larger with it as it is. A test says when the packed one
// is another, and how it is made.
//
//go:embed openapi.json.gz
var packed []byte

var openAPI = sync.OnceValue(func() []byte {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	var text []byte
	if err == nil {
		text, err = io.ReadAll(r)
	}
	if err != nil {
		panic(err) // it is in the program
	}
	return text
})

// compact is openapi.json without its white space, which is a quarter of it.
var compact = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	if err := json.Compact(&b, openAPI()); err != nil {
		panic(err) // it is in the program
	}
	return b.Bytes()
})

// API adds the description of all calls, the two pages that show it, and under /docs/ what these load: the files of
// the folder api, the icon of the page, openapi.json without white space, and ports.json. port returns the number of a
// service by its name, "" where it is off; the pages may call all of them.
func API(mux *http.ServeMux, port func(service string) string) {
	services := func() map[string]string { return numbers(port, "files", "health", "http", "ws") }
	show := func(w http.ResponseWriter, r *http.Request, from fs.FS, name string) {
		showFile(w, r, from, name, services())
	}
	mux.HandleFunc("GET /openapi.json", OpenAPI)
	mux.HandleFunc("GET /docs", func(w http.ResponseWriter, r *http.Request) { show(w, r, apiFiles, "api/docs.html") })
	mux.HandleFunc("GET /redoc", func(w http.ResponseWriter, r *http.Request) { show(w, r, apiFiles, "api/redoc.html") })
	mux.HandleFunc("GET /docs/{file}", func(w http.ResponseWriter, r *http.Request) {
		switch name := r.PathValue("file"); name {
		case "icon.svg":
			show(w, r, files, name)
		case "openapi.json":
			output.ShowBytes(w, r, "application/json", compact())
		case "ports.json":
			output.Show(w, r, services())
		default:
			show(w, r, apiFiles, "api/"+name)
		}
	})
}

// showFile answers 404 also for what is there and has no type: it is not for browsers. It
// may call the ports.
func showFile(w http.ResponseWriter, r *http.Request, from fs.FS, name string, ports map[string]string) {
	content, err := fs.ReadFile(from, name)
	kind := types[path.Ext(name)]
	if err != nil || kind == "" {
		problem.Write(w, problem.Refuse(problem.NotFound, "no such file"))
		return
	}
	w.Header().Set("Content-Security-Policy", policy(r.TLS != nil, r.Host, ports))
	w.Header().Set("Referrer-Policy", "no-referrer")
	output.ShowBytes(w, r, kind, content)
}
