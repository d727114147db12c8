package lab

import "net/http"

// Routes adds all calls under /lab/. answer makes a handler of one that may return an error.
func Routes(mux *http.ServeMux, answer func(func(http.ResponseWriter, *http.Request) error) http.Handler) {
	mux.Handle("GET /lab/whoami", answer(Whoami))
	mux.Handle("GET /lab/bytes/{n}", answer(Bytes))
	mux.Handle("GET /lab/status/{code}", answer(Status))
	mux.Handle("GET /lab/cookie", answer(Cookies))
	mux.Handle("POST /lab/cookie", answer(SetCookie))
	mux.Handle("DELETE /lab/cookie", answer(DeleteCookies))
	mux.Handle("GET /lab/basic", answer(Basic))
	mux.Handle("GET /lab/early", answer(Early))
}
