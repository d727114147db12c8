package lessons

var http1 = Lesson{
	Name: "http",
	Title: Text{"methods, fields, status codes, connections that are kept and closed",
		"메서드, 헤더 필드, 상태 코드, 연결의 유지와 종료"},
	Aim: Text{"One TCP connection carries one HTTP/1.1 exchange after the other: a request and its answer, both " +
		"plain text.",
		"TCP 연결 하나 위에서 HTTP/1.1의 요청과 응답이 평문으로 차례차례 오간다."},
	Needs: []string{"http"},
	Play:  playHTTP,
}

// playHTTP keeps one connection for everything up to the step in which a second one is closed by the server.
// RFC 9110 (methods, status codes), RFC 9112 (the text, connections), Fetch (the preflight).
func playHTTP(s *Scene) {
	s.Watch("Content-Type", "Location", "Connection", "Access-Control-Allow-Origin",
		"Access-Control-Allow-Methods")
	c := openHTTP(s)
	get := playGet(s, c)
	playHead(s, c)
	playPost(s, c)
	playDelete(s, c)
	playStatus(s, c)
	playPreflight(s, c)
	playClose(s, c, get)
}

// openHTTP makes the connection that all but one step use.
func openHTTP(s *Scene) *Conn {
	s.Step(Text{"The client opens a TCP connection: HTTP needs one before its first byte.",
		"클라이언트가 TCP 연결을 연다. HTTP는 첫 바이트를 보내기 전에 연결부터 있어야 한다."})
	c := s.Dial("http")
	s.Find(2, c.Filter("tcp.flags.syn == 1"),
		Text{"SYN and SYN/ACK, the first two of the three packets of the handshake",
			"3-way 핸드셰이크의 세 패킷 중 앞의 둘, SYN과 SYN/ACK"})
	return c
}

func playGet(s *Scene, c *Conn) *Answer {
	s.Step(Text{"GET asks for a document: a request line, fields, an empty line, and nothing else.",
		"GET으로 문서를 요청한다. 요청 줄, 헤더 필드, 빈 줄이 전부이다."})
	get := c.Ask("GET", "/lab/whoami", "", "Accept: application/json").Want(s, 200)
	s.Find(1, c.Filter(`http.request.method == "GET" && http.request.uri == "/lab/whoami"`), Text{"the request", "요청"})
	s.Find(1, c.Filter(`http.response.code == 200 && json.key == "display_filter"`),
		Text{"the answer, with a body that Wireshark shows as JSON",
			"응답. Wireshark가 본문을 JSON으로 풀어 보여 준다"})
	return get
}

func playHead(s *Scene, c *Conn) {
	s.Step(Text{"HEAD asks what GET would bring: the same fields, Content-Length too, and no body.",
		"HEAD는 GET이라면 무엇이 올지 묻는다. 헤더 필드는 Content-Length까지 같고 본문만 없다."})
	head := c.Ask("HEAD", "/lab/bytes/5000", "").Want(s, 200)
	s.Must(len(head.Body) == 0, "an answer to HEAD had a body")
	s.Find(1, c.Filter(`http.request.method == "HEAD"`), Text{"the request", "요청"})
	s.Find(1, c.Filter(`http.content_length == 5000 && !http.file_data`),
		Text{"the answer: it tells a length, and there is no body", "응답. 길이는 적혀 있지만 본문이 없다"})
}

func playPost(s *Scene, c *Conn) {
	s.Step(Text{"POST sends a body along. Content-Type says what it is, Content-Length where it ends.",
		"POST는 본문을 함께 보낸다. Content-Type은 본문의 종류를, Content-Length는 본문이 어디서 " +
			"끝나는지를 알려 준다."})
	const body = `{"name":"course","value":"networks"}`
	c.Ask("POST", "/lab/cookie", body, "Content-Type: application/json").Want(s, 200)
	s.Find(1, c.Filter(`http.request.method == "POST" && json.value.string == "networks"`),
		Text{"the request with its JSON body", "JSON 본문이 있는 요청"})
}

func playDelete(s *Scene, c *Conn) {
	s.Step(Text{"DELETE removes something. 204 means: done, and there is nothing to show.",
		"DELETE는 무언가를 지운다. 204는 처리했고 보여 줄 내용이 없다는 뜻이다."})
	c.Ask("DELETE", "/lab/cookie", "", "Cookie: course=networks").Want(s, 204)
	s.Find(1, c.Filter(`http.request.method == "DELETE"`), Text{"the request", "요청"})
	s.Find(1, c.Filter(`http.response.code == 204 && http.set_cookie`),
		Text{"the answer, which has no body by definition", "응답. 204에는 정의상 본문이 없다"})
}

// playStatus shows one status of each other class.
func playStatus(s *Scene, c *Conn) {
	s.Step(Text{"Three answers that are no success: a redirect (3xx), two faults of the client (4xx).",
		"성공이 아닌 응답 세 가지: 리다이렉션(3xx) 하나, 클라이언트 오류(4xx) 둘."})
	c.Ask("GET", "/lab/status/302", "").Want(s, 302)
	c.Ask("GET", "/no/such/path", "").Want(s, 404)
	allow := c.Ask("PUT", "/lab/whoami", "").Want(s, 405).Header.Get("Allow")
	s.Find(1, c.Filter(`http.response.code == 302 && http.location`),
		Text{"302, and Location says where to go", "302. Location이 어디로 갈지 알려 준다"})
	s.Find(1, c.Filter(`http.response.code == 404`),
		Text{"404: there is nothing by this name", "404. 그런 이름의 자원이 없다"})
	s.Find(1, c.Filter(`http.response.code == 405`),
		Text{"405: the resource is there, but not for this method",
			"405. 자원은 있지만 이 메서드로는 쓸 수 없다"})

	s.Ask(Text{"Which field does the 405 carry that the 404 does not, and what is in it?",
		"405 응답에는 있고 404 응답에는 없는 필드는 무엇이며, 그 값은 무엇인가?"},
		Text{"Allow: %s. A 405 must list the methods that do work (RFC 9110 §15.5.6).",
			"Allow: %s. 405는 사용할 수 있는 메서드를 반드시 알려 주어야 한다(RFC 9110 §15.5.6)."}.With(
			allow),
		c.Proof(`http.response.code == 405`, "tcp.len", Text{"the bytes of TCP and the raw sequence number of the 405",
			"405 응답의 TCP 데이터 바이트 수와 원래(raw) 순서 번호"}),
		c.Proof(`http.response.code == 405`, "tcp.seq_raw", Text{}))
}

// playPreflight asks what a browser would ask before a page of another origin may post JSON.
func playPreflight(s *Scene, c *Conn) {
	const origin = "http://localhost:8080"
	s.Step(Text{"OPTIONS, as a browser sends it before a page of another origin may POST JSON: the preflight of CORS.",
		"브라우저는 출처(origin)가 다른 페이지가 JSON을 POST하기 전에 OPTIONS를 먼저 보낸다. " +
			"이것이 CORS의 사전 요청(preflight)이다."})
	c.Ask("OPTIONS", "/api/polls", "", "Origin: "+origin, "Access-Control-Request-Method: POST",
		"Access-Control-Request-Headers: content-type").Want(s, 204)
	s.Find(1, c.Filter(`http.request.method == "OPTIONS" && http.request.line matches "(?i)^origin: http://localhost"`),
		Text{"the question: may a page of this origin?", "이 출처의 페이지가 보내도 되는지 묻는 요청"})

	s.Step(Text{"The same from a page whose origin the server does not know.",
		"서버가 허용하지 않는 출처의 페이지가 같은 것을 물으면 어떻게 될까."})
	foreign := c.Ask("OPTIONS", "/api/polls", "", "Origin: http://evil.example", "Access-Control-Request-Method: POST")
	s.Must(foreign.Header.Get("Access-Control-Allow-Origin") == "", "the server lets every origin in")
	s.Find(1, c.Filter(`http.response.line contains "Access-Control-Allow-Origin"`),
		Text{"only the first of the two answers allows it", "두 응답 중 처음 것만 허용한다"})

	s.Ask(Text{"The second preflight was refused. Could curl have sent the POST all the same?",
		"두 번째 사전 요청은 거절되었다. 그래도 curl이라면 POST를 보낼 수 있었을까?"},
		Text{"Yes. CORS is kept by browsers, to protect the person in front of them; the server answers whoever asks.",
			"보낼 수 있다. CORS는 브라우저가 사용자를 보호하려고 지키는 규칙이고, 서버는 누가 " +
				"묻든 응답한다."},
		c.Proof(`http.request.method == "OPTIONS" && http.request.line contains "evil"`, "tcp.len",
			Text{"the bytes of TCP and the raw sequence number of the second preflight",
				"두 번째 사전 요청의 TCP 데이터 바이트 수와 원래(raw) 순서 번호"}),
		c.Proof(`http.request.method == "OPTIONS" && http.request.line contains "evil"`, "tcp.seq_raw", Text{}))
}

// playClose ends both connections: one from this side, one from the server's.
func playClose(s *Scene, c *Conn, get *Answer) {
	once := playServerCloses(s)
	playClientCloses(s, c)
	askConnections(s, c, once, get)
}

func playServerCloses(s *Scene) *Conn {
	s.Step(Text{"Connection: close on a second connection. The server answers; who is the first to send FIN?",
		"두 번째 연결에서 Connection: close를 보낸다. 서버가 응답한 뒤 누가 먼저 FIN을 보낼까?"})
	once := s.Dial("http")
	once.Ask("GET", "/lab/whoami", "", "Connection: close").Want(s, 200)
	once.Closed()
	s.Find(1, once.Filter(`http.connection == "close" && http.response`),
		Text{"the answer announces it", "응답이 연결 종료를 예고한다"})
	s.Find(2, once.Filter(`tcp.flags.fin == 1 && !tcp.analysis.retransmission`),
		Text{"a FIN from each side", "양쪽이 하나씩 보낸 FIN"})
	return once
}

func playClientCloses(s *Scene, c *Conn) {
	s.Step(Text{"The first connection was open all the time: HTTP/1.1 keeps it unless somebody says otherwise. Now the " +
		"client closes it.",
		"첫 번째 연결은 그동안 계속 열려 있었다. HTTP/1.1은 따로 말이 없으면 연결을 " +
			"유지한다. 이제 클라이언트가 닫는다."})
	c.Finish()
	s.Find(9, c.Filter("http.request"), Text{"all requests of this connection", "이 연결에서 보낸 모든 요청"})
	s.Find(9, c.Filter("http.response"), Text{"and as many answers", "그리고 같은 수의 응답"})
	s.Find(2, c.Filter("tcp.flags.fin == 1 && !tcp.analysis.retransmission"),
		Text{"a FIN from each side", "양쪽이 하나씩 보낸 FIN"})
}

func askConnections(s *Scene, c, once *Conn, get *Answer) {
	s.Ask(Text{"How many handshakes did the nine exchanges on port %s cost, and how many would they have cost with " +
		"Connection: close each time?",
		"포트 %s에서 주고받은 아홉 번의 요청과 응답에 핸드셰이크는 몇 번 필요했는가? 매번 " +
			"Connection: close를 썼다면 몇 번이었을까?"}.With(c.Port()),
		Text{"One, and nine: tcp.flags.syn == 1 && tcp.port == %s shows 2 packets, one SYN and one SYN/ACK.",
			"한 번이다. 매번 닫았다면 아홉 번이었을 것이다. tcp.flags.syn == 1 && tcp.port == %s " +
				"필터에는 SYN과 SYN/ACK 하나씩, 두 패킷만 보인다."}.With(c.Port()),
		c.Proof(`tcp.flags.syn == 1`, "tcp.seq_raw", Text{"the raw sequence numbers of SYN and SYN/ACK",
			"SYN과 SYN/ACK의 원래(raw) 순서 번호"}))
	s.Ask(Text{"By what does the client know where the body of the first GET ended, if the connection stayed open?",
		"연결이 열린 채인데 클라이언트는 첫 번째 GET의 본문이 어디서 끝나는지 어떻게 " +
			"알았을까?"},
		Text{"By Content-Length: %d. The bytes after these belong to the next answer.",
			"Content-Length: %d 덕분이다. 그만큼의 바이트 다음부터는 다음 응답이다."}.With(len(get.Body)),
		c.Proof(`json.key == "display_filter"`, "http.content_length",
			Text{"how many bytes the body has, and the raw sequence number there",
				"본문의 바이트 수와 그 패킷의 원래(raw) 순서 번호"}),
		c.Proof(`json.key == "display_filter"`, "tcp.seq_raw", Text{}))
	s.Ask(Text{"Who sent the first FIN on port %s, and who on port %s?",
		"포트 %s에서는 누가 먼저 FIN을 보냈는가? 포트 %s에서는?"}.With(once.Port(), c.Port()),
		Text{"On port %s the server, as Connection: close asks for; on port %s the client.",
			"포트 %s에서는 Connection: close를 받은 서버가, 포트 %s에서는 클라이언트가 " +
				"먼저 보냈다."}.With(once.Port(), c.Port()),
		once.Proof(`tcp.flags.fin == 1`, "tcp.seq_raw", Text{"the raw sequence numbers of both FIN of the one",
			"앞 연결의 두 FIN의 원래(raw) 순서 번호"}),
		c.Proof(`tcp.flags.fin == 1`, "tcp.seq_raw", Text{"and of the other", "뒤 연결의 것"}))
}
