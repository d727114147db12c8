package banner

import "strings"

// labels are the words that stand alone, phrases those within a line.
var labels = map[string]string{
	"page":         "페이지",
	"health":       "상태 확인",
	"teacher":      "교사",
	"certificate":  "인증서",
	"database":     "데이터베이스",
	"secrets in":   "비밀 폴더",
	"files in":     "파일 폴더",
	"guests":       "게스트",
	"WARNING":      "경고",
	"off (-http)":  "꺼짐 (-http)",
	"off (-ws)":    "꺼짐 (-ws)",
	"off (-files)": "꺼짐 (-files)",

	"off (-health)": "꺼짐 (-health)",
	"https:// and wss:// on the same numbers": "같은 포트 번호에서 https:// 와 wss://",
	"https:// over UDP on the numbers of API and page; a browser needs: pollwire lab browser": "API와 페이지의 " +
		"번호에서 UDP 위의 https:// (브라우저에는 pollwire lab browser 가 필요)",
	"  Ctrl-C stops it.": "  멈추려면 Ctrl-C",
}

var phrases = strings.NewReplacer(
	"but another program has UDP ", "그러나 다른 프로그램이 쓰는 UDP 포트: ",
	"self-signed, so browsers warn at first; until ", "스스로 서명해 브라우저가 처음에 경고함; 만료 ",
	"on, tokens last ", "받음, 토큰 유효 시간 ",
	"off, tokens last ", "안 받음, 토큰 유효 시간 ",
	", web origins: ", ", 허용하는 웹 출처: ",
	"this machine's own names and addresses", "이 컴퓨터의 이름과 주소",
	"TLS is no secret: the key log is on. Whoever reads this file can decrypt all of it:",
	"TLS가 비밀이 아닙니다. 키 로그가 켜져 있어 "+
		"이 파일을 읽는 사람은 모두 복호화할 수 있습니다:",
	"nothing is secret on this machine: the capture is on. Whoever is here can read all traffic, TLS too:",
	"이 컴퓨터에서는 아무것도 비밀이 아닙니다. 캡처가 켜져 있어 "+
		"TLS까지 모든 트래픽을 읽을 수 있습니다:",
	"(the current folder can't be written to; -db and -data name others)",
	"(현재 폴더에 쓸 수 없어 여기에 저장합니다. 다른 곳은 -db 와 -data 로 정합니다)",
)
