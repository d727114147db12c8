package lessons

import (
	"crypto/rand"
	"fmt"
	"strings"
)

var cacheLesson = Lesson{
	Name: "cache",
	Title: Text{"ETag, 304, ranges, and a lost update that 412 prevents",
		"ETag, 304, 부분 요청, 그리고 412로 막는 갱신 손실"},
	Aim: Text{"A version of a document has a name, its ETag. With it a client asks for nothing it already has, for a " +
		"part, or changes only what it has seen.",
		"문서의 각 버전에는 ETag라는 이름이 있다. 클라이언트는 이 이름으로 이미 가진 것을 " +
			"다시 받지 않고, 일부만 받고, 자기가 본 버전일 때만 고친다."},
	Needs: []string{"http", "files"},
	Play:  playCache,
}

// playCache puts a file, reads it in four ways, changes it and takes it away again. RFC 9110 §8.8.3 (ETag), §13
// (conditional requests), §14 (ranges).
func playCache(s *Scene) {
	s.Watch("ETag", "Last-Modified", "Content-Length", "Content-Range", "Cache-Control")
	bearer := "Authorization: Bearer " + s.Guest("Lab")
	target := "/files/lab-" + strings.ToLower(rand.Text()[:8]) + ".txt"
	first := document("first")

	s.Step(Text{"A client puts a document on the server.", "클라이언트가 서버에 문서를 올린다."})
	c := s.Dial("files")
	c.Ask("PUT", target, first, bearer).Want(s, 201)
	// Whatever happens in between, the file doesn't stay.
	defer func() {
		s.Call("DELETE", "files", target, strings.TrimPrefix(bearer, "Authorization: Bearer "), nil, nil)
	}()
	s.Find(1, c.Filter(`http.request.method == "PUT" && http.file_data contains "the first version"`),
		Text{"the request with the document", "문서를 담은 요청"})
	etag := playFirstGet(s, c, target, first)
	playNotModified(s, c, target, first, etag)
	playRanges(s, c, target, first)
	playLostUpdate(s, c, target, bearer, etag)
}

func playFirstGet(s *Scene, c *Conn, target, first string) (etag string) {
	s.Step(Text{"GET for the first time: the whole document, and the name of this version, its ETag.",
		"처음 GET하면 문서 전체와 이 버전의 이름인 ETag를 받는다."})
	whole := c.Ask("GET", target, "").Want(s, 200)
	etag = whole.Header.Get("ETag")
	s.Must(string(whole.Body) == first && etag != "", "the server answered with another document, or without an ETag")
	s.Find(1, c.Filter(`http.response.code == 200 && http.file_data contains "the first version"`),
		Text{"the answer with all of it", "문서 전체가 든 응답"})
	return etag
}

func playNotModified(s *Scene, c *Conn, target, first, etag string) {
	s.Step(Text{"Again, but the client tells which version it has: If-None-Match. It is still that one, so " +
		"nothing is sent.",
		"다시 요청하되 가진 버전을 If-None-Match로 알린다. 문서가 그대로이므로 서버는 본문을 " +
			"보내지 않는다."})
	c.Ask("GET", target, "", "If-None-Match: "+etag).Want(s, 304)
	s.Find(2, c.Filter(`http.request.line matches "(?i)^if-none-match:"`),
		Text{"this request, and that of the last step", "이번 요청과 마지막 단계의 요청"})
	s.Find(1, c.Filter(`http.response.code == 304`),
		Text{"304 Not Modified: fields, and no body",
			"304 Not Modified. 헤더 필드만 있고 본문이 없다"})
	s.Ask(Text{"How many bytes of body did the 304 save, and by what did the server know that it may?",
		"304 덕분에 본문 몇 바이트를 아꼈는가? 서버는 무엇을 보고 그래도 된다고 " +
			"판단했는가?"},
		Text{"%d, the Content-Length of the 200. If-None-Match named %s, the ETag that the document still has.",
			"200 응답의 Content-Length인 %d바이트. If-None-Match에 적힌 %s 값이 문서의 현재 ETag와 " +
				"같았기 때문이다."}.With(len(first), etag),
		c.Proof(`http.response.code == 304`, "tcp.len", Text{"the bytes of TCP and the raw sequence number of the 304",
			"304 응답의 TCP 데이터 바이트 수와 원래(raw) 순서 번호"}),
		c.Proof(`http.response.code == 304`, "tcp.seq_raw", Text{}))
}

// document is a text of two kilobytes that names its version.
func document(version string) string {
	return strings.Repeat("This is the "+version+" version of a document that somebody reads again and again.\n", 24)
}

// playRanges asks for a part, and for one that is not there.
func playRanges(s *Scene, c *Conn, target, text string) {
	s.Step(Text{"Range asks for a part: bytes 100 to 199, as a download that goes on where it was cut off.",
		"Range로 일부만 요청한다. 100번부터 199번 바이트까지. 끊긴 다운로드를 이어받을 " +
			"때와 같다."})
	part := c.Ask("GET", target, "", "Range: bytes=100-199").Want(s, 206)
	s.Must(string(part.Body) == text[100:200], "the server sent another part")
	s.Find(1, c.Filter(`http.response.code == 206 && http.content_length == 100`),
		Text{"206 Partial Content; Content-Range says which part of how much",
			"206 Partial Content. Content-Range에 전체 중 어느 부분인지 적혀 있다"})

	s.Step(Text{"A part behind the end of the document.", "문서의 끝을 넘어선 부분을 요청한다."})
	none := c.Ask("GET", target, "", fmt.Sprintf("Range: bytes=%d-", len(text))).Want(s, 416)
	s.Find(1, c.Filter(`http.response.code == 416`),
		Text{"416 Range Not Satisfiable: there is no such part",
			"416 Range Not Satisfiable. 그런 부분은 없다"})
	s.Ask(Text{"What do the two Content-Range fields say, of the 206 and of the 416?",
		"206과 416의 Content-Range는 각각 무엇을 말하는가?"},
		Text{"%s: this part of so many bytes. %s: there are so many, ask again.",
			"%s: 전체 중 이 부분이라는 뜻. %s: 전체 크기가 이만큼이니 다시 요청하라는 뜻."}.With(
			part.Header.Get("Content-Range"), none.Header.Get("Content-Range")),
		c.Proof(`http.response.code == 416`, "tcp.len", Text{"the bytes of TCP and the raw sequence number of the 416",
			"416 응답의 TCP 데이터 바이트 수와 원래(raw) 순서 번호"}),
		c.Proof(`http.response.code == 416`, "tcp.seq_raw", Text{}))
}

// playLostUpdate lets two editors change the same version. The second one must not win unseen.
func playLostUpdate(s *Scene, c *Conn, target, bearer, etag string) {
	playSaves(s, c, target, bearer, etag)
	now := playNewVersion(s, c, target, etag)
	askLostUpdate(s, c, etag, now)
}

func playSaves(s *Scene, c *Conn, target, bearer, etag string) {
	s.Step(Text{"Two editors have read the same version. The first one saves: If-Match says which version it changes.",
		"두 사람이 같은 버전을 읽고 고친다. 첫 번째 사람이 저장하면서 If-Match로 자기가 " +
			"고친 버전을 밝힌다."})
	saved := c.Ask("PUT", target, document("second"), bearer, "If-Match: "+etag).Want(s, 200)
	s.Must(saved.Header.Get("ETag") != etag, "the ETag is still the same")
	s.Find(2, c.Filter(`http.request.line matches "(?i)^if-match:"`),
		Text{"the saves of both editors", "두 사람의 저장 요청"})

	s.Step(Text{"The second one saves too, with the same If-Match. But that version is gone.",
		"두 번째 사람도 같은 If-Match로 저장한다. 그러나 그 버전은 이제 없다."})
	c.Ask("PUT", target, document("third"), bearer, "If-Match: "+etag).Want(s, 412)
	s.Find(1, c.Filter(`http.response.code == 412`),
		Text{"412 Precondition Failed: nothing was overwritten",
			"412 Precondition Failed. 아무것도 덮어쓰지 않았다"})
}

func playNewVersion(s *Scene, c *Conn, target, etag string) string {
	s.Step(Text{"And a cache that still has the first version asks again.",
		"아직 첫 버전을 가진 캐시가 다시 묻는다."})
	now := c.Ask("GET", target, "", "If-None-Match: "+etag).Want(s, 200)
	s.Must(string(now.Body) == document("second"), "the document is not what the first editor saved")
	s.Find(1, c.Filter(`http.response.code == 200 && http.file_data contains "the second version"`),
		Text{"200 this time, with what the first editor saved",
			"이번에는 200. 첫 번째 사람이 저장한 내용이다"})
	c.Finish()
	return now.Header.Get("ETag")
}

func askLostUpdate(s *Scene, c *Conn, etag, now string) {
	s.Ask(Text{"If-None-Match: %s came twice. Why was it answered by 304 once and by 200 once?",
		"If-None-Match: %s 요청이 두 번 있었다. 왜 한 번은 304, 한 번은 200이 왔는가?"}.With(etag),
		Text{"In between the document was changed; its ETag is now %s.",
			"그 사이에 문서가 바뀌었기 때문이다. 이제 ETag는 %s이다."}.With(now),
		c.Proof(`http.request.line matches "(?i)^if-none-match:"`, "tcp.seq_raw",
			Text{"the raw sequence numbers of the two requests",
				"두 요청의 원래(raw) 순서 번호"}))
	s.Ask(Text{"What would have happened without If-Match in the second save?",
		"두 번째 저장에 If-Match가 없었다면 어떻게 되었을까?"},
		Text{"It would have been a 200 and the first editor's work lost, without anybody noticing: the lost update.",
			"200이 오고 첫 번째 사람이 고친 내용은 아무도 모르게 사라졌을 것이다. 이것을 갱신 " +
				"손실(lost update)이라고 한다."},
		c.Proof("http.response.code == 412", "tcp.len", Text{"the bytes of TCP and the raw sequence number of the 412",
			"412 응답의 TCP 데이터 바이트 수와 원래(raw) 순서 번호"}),
		c.Proof("http.response.code == 412", "tcp.seq_raw", Text{}))
}
