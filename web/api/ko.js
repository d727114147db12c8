// The texts of openapi.json in Korean, loaded only when they are wanted: calls, subjects, events and packets by their
// names, all others by the English text (ko-texts.js). A test holds them against the document: none may be missing, none
// left over.

import { texts } from './ko-texts.js';

export const ko = {
info: `Wireshark를 열고 루프백 인터페이스를 캡처한 다음 아래 호출을 해 보세요. 호출마다 무엇을 볼 수 있는지 적혀 있고, 그것을 찾는 표시 필터(\`x-display-filter\`)가 있습니다.

**캡처에서 찾기.** 필터는 HTTP/1.1용입니다. 필터로 찾은 요청의 응답은 클릭 한 번이면 나옵니다(\`http.response_in\`). HTTP/2에서는 같은 필드를 \`http2.headers.method\`, \`http2.headers.path\`라고 합니다. 환경 설정 \`tcp.try_heuristic_first\`를 켜면 Wireshark가 포트보다 패킷의 내용을 먼저 봅니다. 여기서는 포트마다 여러 프로토콜을 쓰기 때문입니다. TLS 없는 HTTP/2는 직접 지정해야 합니다: Decode As, 클라이언트의 포트, HTTP2. 모든 응답에는 서버가 본 내 쪽 끝점인 \`X-Client-Addr\`가 있습니다. \`tcp.port ==\` 뒤에 그 번호를 쓰면 바로 이 연결만 보입니다.

**포트.** 8000: 이 API. 8001: WebSocket과 Socket.IO. 8080: 웹 페이지와 공유 파일. 셋 모두 같은 번호에서 평문과 TLS를, 8001을 빼고는 HTTP/1.1과 HTTP/2를 씁니다. 3001: TLS 없는 상태 확인, 그리고 UDP \`ping hello\` -> \`pong hello\`. \`-keylog FILE\`을 주면 서버가 TLS 세션의 키를 적어 두어 Wireshark가 복호화할 수 있습니다.

**본문**은 UTF-8 JSON이고 최대 64 KiB이며, 압축 없이 \`application/json\`으로 보냅니다. 파일에는 따로 한도가 있습니다. 모르는 키, 대소문자가 다른 키, 뒤에 붙은 데이터, 뜻이 없는 자리의 null은 400입니다. 문자열은 유니코드 NFC로 바꾸고 앞뒤 공백을 뗀 뒤 바이트가 아니라 글자 수로 셉니다. 조합형이든 완성형이든 같은 이름은 같은 이름입니다. 비어 있으면 안 되는 곳에는 보이는 글자가 있어야 하고, 둘레 글의 방향을 바꾸는 문자(U+202A~U+202E, U+2066~U+2069)는 받지 않습니다. 시각은 밀리초까지의 UTC RFC 3339, id는 양의 정수입니다.

**오류**는 무엇을 요청했든 \`application/problem+json\`(RFC 9457)입니다. \`/socket.io/\` 아래에서만 모든 메서드에서 Engine.IO의 형식입니다. 422는 필드를 알려 줍니다. 호출마다 적힌 상태 코드 말고도, 없는 경로는 404, 다른 메서드는 \`Allow\`와 함께 405, 서버의 잘못은 내부를 드러내지 않는 500입니다. 잘못된 토큰은 \`/api\`와 \`/files\`에서 토큰이 필요 없는 호출이라도 401입니다.

**메서드.** HEAD는 \`/ws\`와 \`/socket.io/\`를 빼고 어디서나 GET처럼 동작하며 따로 적지 않습니다. OPTIONS는 그 경로의 메서드를 알려 줍니다. \`Origin\`이 있으면 프리플라이트이니 CORS 헤더를 보세요.

**목록**은 \`limit\`과, id인 \`before\` 또는 \`after\`를 받습니다. 응답의 \`next_before\`가 다음 쪽의 \`before\`이고, 더 오래된 것이 없으면 null입니다. \`ETag\`가 있는 GET은 \`If-None-Match\`(304)와 \`Range\`(206)를 받습니다.

**실시간.** 일어난 일은 소켓(\`/ws\`), Socket.IO 클라이언트(\`/socket.io/\`), \`/api/events\`를 듣는 쪽에 보내집니다. 모든 이벤트와 데이터는 \`x-events\`에, 그것을 나르는 Socket.IO 패킷은 \`x-packets\`에 있습니다.`,

tags: {
  auth: ['인증', '누가 요청하는가: 계정, 게스트, JSON Web Token(RFC 7519).'],
  polls: ['투표', '투표와 표. 읽기는 누구나 할 수 있습니다.'],
  chat: ['채팅', '모두가 함께 쓰는 방 하나.'],
  memos: ['메모', '쓴 사람만 보는 기록. If-Match로 변경이 사라지는 것을 막습니다.'],
  realtime: ['실시간', '같은 이벤트를 WebSocket, Socket.IO, Server-Sent Events, 롱 폴링, 숏 폴링으로.'],
  lab: ['실험', 'HTTP와 TCP를 실험하는 호출. 아무것도 저장하지 않습니다.'],
  files: ['파일', '8080번 포트의 공유 폴더.'],
  page: ['페이지', '웹 페이지로 가는 길과 이 문서.'],
  health: ['상태', '모니터링용, 3001번 포트.'],
},

operations: {
  register: ['계정 만들기', '사용자와 그 세션을 만듭니다. 비밀번호가 본문에 그대로 보입니다. 패킷을 열어 찾아보세요. `https://`에서는 같은 바이트가 암호문입니다. 저장되는 것은 비밀번호의 bcrypt 해시입니다.'],
  login: ['로그인', 'JSON, 또는 OAuth 2의 비밀번호 방식(RFC 6749 §4.3.2)이 보내는 폼을 받습니다. `Content-Type`과 두 본문을 비교해 보세요. 한 주소에서 한 이름으로 1분 안에 열 번 실패하면 429이고, `Retry-After`가 언제 다시 시도할지 알려 줍니다.'],
  guest: ['닉네임만으로 들어오기', '이름 하나, 비밀번호 없음. 수업을 위한 방식입니다. 토큰을 얻는 가장 짧은 길이라 대부분의 캡처가 이 패킷으로 시작합니다.'],
  me: ['나는 누구?', '토큰이 누구를 뜻하는지 알려 줍니다. `Authorization`의 토큰은 점으로 이어진 base64url 세 부분입니다(RFC 7515). 앞의 둘을 직접 풀어 보세요. 서명되어 있을 뿐 암호화되지 않았고, 캡처한 사람은 만료될 때까지 쓸 수 있습니다.'],
  listPolls: ['투표 목록, 최신순', '토큰이 있으면 투표마다 `my_vote`를 알려 줍니다. 두 번 호출하되 두 번째에는 `ETag`를 `If-None-Match`로 보내 보세요. 304에는 본문이 없습니다. 다음 쪽은 `before=`에 이번 응답의 `next_before`를 넣으면 됩니다.'],
  createPoll: ['투표 만들기', '새 투표는 진행 중입니다. 응답의 `Location`이 그 주소입니다(RFC 9110 §15.3.2). 듣고 있는 모두가 잠시 뒤 `poll:created`를 받습니다. `websocket`으로도 필터해 보세요.'],
  getPoll: ['투표 읽기', '한 리소스의 두 가지 표현입니다. `Accept: text/csv`로도 보내고 두 응답의 `Content-Type`, `ETag`, `Vary`를 비교해 보세요. `Range: bytes=0-9`면 206으로 10바이트만 옵니다.'],
  replacePoll: ['투표 전체 바꾸기', '투표 전체를 새로 보냅니다. 빠진 것은 기본값이 되고, PATCH에서는 그대로 남는 것과 다릅니다. 만든 사람만 할 수 있습니다. 저장된 것이 보낸 바이트 그대로는 아니므로 응답에 `ETag`가 없습니다(RFC 9110 §9.3.4).'],
  changePoll: ['투표 수정, 마감, 다시 열기, 공개', '투표의 일부만 보냅니다. `{"is_active":false}`는 마감, `true`는 다시 열기, `{"hidden":false}`는 결과 공개입니다. 만든 사람만 할 수 있습니다. 듣고 있는 모두가 `poll:updated`를 받습니다. 마지막으로 읽은 `ETag`를 `If-Match`로 보내면 남의 변경을 모르고 덮어쓰는 일이 없습니다.'],
  deletePoll: ['투표와 그 표 삭제', '204에는 본문이 없어 헤더가 볼 것의 전부입니다. 만든 사람만 할 수 있습니다. 이 투표에 관한 메모는 남고 `poll_id`가 null이 됩니다. 듣고 있는 모두가 `poll:deleted`를 받습니다.'],
  vote: ['투표하기', '같은 사람의 두 번째 표는 첫 번째를 대신하고, 같은 표를 다시 던지면 아무것도 바뀌지 않습니다. 응답은 표가 디스크에 저장된 뒤에 옵니다. 듣고 있는 모두가 `vote:result`를 받습니다. 표가 쏟아질 때는 결과가 합쳐져 50 ms 이상 간격으로 옵니다.'],
  withdrawVote: ['투표 취소', '표가 없었어도 됩니다. DELETE는 멱등이라(RFC 9110 §9.2.2) 두 번째도 같은 204입니다.'],
  listMessages: ['채팅 읽기', '한 쪽 안에서는 오래된 것부터이고, `before`나 `after`가 없으면 최신 메시지입니다. 들어오고 나가는 것은 이벤트이며 메시지로 저장되지 않습니다.'],
  postMessage: ['메시지 보내기', '소켓의 이벤트 `chat:message`와 같습니다. 두 방식의 바이트를 헤더까지 세어 보세요. 듣고 있는 모두가 `chat:message_received`를 받습니다. 줄바꿈과 탭을 쓸 수 있고 CR LF는 LF가 됩니다.'],
  listMemos: ['내 메모 목록, 최신순', '언제나 자기 것만 나옵니다. 같은 URL이라도 토큰이 다르면 응답이 다르므로 `Vary`에 `Authorization`이 있습니다.'],
  createMemo: ['메모 쓰기', '줄바꿈과 탭을 쓸 수 있고 CR LF는 LF가 됩니다. `poll_id`는 어떤 투표든 가리킬 수 있습니다.'],
  getMemo: ['메모 읽기', '`ETag`를 기억해 두세요. 메모를 바꿀 때 `If-Match`에 넣는 값입니다.'],
  replaceMemo: ['메모 전체 바꾸기', '메모 전체를 새로 보냅니다. `poll_id`가 없으면 더는 어떤 투표의 메모도 아닙니다. 두 탭에서 한 메모를 바꿔 보세요. 이전 `If-Match`를 보낸 탭은 412를 받고 다시 읽어야 합니다.'],
  changeMemo: ['메모 일부 바꾸기', '빠진 것은 그대로입니다. `{"poll_id":null}`은 투표를 떼는 것이고, `poll_id`를 빼는 것과는 다릅니다.'],
  deleteMemo: ['메모 삭제', '`If-Match`를 보내면 읽은 뒤로 아무도 바꾸지 않았을 때만 지웁니다.'],
  listenOverHTTP: ['일어나는 일을 HTTP로 듣기', `\`/ws\`, \`/socket.io/\`와 같은 이벤트를 한 리소스에서 세 가지 방법으로 받아, 한 캡처에서 비교할 수 있습니다.

- \`Accept: text/event-stream\`: Server-Sent Events. 끝나지 않는 응답 하나입니다. HTTP/1.1에서는 이벤트마다 청크 하나입니다. 15초마다 주석 한 줄이 와서 서버가 살아 있음을 알립니다. 다시 연결하는 브라우저는 \`Last-Event-ID\`를 스스로 보냅니다. Wireshark는 스트림이 끝나야 이벤트로 보여 줍니다.
- 그 밖에는 곧바로 JSON: 숏 폴링입니다. \`since\`가 없으면 이벤트 없이 현재 \`seq\`만 옵니다.
- \`wait\`가 있으면 이벤트가 생길 때까지 응답을 미룹니다: 롱 폴링입니다. 요청과 응답 사이의 시간(\`http.time\`)을 보세요.

응답의 \`seq\`가 다음 \`since\`입니다. 놓친 것 가운데 더는 보관되지 않는 것이 있으면 응답에 \`"resync":true\`가 있거나 스트림에 \`resync\` 이벤트가 오고, 클라이언트는 처음부터 다시 가져옵니다.`],
  openAPI: ['이 문서', '프로그램 안에 들어 있어 다른 버전일 수 없습니다.'],
  docs: ['호출해 보기', '이 문서의 모든 호출을 보여 주고 실제로 호출하는 페이지입니다. 그 연결의 포트까지 짚는 표시 필터도 보여 줍니다. 다른 곳에서 가져오는 것은 없습니다.'],
  redoc: ['이 문서 읽기', '같은 내용을 읽고 인쇄하기 위한 페이지: 모든 호출, 데이터, 오류, 이벤트, 패킷.'],
  docsFile: ['두 페이지가 쓰는 파일', '스크립트, 스타일 시트, 아이콘, 공백을 뺀 `openapi.json`, 그리고 서비스가 실제로 있는 포트인 `ports.json`(꺼진 것은 빈 문자열). `/docs`를 두 번 열어 보세요. 두 번째에는 모두 304입니다.'],
  toThePage: ['웹 페이지로 이동', 'API 주소를 브라우저에 입력한 사람은 웹 페이지로 가게 됩니다. 302를 받은 브라우저가 8080번 포트로 두 번째 연결을 여는 것을 보세요. 두 포트가 하나이면(`-http`와 `-files`가 같으면) 여기가 바로 웹 페이지입니다.'],
  whoami: ['내 요청 보기', '서버가 본 이 요청: 연결의 양 끝, 프로토콜, TLS, 모든 헤더. 내가 보낸 패킷과 비교해 보세요. 응답의 `display_filter`는 바로 이 연결만 찾습니다.'],
  bytes: ['바이트를 원하는 만큼 받기', '정확히 `n`바이트의 텍스트. 한 줄은 64바이트이고 자기 오프셋으로 시작하므로, 세그먼트, TLS 레코드, 청크가 각각 어느 부분을 나르는지 보입니다: `tcp contains "00000640 abc"`. `chunk`가 없으면 길이를 미리 알리고, 있으면 조각이 하나씩 떠납니다. HTTP/1.1에서는 청크입니다(`http.chunk_size`).'],
  status: ['원하는 상태 코드 받기', '요청한 상태 코드로, 거기에 딸린 헤더 `Location`, `Allow`, `Retry-After`와 함께 응답합니다. 한 캡처에 모든 종류를 모은 뒤 `http.response.code >= 400`을 찾아보세요. 204, 205, 304에는 본문이 없습니다.'],
  getCookies: ['내 쿠키를 보고 하나 받기', '방문 횟수를 쿠키로 셉니다. 응답이 쿠키를 심고(`http.set_cookie`), 그 뒤의 요청마다 쿠키가 따라옵니다(`http.cookie`).'],
  setCookie: ['쿠키 심기', '원하는 이름과 값을 `max_age`초 동안. 0이면 거두어들입니다.'],
  deleteCookies: ['쿠키 거두기', '쿠키를 지우는 방법은 0초 동안 보관하도록 한 번 더 심는 것뿐입니다: `http.set_cookie contains "Max-Age=0"`.'],
  basic: ['HTTP 자체의 로그인', 'Basic 인증(RFC 7617): 사용자 `student`, 비밀번호 `wireshark`. 401을 받은 브라우저가 물어봅니다. 그때부터 보내는 것은 암호화가 아니라 base64이고, Wireshark가 풀어 줍니다: `http.authbasic`.'],
  early: ['응답 앞의 힌트와 뒤의 트레일러', '먼저 103(RFC 8297), 100 ms 뒤에 200, 그 본문 뒤에 트레일러(RFC 9110 §6.5)가 옵니다: `http.response.code == 103`, `http.chunked_trailer_part`. HTTP/1.0 클라이언트는 둘 다 받지 않습니다.'],
  openSocket: ['WebSocket 열기', `RFC 6455 §4의 핸드셰이크이고, 101 뒤로는 더 이상 HTTP가 아닙니다. 텍스트 프레임마다 JSON 객체 하나가 들어 있습니다.

- \`{"event":"chat:message","data":{"message":"Hi"},"id":7}\`를 보냅니다. 숫자나 문자열인 \`id\`는 없어도 됩니다.
- \`id\`가 있으면 \`{"event":"ack","id":7,"data":{...}}\` 또는 \`{"event":"error","id":7,"data":{"status":422,...}}\`를 받고, 없으면 오류만 돌아옵니다.
- 모두가 \`{"event":"chat:message_received","data":{...},"seq":12}\`를 받습니다. \`seq\`는 모두에게 가는 이벤트마다 커집니다.

모든 이벤트와 데이터는 이 문서의 \`x-events\`에 있습니다. 소켓은 참가하지 않고 듣기만 해도 됩니다. 무언가 하려면 \`?token=\`을 보냈거나 \`user:join\`을 보내야 하고, 그 전에는 오류 401입니다. JSON이 아니면 오류 400, 모르는 이벤트는 오류 404이며 소켓은 열려 있습니다.

서버는 25초마다 ping을 보내고 60초 동안 조용한 상대는 끊습니다. 종료 코드: 1001 서버 종료, 1002 프로토콜 오류, 1003 바이너리, 1007 UTF-8이 아님, 1008 정책, 1009 64 KiB 초과, 1013 너무 느린 수신. HTTP/1.1만 되고, HEAD와 다른 메서드는 모두 405입니다. 브라우저는 WebSocket에 헤더를 넣을 수 없어 토큰을 쿼리에 두는데, 그러면 프록시의 로그에도 남습니다.

프레임은 \`websocket\`으로 찾습니다. 브라우저가 보내는 것은 마스킹되어 있고 Wireshark는 풀어서 보여 줍니다.`],
  receivePackets: ['Socket.IO: 핸드셰이크, 롱 폴링, 업그레이드', `두 프로토콜이 겹쳐 있습니다. **Engine.IO**(4판)는 여러 HTTP 요청이나 한 WebSocket으로 세션 하나를 만들고, 도중에 앞의 것에서 뒤의 것으로 바꿉니다. **Socket.IO**(5판)는 그 메시지에 이벤트와 확인 응답을 담습니다. 브라우저에서는 \`const socket = io("http://localhost:8001", { auth: { token } })\`, \`socket.emit("chat:message", { message: "Hi" }, callback)\`입니다.

호출 하나, 쓰임 셋:

- \`sid\`가 없으면 핸드셰이크입니다. 패킷 \`0\`이 \`sid\`와, 서버가 클라이언트에게 기대하는 것을 알려 줍니다.
- \`sid\`가 있으면 롱 폴링입니다. 패킷이 생길 때까지 응답을 미룹니다. \`http.time\`을 보세요. 그동안 모인 것은 사이에 U+001E(바이트 \`1e\`)를 두고 함께 옵니다. GET과 POST는 한 번에 하나씩만 할 수 있고, 두 번째 요청은 세션을 끝냅니다.
- \`transport=websocket\`이면 RFC 6455의 핸드셰이크이고, 그때부터 프레임 하나가 패킷 하나입니다. \`sid\`가 있으면 업그레이드입니다: \`2probe\`, \`3probe\`, 기다리던 GET을 놓아주는 \`6\`, \`5\`. \`5\`까지의 패킷은 GET으로, 그 뒤는 프레임으로 옵니다. 사라지는 것도 두 번 오는 것도 없습니다.

패킷은 Engine.IO의 숫자로 시작합니다: \`0\` open, \`1\` close, \`2\` ping, \`3\` pong, \`4\` message, \`5\` upgrade, \`6\` noop. \`4\` 뒤에는 Socket.IO의 숫자가 옵니다: \`0\` CONNECT, \`1\` DISCONNECT, \`2\` EVENT, \`3\` ACK, \`4\` CONNECT_ERROR. 그 다음 응답이 필요하면 번호, 그리고 JSON입니다. 그래서 \`420["chat:message",{"message":"Hi"}]\`는 message, EVENT, 번호 0입니다. 그러면 다음이 옵니다.

- \`430[{"ok":true,"data":...}]\` 또는 \`430[{"ok":false,"error":{"status":401,"title":...,"detail":...}}]\`: 번호 0의 ACK이고, 콜백을 실행합니다. 번호 없는 이벤트는 거절될 때만 \`42["error",{...}]\`로 알려 줍니다.
- 모두에게 가는 \`42["chat:message_received",{...},"12"]\`. 마지막 인자는 텍스트로 된 seq입니다.

모든 패킷은 \`x-packets\`에, 이벤트는 \`x-events\`에 있습니다.

**누구인지**는 CONNECT에 적습니다: \`40{"token":"..."}\`. 유효하지 않은 토큰에는 CONNECT_ERROR인 \`44{"message":...,"data":{...}}\`가 돌아옵니다. 토큰 없이 듣다가 나중에 \`user:join\`으로 참가해도 됩니다. 20초 동안 어느 네임스페이스에도 없는 세션은 끝납니다.

**끊겼다가** 2분 안에 돌아오면 CONNECT에서 받은 \`pid\`와, 마지막으로 받은 이벤트의 seq를 \`offset\`으로 보냅니다. 놓친 것이 모두 보관되어 있으면 이전 \`sid\`와 놓친 이벤트를 받고(\`socket.recovered\`가 true), 아니면 새 소켓이 되어 처음부터 다시 가져옵니다.

서버는 25초마다 ping(\`2\`, 여기서는 서버가 묻습니다)을 보내고, 20초 안에 pong(\`3\`)이 없으면 세션을 끝냅니다. 다른 출처의 페이지에는 다른 곳과 같이 CORS 헤더로 알리고, 읽을 수 없는 \`Origin\`은 403입니다. 주소 하나에 세션은 최대 2,000개입니다. HTTP/1.1만 됩니다.

Wireshark에서 모두에게 가는 프레임은 \`websocket.payload.text contains "42["\`, 롱 폴링의 응답은 \`http.file_data contains "42["\`로 찾습니다. 하나에서 다른 하나로 넘어가는 모습은 한 \`sid\`의 TCP 스트림들을 따라가며 보세요.`],
  sendPackets: ['Socket.IO: 롱 폴링으로 패킷 보내기', `세션이 롱 폴링을 쓰는 동안 서버로 보내는 길입니다. 패킷 하나, 또는 사이에 U+001E(바이트 \`1e\`)를 둔 여럿입니다. \`ok\`는 모두 처리했다는 뜻이고, 그 결과는 기다리는 GET으로 옵니다. 그래서 콜백이 있는 이벤트는 여기서는 주고받기 두 번, WebSocket에서는 프레임 두 개입니다. 바이트를 비교해 보세요.

안에 JSON이 있어도 본문은 \`text/plain\`입니다. 다른 출처의 페이지에는 단순 요청이라 프리플라이트가 앞서지 않습니다. 형식이 잘못된 패킷, CONNECT 전의 이벤트, 64 KiB 초과는 세션을 끝내지만, 거절된 이벤트는 그렇지 않습니다.

클라이언트가 하는 말: \`http.request.method == "POST" && http.file_data contains "42"\`.`],
  listFiles: ['공유 파일 목록', '브라우저에는 HTML, `Accept: application/json`에는 JSON. 한 URL의 두 표현이고 `Vary`에 `Accept`가 있습니다. `Accept-Language`가 한국어를 더 좋아하면 한국어 페이지입니다.'],
  uploadForm: ['폼으로 올리기', '브라우저가 하는 방식입니다. 본문은 `multipart/form-data`(RFC 7578)이고 필드는 `file` 하나입니다. 경계 문자열이 `Content-Type`에 있습니다. 파일 앞뒤에서 다시 찾아보세요.'],
  getFile: ['파일 내려받기', '`Range`를 보내면 일부만 옵니다. 끊긴 내려받기를 이어서 할 때 이렇게 합니다. `If-None-Match`나 `If-Modified-Since`를 보내면 바뀌었을 때만 옵니다. 올라온 것은 절대 실행되지 않습니다: `Content-Security-Policy: sandbox`와 `nosniff`를 보세요. Wireshark에서는 File, Export Objects, HTTP.'],
  putFile: ['파일 올리기', '본문이 파일 그 자체이고 둘러싼 것이 없습니다. 폼과 비교해 보세요. `If-None-Match: *`는 아직 없는 파일만 저장합니다.'],
  deleteFile: ['파일 삭제', '올린 사람만 할 수 있습니다.'],
  health: ['서버는 괜찮은가?', '데이터베이스에 실제로 써서 확인합니다. 같은 포트 번호에서 UDP는 `ping hello`에 `pong hello`로 답합니다. `udp.port == 3001`로 필터해서 두 방식의 패킷 수를 세어 보세요.'],
  capture: ['서버의 트래픽을 복호화된 상태로 캡처', `\`-capture\`를 켰을 때만, 서버가 도는 컴퓨터의 프로그램에게만 줍니다. \`curl -sN http://localhost:3001/capture | wireshark -k -i -\`에는 권한도 드라이버도 키 로그도 필요 없습니다. 응답은 끝나지 않는 pcapng 파일입니다. 네 포트의 모든 TCP 연결과 UDP ping, 풀어 줄 패킷보다 앞에 놓인 TLS 비밀 값, 누가 무엇을 했는지 적은 주석(\`frame.comment\`)이 들어 있습니다.

주소, 시각, 모든 바이트와 그 순서는 실제 그대로입니다. IP와 TCP 헤더는 다시 만든 것입니다. 프로그램은 패킷이 아니라 바이트만 보기 때문입니다. 핸드셰이크, 순서 번호, 세그먼트, 확인 응답이 그렇고, 잃어버리거나 늦는 패킷은 없습니다. TCP 자체를 공부하려면 인터페이스를 캡처하세요.

이미 열려 있던 연결은 주고받은 것이 적으면 처음부터, 많으면 중간부터 나옵니다. 중간부터는 TLS와 HTTP/2를 읽을 수 없으니 캡처를 먼저 시작하세요. 너무 느리게 읽으면 마지막 패킷의 주석에 그렇다고 적고 응답을 끊습니다. 이 호출의 연결은 어느 캡처에도 없습니다. 호출 자체는 인터페이스를 캡처하면 보입니다.

다음은 403으로 거절합니다. 꺼져 있을 때, 다른 컴퓨터, localhost와 127.0.0.1과 [::1]이 아닌 \`Host\`, 웹 페이지(\`Origin\`), 프록시. 한 번에 최대 4개입니다(503).`],
  metrics: ['Prometheus용 수치', 'Prometheus 텍스트 형식의 카운터와 게이지. 몇 초마다 물어보게 되어 있어 연결이 유지됩니다. `tcp.stream`을 보세요.'],
},

events: {
  description: '예시는 8001번 포트 `/ws`의 프레임입니다. `client`는 보낼 수 있는 이벤트와 그 ack의 데이터, `everybody`는 `/api/events`와 `/socket.io/`를 포함해 듣는 모두에게 가는 것, `one`은 한 소켓에만 가는 것입니다. Socket.IO에서는 이름과 데이터가 같고 자기 패킷에 담습니다(`x-packets` 참고): `42["chat:message",{...}]`. 모두에게 가는 것은 마지막 인자가 seq입니다.',
  client: {
    'user:join': '누구인지 말합니다. 한 소켓에서는 마지막 참가가 유효합니다.', 'chat:message': '메시지를 보냅니다.',
    'vote:cast': '투표합니다. 규칙은 HTTP와 같습니다.', 
    'lab:whoami': '`GET /lab/whoami`가 요청에 대해 알려 주듯 이 소켓의 연결을 알려 줍니다. 페이지는 핸드셰이크의 헤더를, 그래서 `X-Client-Addr`도 읽을 수 없기 때문입니다. 참가하지 않아도 됩니다. 롱 폴링을 쓰는 Socket.IO에는 자기 연결이 없습니다. 거기서는 이벤트를 나른 POST의 연결이고, 업그레이드 뒤에는 WebSocket의 연결입니다.',
  },
  everybody: {
    'user:joined': '누군가 첫 소켓으로 들어왔습니다. 여럿이 한꺼번에 드나들면 이 이벤트와 `user:left`는 잠깐 모였다가 함께 나갑니다. 하나도 빠지지 않고 순서도 그대로입니다.', 'user:left': '누군가의 마지막 소켓이 닫혔습니다.', 'poll:created': '새 투표.',
    'poll:updated': '투표가 수정되었거나, 사람이나 시간에 의해 마감되었거나, 다시 열렸거나, 공개되었습니다.', 'poll:deleted': '투표가 표와 함께 사라졌습니다.',
    'vote:result': '투표의 집계. 표가 쏟아지는 동안에는 합쳐지고, 마지막 집계는 반드시 옵니다.', 'chat:message_received': '누군가 말했습니다.',
  },
  one: {
    'users:online': '참가하는 소켓에: 지금 누가 있는지.',
    resync: '`since`로 돌아온 소켓에, 놓친 것 가운데 더는 보관되지 않는 것이 있을 때: 처음부터 다시 가져오세요. Socket.IO에는 없고, 거기서는 `socket.recovered`가 false입니다.',
    ack: '`id`와 함께 보낸 것이 처리되어 디스크에 있습니다. 데이터는 클라이언트 이벤트마다 적혀 있습니다. Socket.IO에는 이를 위한 패킷이 따로 있고, 그것이 `{"ok":true,"data":...}`로 콜백을 실행합니다.',
    error: '보낸 것이 거절되었습니다. 읽을 수 있었다면 `id`가 있습니다. Socket.IO에서는 콜백이 없을 때만 오고, 콜백은 `{"ok":false,"error":...}`를 받습니다.',
  },
},

packets: {
  description: '8001번 포트 `/socket.io/`의 Socket.IO 패킷: 클라이언트의 것(`client`)과 서버의 것(`server`). `begins`는 시작하는 숫자로, Engine.IO의 숫자이고 `4` 뒤는 Socket.IO의 숫자입니다. 이어서, 있다면 네임스페이스와 쉼표(/에는 없음), 확인 응답의 번호, JSON인 `data`가 옵니다.',
  client: {
    connect: '네임스페이스 /에 CONNECT. 멤버는 모두 선택입니다: 누구인지, 어디까지 받았는지. 다른 것은 읽지 않고, 객체 자체가 없어도 됩니다.',
    event: 'EVENT: `x-events`의 `client` 이벤트 하나와 그 데이터. 숫자 뒤의 번호는 ACK를 요청합니다.', disconnect: 'DISCONNECT: 네임스페이스를 떠납니다. 세션은 계속됩니다.',
    pong: 'ping에 답합니다.', close: '세션을 끝냅니다.', probe: '업그레이드의 첫 프레임: 이 WebSocket이 끝에서 끝까지 통하는지 묻습니다.',
    upgrade: '업그레이드의 마지막 단계: 이제부터 모든 패킷이 프레임입니다.',
  },
  server: {
    open: '핸드셰이크. `maxPayload`는 바이트, 시간은 밀리초입니다.',
    connected: 'CONNECT에 대한 답. 이 `sid`는 소켓의 것이고 비밀이 아니지만 `pid`는 비밀입니다. 소켓이 복구되었으면 둘 다 이전 값입니다.',
    connect_error: 'CONNECT_ERROR: CONNECT가 거절되었습니다. `data`는 다른 곳의 오류와 같고, 모르는 네임스페이스면 message만 있습니다.',
    event: 'EVENT: `x-events`의 이름과 데이터. 모두에게 가는 것은 뒤에 텍스트로 된 seq가 있고, `users:online`과 `error`에는 없습니다.',
    ack: 'ACK: 이벤트의 번호와 콜백이 받는 것. `data`는 `x-events`에 있는 ack의 것입니다.', ping: '거기 있나요? 여기서는 서버가 묻습니다.',
    close: '세션이 끝났습니다. WebSocket은 대신 종료 프레임을 받습니다.', noop: '가져올 것이 없는 GET을 끝냅니다.', probe: '통합니다. 클라이언트는 이제 자기 GET의 응답을 기다립니다.',
  },
},

texts,
};
