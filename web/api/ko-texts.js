// What openapi.json says of parameters, answers and data, in Korean, by the English text. A text that stays as it is, such
// as the name of an RFC, is not here.

export const texts = {
  'The account is made; the token is its session.': '계정이 만들어졌고, 토큰은 그 세션입니다.',
  'The token is a new session.': '토큰은 새 세션입니다.',
  'Wrong username or password: which of the two is not told. Or a bad token was sent along.':
    '사용자 이름이나 비밀번호가 틀렸습니다. 어느 쪽인지는 알려 주지 않습니다. 또는 잘못된 토큰을 함께 보냈습니다.',
  'A new guest and the token that speaks for it. A guest who loses the token can\'t come back as the same person.':
    '새 게스트와 그를 뜻하는 토큰. 토큰을 잃은 게스트는 같은 사람으로 돌아올 수 없습니다.',
  'The user of the token.': '토큰의 사용자.',
  'Which polls.': '어떤 상태의 투표를 볼지.',
  'A page of polls.': '투표 목록의 한 쪽.',
  'One choice, until a moment': '하나만 선택, 정해진 시각까지',
  'Several choices, counts hidden while it is open': '여러 개 선택, 진행 중에는 집계 숨김',
  'The new poll.': '새 투표.',
  'The poll, or its result as a table.': '투표, 또는 표로 된 결과.',
  'Lines end in CR LF (RFC 4180). Hidden counts are empty.':
    '줄은 CR LF로 끝납니다(RFC 4180). 숨긴 집계는 비어 있습니다.',
  'Close it': '마감하기',
  'Show the counts': '집계 공개하기',
  'Take the end away': '마감 시각 없애기',
  'The poll as it is now.': '지금의 투표.',
  'The poll with your vote in it.': '내 표가 든 투표.',
  'No option, an option of another poll, one twice, several where one may be chosen, or both keys.':
    '선택지가 없거나, 다른 투표의 것이거나, 한 선택지가 두 번 있거나, 하나만 고르는 투표에 여럿이거나, 두 키가 함께 있습니다.',
  'There is no vote of yours (any more).': '내 표는 (이제) 없습니다.',
  'A page of messages.': '메시지 목록의 한 쪽.',
  'The message as everybody gets it.': '모두가 받는 그대로의 메시지.',
  'Only those about this poll.': '이 투표에 관한 것만.',
  'A page of memos.': '메모 목록의 한 쪽.',
  'The new memo.': '새 메모.',
  'The memo.': '메모.',
  'The memo as it is now.': '지금의 메모.',
  'The seq after which events are wanted; 0: all that is kept. Without it a stream begins with what comes next.':
    '이 seq 뒤의 이벤트를 받습니다. 0: 보관된 것 전부. 없으면 스트림은 다음에 오는 것부터 시작합니다.',
  'For how many seconds the answer may be held back (long polling). A stream takes no notice of it.':
    '응답을 몇 초까지 미룰 수 있는지(롱 폴링). 스트림에는 영향이 없습니다.',
  'End the stream after so many events: good for a terminal.':
    '이만큼의 이벤트 뒤에 스트림을 끝냅니다. 터미널에서 쓰기 좋습니다.',
  'Only the `poll:*` and `vote:result` of this poll.':
    '이 투표의 `poll:*`와 `vote:result`만.',
  'Where a stream goes on: the `id` of the last event that came. It goes before `since`.':
    '스트림을 이어 갈 곳: 마지막으로 온 이벤트의 `id`. `since`보다 먼저입니다.',
  'The events after `since`, or a stream of those to come.':
    '`since` 뒤의 이벤트, 또는 앞으로 올 이벤트의 스트림.',
  '`id` is the seq, `event` the name, `data` the data alone, each on a line of its own; an empty line ends the event.':
    '`id`는 seq, `event`는 이름, `data`는 데이터만이고 각각 한 줄입니다. 빈 줄이 이벤트를 끝냅니다.',
  'The server is shutting down.': '서버가 종료되는 중입니다.',
  'The page.': '페이지.',
  'The file.': '파일.',
  'The page is at `Location`.': '웹 페이지는 `Location`에 있습니다.',
  'The page is switched off (`-files=`).': '웹 페이지가 꺼져 있습니다(`-files=`).',
  'Your request, as it arrived.': '도착한 그대로의 내 요청.',
  'How many bytes a piece has, at most `n`.': '한 조각의 바이트 수, 최대 `n`.',
  'From one piece to the next, a Go duration up to 30s. It needs a `chunk`.':
    '조각과 조각 사이의 시간, Go의 duration으로 30s까지. `chunk`가 필요합니다.',
  '`n` bytes of text.': '`n`바이트의 텍스트.',
  '`n` is no integer.': '`n`이 정수가 아닙니다.',
  '`n`, `chunk` or `delay` out of range, more than 100,000 pieces, or longer than 30 seconds in all.':
    '`n`, `chunk`, `delay`가 범위를 벗어났거나, 조각이 100,000개를 넘거나, 모두 합쳐 30초를 넘습니다.',
  'A success.': '성공.',
  'A redirection.': '리다이렉션.',
  '`code` is no integer, or it is 404.': '`code`가 정수가 아니거나 404입니다.',
  '`code` is out of range, or it is 422.': '`code`가 범위를 벗어났거나 422입니다.',
  'An error of the client.': '클라이언트의 오류.',
  'An error of the server.': '서버의 오류.',
  'What came, and what was set.': '온 쿠키와 심은 쿠키.',
  'It was set.': '심었습니다.',
  'Each cookie that came was set once more.': '온 쿠키마다 한 번씩 다시 심었습니다.',
  'One for each, so none where none came.': '쿠키마다 하나, 온 것이 없으면 없습니다.',
  'You are in.': '들어왔습니다.',
  'Name and password are missing, wrong, or can\'t be read.':
    '이름과 비밀번호가 없거나 틀렸거나 읽을 수 없습니다.',
  'Early hints: what the client may load meanwhile.':
    '미리 주는 힌트: 그동안 클라이언트가 가져올 수 있는 것.',
  'The answer. Its trailers are `Content-Digest` (RFC 9530) and `Server-Timing`.':
    '응답. 트레일러는 `Content-Digest`(RFC 9530)와 `Server-Timing`입니다.',
  'The hint once more.': '같은 힌트를 한 번 더.',
  'Announces them.': '트레일러를 예고합니다.',
  'A session\'s `access_token`, at most 4096 characters. It counts as joining.':
    '세션의 `access_token`, 최대 4096자. 참가한 것이 됩니다.',
  'The last seq that you have: you get what you missed, in order and once (0: all that is kept). If something of that is no longer kept, you get `resync`.':
    '마지막으로 받은 seq: 놓친 것을 순서대로 한 번씩 받습니다(0: 보관된 것 전부). 그 가운데 더는 보관되지 않는 것이 있으면 `resync`를 받습니다.',
  '16 random bytes in base64.': '무작위 16바이트의 base64.',
  'Sent by browsers. The page\'s own origin and the machine\'s own names are welcome, others get 403; none at all is welcome, too.':
    '브라우저가 보냅니다. 웹 페이지의 출처와 이 컴퓨터의 이름은 환영하고, 다른 것은 403입니다. 없어도 환영합니다.',
  'The connection is a WebSocket now.': '연결이 이제 WebSocket입니다.',
  'The protocol that is spoken from here on.': '이제부터 쓰는 프로토콜.',
  'Says that `Upgrade` is about this connection alone.':
    '`Upgrade`가 이 연결에만 관한 것임을 말합니다.',
  'SHA-1 of the key and a fixed GUID, in base64: proof that the server has understood.':
    '키와 고정된 GUID의 SHA-1을 base64로 쓴 것: 서버가 알아들었다는 증거.',
  'Not a handshake of RFC 6455 §4.2.1, or a malformed query.':
    'RFC 6455 §4.2.1의 핸드셰이크가 아니거나, 쿼리의 형식이 잘못되었습니다.',
  'The token in the query is not valid.': '쿼리의 토큰이 유효하지 않습니다.',
  'The page\'s `Origin` may not connect; see `-origins`.':
    '페이지의 `Origin`은 연결할 수 없습니다. `-origins`를 보세요.',
  '`since` is no integer, or out of range.': '`since`가 정수가 아니거나 범위를 벗어났습니다.',
  'The revision of Engine.IO.': 'Engine.IO의 판.',
  'What carries the packets.': '패킷을 나르는 것.',
  'Clients make each URL another one, against caches. It is not read.':
    '클라이언트가 캐시를 피하려고 URL마다 다르게 하는 값. 서버는 읽지 않습니다.',
  'The session, from the handshake. It is as secret as a password: who knows it can speak and hear in your name.':
    '핸드셰이크에서 받은 세션. 비밀번호만큼 비밀입니다. 아는 사람은 그 이름으로 말하고 들을 수 있습니다.',
  'The connection is a WebSocket now. Without a `sid` its first frame is the packet `0`, with one the client begins, with `2probe`.':
    '연결이 이제 WebSocket입니다. `sid`가 없으면 첫 프레임이 패킷 `0`이고, 있으면 클라이언트가 `2probe`로 시작합니다.',
  'Packets: the one of the handshake, or those that waited or were waited for.':
    '패킷: 핸드셰이크의 하나, 또는 기다리고 있던 것이나 기다린 것.',
  'Refused. A malformed query, no handshake of RFC 6455, and a second GET of one session are all a `Bad request`.':
    '거절. 형식이 잘못된 쿼리, RFC 6455의 핸드셰이크가 아닌 것, 한 세션의 두 번째 GET은 모두 `Bad request`입니다.',
  'Which one would do, for what is no handshake of it.': '핸드셰이크가 아닌 것에: 어느 판이면 되는지.',
  'Shutting down.': '종료되는 중입니다.',
  'The session, from the handshake.': '핸드셰이크에서 받은 세션.',
  'At most 65536 bytes (`maxPayload` of the handshake), in UTF-8. Another `Content-Type` is not refused.':
    'UTF-8로 최대 65536바이트(핸드셰이크의 `maxPayload`). 다른 `Content-Type`도 거절하지 않습니다.',
  'All packets have been worked on.': '모든 패킷을 처리했습니다.',
  'Refused. A malformed packet or query and a second POST of one session are all a `Bad request`.':
    '거절. 형식이 잘못된 패킷이나 쿼리, 한 세션의 두 번째 POST는 모두 `Bad request`입니다.',
  'More than 65536 bytes; the session is ended.': '65536바이트를 넘었고, 세션은 끝났습니다.',
  '`ko` or `en`.': '`ko` 또는 `en`.',
  'What is there, and what is not.': '있는 것과 없는 것.',
  'The language of the answer.': '응답의 언어.',
  'A teacher has removed you.': '교사가 내보냈습니다.',
  'Over 32 MiB, packed or unpacked.': '압축한 크기나 푼 크기가 32 MiB를 넘습니다.',
  'It can\'t be read: `capture_unknown` is no capture, `capture_cut` and `capture_broken` name the packet, `capture_packets` has too many, `capture_slow` takes longer than 5 s, with `capture_unread` the reader broke off.':
    '읽을 수 없습니다. `capture_unknown`은 캡처가 아니고, `capture_cut`과 `capture_broken`은 패킷 번호를 알려 주며, `capture_packets`는 패킷이 너무 많고, `capture_slow`는 5초 넘게 걸리고, `capture_unread`는 읽다가 중단된 것입니다.',
  'Other captures are being read.': '다른 캡처를 읽는 중입니다.',
  'Of all packets, as they were on the wire.': '네트워크를 지날 때의 모든 패킷의 크기.',
  'From the first packet to the last.': '첫 패킷부터 마지막 패킷까지.',
  'What the packets begin with.': '패킷의 맨 앞에 있는 것(링크 유형).',
  'Of OSI\'s seven.': 'OSI 일곱 계층 가운데 하나.',
  'For people.': '사람이 읽는 말.',
  'For programs: it stays the same.': '프로그램이 쓰는 값. 바뀌지 않습니다.',
  'Where: the numbers of the first ones.': '보이는 곳: 처음 몇 패킷의 번호.',
  'Which makes it: `pollwire lab` and this name.': '이것을 만드는 실습: `pollwire lab` 뒤에 이 이름.',
  'All files, by name.': '모든 파일, 이름순.',
  'Your file of this name was replaced.': '같은 이름의 내 파일을 바꾸었습니다.',
  'The file is new.': '새 파일입니다.',
  'The form is malformed, or did not arrive whole.': '폼의 형식이 잘못되었거나 다 도착하지 않았습니다.',
  'Somebody else has put a file of this name, and you are no teacher; or it was not put over HTTP.':
    '이 이름의 파일을 다른 사람이 올렸고 교사가 아닙니다. 또는 HTTP로 올린 것이 아닙니다.',
  'A file is there whose name differs only in case: on many systems that would be the same file.':
    '대소문자만 다른 이름의 파일이 있습니다. 많은 시스템에서 같은 파일이 됩니다.',
  'Over 32 MiB, or the folder would have more than 1 GiB.':
    '32 MiB를 넘거나, 폴더가 1 GiB를 넘게 됩니다.',
  'The body is no form, or is compressed.': '본문이 폼이 아니거나 압축되어 있습니다.',
  'A name that a PC of some system could not store, or a form without a file.':
    '어떤 시스템의 PC에서는 저장할 수 없는 이름이거나, 파일이 없는 폼입니다.',
  'Eight uploads of yours are running, or 30 have begun within a minute.': '내 업로드 여덟 개가 진행 중이거나, 1분 안에 30개를 시작했습니다.',
  'One person may make 10 polls in a minute.': '한 사람은 1분에 투표 10개까지 만들 수 있습니다.',
  'One person may change polls 300 times in a minute.': '한 사람은 1분에 투표를 300번까지 고칠 수 있습니다.',
  '1 to 255 bytes in UTF-8 that every system can store, in Normalization Form C: however a file\'s name is spelt, it is found.':
    '모든 시스템이 저장할 수 있는, UTF-8로 1~255바이트.',
  'The server may not open it.': '서버가 열 수 없는 파일입니다.',
  'No file has this name.': '이 이름의 파일이 없습니다.',
  '`*`: only if there is no such file.': '`*`: 그런 파일이 없을 때만.',
  'A `Content-Range`, or the body did not arrive whole.':
    '`Content-Range`가 있거나, 본문이 다 도착하지 않았습니다.',
  'The body is compressed.': '본문이 압축되어 있습니다.',
  'Somebody else has put it, and you are no teacher; or it was not put over HTTP.':
    '다른 사람이 올렸고 교사가 아닙니다. 또는 HTTP로 올린 것이 아닙니다.',
  'It is.': '괜찮습니다.',
  'The database can\'t be written.': '데이터베이스에 쓸 수 없습니다.',
  'One line for each number.': '수치마다 한 줄.',
  'A session\'s `access_token`.': '세션의 `access_token`.',
  'Where guests are on: come in with a name alone.': '게스트가 켜져 있을 때: 이름만으로 들어옵니다.',
  'That of the socket that was lost.': '잃어버린 소켓의 pid.',
  'The seq of the last event that it got.': '마지막으로 받은 이벤트의 seq.',
  'Empty where it is one already.': '이미 WebSocket이면 비어 있습니다.',
  'From a pong to the next ping.': 'pong에서 다음 ping까지.',
  'For the pong.': 'pong을 기다리는 시간.',
  'Of a POST, or of a frame.': 'POST 하나, 또는 프레임 하나의.',
  'The `access_token` of a session. HS256 (RFC 7515), valid for a day by default.':
    '세션의 `access_token`. HS256(RFC 7515), 기본으로 하루 동안 유효합니다.',
  'Only for `/lab/basic`: student, wireshark.':
    '`/lab/basic`에만: student, wireshark.',
  'How many at most.': '최대 몇 개까지 볼지.',
  'Only those older than this id, the nearest to it. Not together with `after`.':
    '이 id보다 오래된 것만, 가장 가까운 것부터. `after`와 함께 쓸 수 없습니다.',
  'Only those newer than this id, the nearest to it. Not together with `before`.':
    '이 id보다 새로운 것만, 가장 가까운 것부터. `before`와 함께 쓸 수 없습니다.',
  'The `ETag` that you have read; if it is another one meanwhile, nothing is done (412). RFC 9110 §13.1.1.':
    '내가 읽은 `ETag`. 그사이 다른 것이 되었으면 아무것도 하지 않습니다(412). RFC 9110 §13.1.1.',
  'The `ETag` that you have; if it is still the same, the answer is a 304 without a body. RFC 9110 §13.1.2.':
    '내가 가진 `ETag`. 아직 같으면 응답은 본문 없는 304입니다. RFC 9110 §13.1.2.',
  'A part of the body, such as `bytes=0-9`. RFC 9110 §14.2.':
    '본문의 일부, 예: `bytes=0-9`. RFC 9110 §14.2.',
  'Your end of the connection as the server saw it: `tcp.port ==` its number shows just this connection.':
    '서버가 본 내 쪽 끝점: `tcp.port ==` 뒤에 그 번호를 쓰면 바로 이 연결만 보입니다.',
  'Names this very body (RFC 9110 §8.8.3); a strong one.':
    '바로 이 본문의 이름(RFC 9110 §8.8.3). 강한 검증자입니다.',
  'Where it is.': '있는 곳.',
  'In how many seconds another try makes sense.': '몇 초 뒤에 다시 해 볼 만한지.',
  'How to do better (RFC 9110 §11.6.1).': '어떻게 하면 되는지(RFC 9110 §11.6.1).',
  'Which bytes of how many.': '전체 가운데 어느 바이트인지.',
  'When the file was put.': '파일이 올라온 시각.',
  'A session.': '세션.',
  'It is gone.': '없어졌습니다.',
  'You have it already (`If-None-Match`).': '이미 가지고 있습니다(`If-None-Match`).',
  'The part that `Range` asked for; of several parts a `multipart/byteranges`.':
    '`Range`가 요청한 부분. 여러 부분이면 `multipart/byteranges`.',
  'Which bytes of how many; of several parts it stands in each part.':
    '전체 가운데 어느 바이트인지. 여러 부분이면 각 부분에 있습니다.',
  'Of a file.': '파일일 때.',
  'The `Range` lies outside.': '`Range`가 범위 밖입니다.',
  'The body is missing, no JSON, or has an unknown key, a wrong type, or null where null has no meaning.':
    '본문이 없거나 JSON이 아니거나, 모르는 키, 잘못된 타입, 뜻이 없는 자리의 null이 있습니다.',
  'The query can\'t be read.': '쿼리를 읽을 수 없습니다.',
  'No token, or one that is not valid or has expired.': '토큰이 없거나, 유효하지 않거나, 만료되었습니다.',
  'None is needed, but the token that was sent is not valid, and its owner should know.':
    '토큰이 필요 없는 호출이지만 보낸 토큰이 유효하지 않으므로 주인에게 알립니다.',
  'It is not yours, and you are no teacher; or the teacher has removed you (`removed`).':
    '내 것이 아니고 교사도 아닙니다. 또는 교사가 내보냈습니다(`removed`).',
  'No poll has this id, or it is no positive integer.': '이 id의 투표가 없거나, 양의 정수가 아닙니다.',
  'No memo of yours has this id. Another person\'s memo is a 404 too, so that nobody learns that it is there.':
    '이 id의 내 메모가 없습니다. 다른 사람의 메모도 404라서 있는지조차 알 수 없습니다.',
  'It is not there.': '없습니다.',
  'The poll is closed.': '마감된 투표입니다.',
  'Somebody has voted, so the options can\'t change and `multiple` can\'t be taken back; or it would be reopened while `ends_at` has passed.':
    '누군가 투표했으므로 선택지를 바꾸거나 `multiple`을 거둘 수 없습니다. 또는 `ends_at`이 지난 투표를 다시 열려 했습니다.',
  'Not as things are now.': '지금 상태로는 할 수 없습니다.',
  '`If-Match` names another version: it was changed meanwhile.':
    '`If-Match`가 다른 버전을 가리킵니다. 그사이 바뀌었습니다.',
  'The body has more than 64 KiB.': '본문이 64 KiB를 넘습니다.',
  'The body has no content type or another one, is compressed, or not in UTF-8.':
    '본문에 Content-Type이 없거나 다른 것이거나, 압축되었거나, UTF-8이 아닙니다.',
  'Values that are missing or out of their limits, all of them named.':
    '빠졌거나 한도를 벗어난 값. 모두 이름을 알려 줍니다.',
  'Values of the query that are out of their limits, all of them named; nothing is cut to fit.':
    '한도를 벗어난 쿼리의 값. 모두 이름을 알려 주고, 맞춰 자르지 않습니다.',
  'The page\'s `Origin` may not connect (see `-origins`), or its address has 2,000 sessions already.':
    '페이지의 `Origin`은 연결할 수 없거나(`-origins` 참고), 그 주소에 세션이 이미 2,000개 있습니다.',
  'Not a WebSocket handshake, or of another version than 13.':
    'WebSocket 핸드셰이크가 아니거나 13이 아닌 버전입니다.',
  'Which one would do.': '어느 것이면 되는지.',
  'Too many in too short a time.': '너무 짧은 시간에 너무 많습니다.',
  'Shutting down, overloaded, or the database can\'t be written.':
    '종료 중이거나, 과부하이거나, 데이터베이스에 쓸 수 없습니다.',
  'A positive integer. The id of what is deleted never comes back.':
    '양의 정수. 삭제된 것의 id는 다시 나오지 않습니다.',
  'RFC 3339 in UTC with milliseconds.': '밀리초까지의 UTC RFC 3339.',
  'Rises with each event that goes to everybody, across restarts too.':
    '모두에게 가는 이벤트마다 커지며, 서버를 다시 시작해도 이어집니다.',
  'Null for a guest.': '게스트는 null.',
  'A user as others see it.': '다른 사람이 보는 사용자 정보.',
  'A user and a token that speaks for it.': '사용자와 그를 뜻하는 토큰.',
  'A JSON Web Token, HS256: send it as `Authorization: Bearer ...`.':
    'JSON Web Token, HS256: `Authorization: Bearer ...`로 보냅니다.',
  'Seconds.': '초.',
  'Letters, marks, digits and `_` of any script. Found without regard to case, to how its accents are spelt and to what can\'t be seen.':
    '모든 문자 체계의 글자, 결합 부호, 숫자와 `_`. 대소문자, 조합형과 완성형, 보이지 않는 문자를 가리지 않고 찾습니다.',
  '8 to 72 bytes in UTF-8, in Normalization Form C, otherwise taken as it comes. (Two characters may have eight bytes; 72 never have fewer than 72.)':
    'NFC의 UTF-8로 8~72바이트, 그 밖에는 온 그대로 씁니다. (두 글자가 8바이트일 수 있고, 72글자는 72바이트보다 적을 수 없습니다.)',
  'What others see. By default the username; need not be unique.':
    '다른 사람에게 보이는 이름. 기본은 사용자 이름이고, 겹쳐도 됩니다.',
  'What others see. Need not be unique.': '다른 사람에게 보이는 이름. 겹쳐도 됩니다.',
  'Further fields are passed over.': '다른 필드는 무시합니다.',
  'A poll as one person sees it.': '한 사람이 보는 투표.',
  'Several options may be chosen.': '여러 선택지를 고를 수 있습니다.',
  'The counts are kept from everybody while the poll is active.':
    '투표가 진행 중일 때는 집계를 모두에게 숨깁니다.',
  'All votes; of one person there may be several where `multiple` is true.':
    '모든 표. `multiple`이 true이면 한 사람의 표가 여럿일 수 있습니다.',
  'People who have voted.': '투표한 사람 수.',
  'Votes are taken. False after `ends_at`, too.':
    '투표를 받고 있습니다. `ends_at`이 지나도 false입니다.',
  'When it closes by itself.': '스스로 마감되는 시각.',
  'A poll as everybody gets it in events: the same without `my_vote`.':
    '이벤트로 모두가 받는 투표: `my_vote`만 없습니다.',
  'Null while the counts are hidden.': '집계를 숨기는 동안은 null.',
  'Of this status, on all pages.': '이 상태의 투표 전체, 모든 쪽을 합쳐서.',
  '`before` of the next page; null when there is nothing older.':
    '다음 쪽의 `before`. 더 오래된 것이 없으면 null.',
  'One line.': '한 줄.',
  'May have several lines.': '여러 줄일 수 있습니다.',
  'Distinct texts; upper and lower case count, what can\'t be seen does not.':
    '서로 다른 텍스트. 대소문자는 구별하고, 보이지 않는 문자는 구별하지 않습니다.',
  'Keep the counts from everybody while the poll is active.': '투표가 진행 중일 때 집계를 모두에게 숨깁니다.',
  'When it closes by itself, RFC 3339 with any offset; null: never. The past is a 422.':
    '스스로 마감되는 시각, 오프셋은 자유인 RFC 3339. null: 마감 없음. 과거면 422입니다.',
  'Options may change, and `multiple` be taken back, only while nobody has voted. An unchanged list of options keeps its ids.':
    '선택지를 바꾸거나 `multiple`을 거두는 것은 아무도 투표하지 않았을 때만 됩니다. 선택지 목록이 그대로면 id도 그대로입니다.',
  'False closes.': 'false면 마감합니다.',
  'What is left out stays as it is.': '빠진 것은 그대로입니다.',
  'Can\'t be taken back once somebody has voted.': '누군가 투표한 뒤에는 거둘 수 없습니다.',
  'False reveals the counts, true hides them again.': 'false면 집계를 공개하고, true면 다시 숨깁니다.',
  'False closes, true reopens.': 'false면 마감하고, true면 다시 엽니다.',
  'Several only where the poll is `multiple`.': '투표가 `multiple`일 때만 여러 개.',
  'The counts of a poll.': '투표의 집계.',
  '`system`: said by the server, no user.': '`system`: 서버가 한 말, 사용자 없음.',
  'The poll it is about; null for none, or when that was deleted.':
    '무엇에 관한 메모인지. 없거나 그 투표가 삭제되었으면 null.',
  'A poll that is there, or a 422; null: none.': '있는 투표여야 하고 아니면 422. null: 없음.',
  'Null takes the poll away.': 'null이면 투표를 뗍니다.',
  'Somebody came or went. Presence counts people, not sockets.':
    '누군가 왔거나 갔습니다. 소켓이 아니라 사람을 셉니다.',
  'People who are here now.': '지금 여기 있는 사람 수.',
  'The next `since`.': '다음 `since`.',
  'Something was missed that is no longer kept: fetch afresh. Left out otherwise.':
    '놓친 것 가운데 더는 보관되지 않는 것이 있습니다: 처음부터 다시 가져오세요. 아니면 빠져 있습니다.',
  'What everybody gets. On a socket the order of the keys is `event`, `data`, `seq`.':
    '모두가 받는 것. 소켓에서 키의 순서는 `event`, `data`, `seq`입니다.',
  '`HTTP/1.0`, `HTTP/1.1` or `HTTP/2.0`.':
    '`HTTP/1.0`, `HTTP/1.1` 또는 `HTTP/2.0`.',
  'Null: everybody on the way can read along.': 'null: 중간에 있는 누구나 읽을 수 있습니다.',
  'Empty where none was needed.': '필요 없었으면 비어 있습니다.',
  '`websocket`, or the version of HTTP where the event came by long-polling.':
    '`websocket`, 또는 이벤트가 롱 폴링으로 왔을 때는 HTTP의 버전.',
  'Bytes.': '바이트.',
  'Whole seconds.': '초 단위 정수.',
  'Open now: of `/ws`, and sessions of Socket.IO.': '지금 열린 것: `/ws` 소켓과 Socket.IO 세션.',
  'The reason phrase of the status.': '상태 코드의 이름.',
  'For people.': '사람을 위한 설명.',
  'In a 422: all that is wrong, not only the first.': '422에서: 첫 번째만이 아니라 잘못된 것 전부.',
  'What Engine.IO has instead of a problem.': 'problem 대신 Engine.IO가 쓰는 것.',
  '0 unknown transport, 1 unknown session, 2 a handshake that is no GET, 3 bad request, 4 forbidden, 5 another revision.':
    '0 모르는 전송 방식, 1 모르는 세션, 2 GET이 아닌 핸드셰이크, 3 잘못된 요청, 4 금지, 5 다른 판.',
  'Packets of Engine.IO, with U+001E between them; it can\'t be part of one, for JSON escapes it. A `b` begins a binary packet, in base64.':
    '사이에 U+001E를 둔 Engine.IO 패킷들. JSON이 이스케이프하므로 패킷 안에는 나올 수 없습니다. `b`로 시작하면 base64로 된 바이너리 패킷입니다.',
  '`title`, or `options[2]` in a list.': '`title`, 또는 목록에서는 `options[2]`.',
  'A name for the file.': '파일 이름.',
  'A pcapng file (draft-ietf-opsawg-pcapng) that grows until one of both ends it.': '어느 한쪽이 끝낼 때까지 커지는 pcapng 파일(draft-ietf-opsawg-pcapng).',
  'End after so many.': '이만큼 지나면 끝낸다.',
  'Four are running already, or the server stops.': '이미 네 개가 진행 중이거나, 서버가 끝나는 중이다.',
  'It is off, or asked for by another machine, a page or a proxy.': '꺼져 있거나, 다른 컴퓨터, 웹 페이지, 프록시가 요청했다.',
  'For programs, which may have words of their own for it. It stays when `detail` is worded anew. Only a problem of `/lab/status/` that was asked for has none.': '프로그램을 위한 이름으로, 프로그램은 이를 제 나름의 말로 보여 줄 수 있다. `detail`의 표현이 바뀌어도 그대로다. `/lab/status/`에 일부러 요청한 문제에만 없다.',
  'The values that `detail` speaks of, by their names; `retry_after` is in seconds.': '`detail`에 나오는 값들과 그 이름. `retry_after`는 초 단위다.',
  '1 where something is right and nothing else is said.': '정답이 있는데 따로 정하지 않으면 1.',
  '8 to 72 bytes in UTF-8.': 'UTF-8로 8~72바이트.',
  'A guest has no password (`guests_have_none`).': '게스트는 비밀번호가 없습니다(`guests_have_none`).',
  'A new teacher and the token that speaks for it.': '새 교사와 그를 뜻하는 토큰.',
  'A page of ballots.': '표 목록의 한 쪽.',
  'A page of people.': '사람 목록의 한 쪽.',
  'A poll as `POST /api/polls` takes it; with `id` a part of one that exists.':
    '`POST /api/polls`가 받는 것과 같은 투표. `id`가 있으면 이미 있는 투표의 일부.',
  'A student may do this 10 times in a minute.': '학생은 1분에 10번까지 할 수 있습니다.',
  'A user as the user and the teacher see it.': '본인과 교사가 보는 사용자 정보.',
  'Another name for who asks, or that of somebody new: otherwise `Teacher`.':
    '요청한 사람의 새 이름, 또는 새로 들어오는 사람의 이름. 새 사람인데 없으면 `Teacher`.',
  'At most 2,000, no name twice.': '최대 2,000명, 같은 이름이 두 번 있으면 안 됩니다.',
  'Case does not count.': '대소문자를 가리지 않습니다.',
  'Empty where numbers or texts are asked for.': '수나 글로 답하는 투표면 비어 있습니다.',
  'False: only teachers make polls.': 'false면 교사만 투표를 만듭니다.',
  'For teachers only (`teachers_only`).': '교사만 할 수 있습니다(`teachers_only`).',
  'From now on the new one counts.': '이제부터 새 비밀번호를 씁니다.',
  'Guests are switched off on this server (`-guests=false`), or it is locked (`class_locked`), or the roster does not have the name or the code (`not_on_roster`, `wrong_code`), or your token is of somebody who was removed (`removed`).':
    '이 서버에서는 게스트가 꺼져 있거나(`-guests=false`), 수업이 잠겨 있거나(`class_locked`), 출석부에 그 이름이나 코드가 없거나(`not_on_roster`, `wrong_code`), 내보낸 사람의 토큰입니다(`removed`).',
  'Has a socket that has joined.': '참가한 소켓이 있습니다.',
  'How long it stays open once opened.': '열린 뒤 얼마 동안 열려 있는지(초).',
  'How many different answers there are.': '서로 다른 답의 수.',
  'In how many polls.': '몇 개의 투표에 참여했는지.',
  'In the order of the lesson.': '수업 순서대로.',
  'It is a new class.': '새 수업이 시작되었습니다.',
  'It is locked (`class_locked`), or the roster does not have the name or the code (`not_on_roster`, `wrong_code`), or your token is of somebody who was removed (`removed`).':
    '수업이 잠겨 있거나(`class_locked`), 출석부에 그 이름이나 코드가 없거나(`not_on_roster`, `wrong_code`), 내보낸 사람의 토큰입니다(`removed`).',
  'May do nothing.': '아무것도 할 수 없습니다.',
  'May not chat.': '채팅할 수 없습니다.',
  'No message has this id, or it is no positive integer.':
    '이 id의 메시지가 없거나, 양의 정수가 아닙니다.',
  'Nobody but its maker and teachers sees a draft. False opens it, once and for all.':
    '초안은 만든 사람과 교사만 봅니다. false면 엽니다. 한번 열면 되돌릴 수 없습니다.',
  'Nobody has this id, or it is no positive integer.':
    '이 id의 사람이 없거나, 양의 정수가 아닙니다.',
  'Nobody holds this name, or it is not on the roster.':
    '이 이름으로 들어온 사람이 없거나, 출석부에 없는 이름입니다.',
  'Nobody new gets in.': '새로 들어올 수 없습니다.',
  'Nothing of it is left.': '하나도 남지 않았습니다.',
  'Null where nothing is right.': '정답이 없는 투표면 null.',
  'Numbers and texts take no options.': '수나 글로 답하는 투표에는 선택지가 없습니다.',
  'Of `voters`, one decimal, half up; 0 when there are none. Null while the counts are hidden.':
    '`voters`에 대한 비율, 소수 첫째 자리까지 반올림, 투표한 사람이 없으면 0. 집계를 숨기는 동안은 null.',
  'Of a number or a text.': '수나 글로 답하는 투표의 정답.',
  'Of numbers and texts, the most frequent first. Null while they are hidden.':
    '수와 글로 받은 답, 많은 것부터. 숨기는 동안은 null.',
  'One key: an option, several, a number or a text, by the kind of the poll.':
    '키 하나: 투표의 종류에 따라 선택지 하나, 여러 개, 수, 글.',
  'One person may say 20 messages in 10 s; where the chat is slow (`chat_slow`) one in 15 s.':
    '한 사람은 10초에 메시지 20개까지, 채팅이 느린 모드이면(`chat_slow`) 15초에 하나까지 보낼 수 있습니다.',
  'Only a teacher may (`teachers_only`).': '교사만 할 수 있습니다(`teachers_only`).',
  'Only teachers make polls in this class (`student_polls_off`), or you were removed (`removed`).':
    '이 수업에서는 교사만 투표를 만들거나(`student_polls_off`), 교사가 나를 내보냈습니다(`removed`).',
  'Only where an option is; to its maker and teachers at any time, to everybody once the poll is closed.':
    '정답인 선택지가 있을 때만. 만든 사람과 교사에게는 언제나, 모두에게는 마감된 뒤에 보입니다.',
  'Only where the teacher has stopped this user from chatting.':
    '교사가 이 사용자의 채팅을 막았을 때만 있습니다.',
  'People come in by a name on the roster.': '출석부에 있는 이름으로 들어옵니다.',
  'People who are here.': '지금 접속한 사람 수.',
  'People who have ever come in.': '지금까지 들어온 사람 수.',
  'Points that can be had.': '얻을 수 있는 점수.',
  'Right is each of these; case and white space don\'t count.':
    '이 가운데 어느 것이든 정답입니다. 대소문자와 공백은 가리지 않습니다.',
  'Right is what is no further than `tolerance` from `value`.':
    '`value`와의 차이가 `tolerance` 이하이면 정답입니다.',
  'Shown once the poll is closed.': '마감된 뒤에 보입니다.',
  'Somebody as the teacher sees it.': '교사가 보는 사람 정보.',
  'Somebody else said it (`message_of_another`).': '다른 사람이 쓴 메시지입니다(`message_of_another`).',
  'Somebody has come by this name of the roster (`name_held`).':
    '출석부의 이 이름으로 이미 들어온 사람이 있습니다(`name_held`).',
  'Teachers can\'t remove themselves (`removes_oneself`), and nobody comes back whose name on the roster was freed and is somebody else\'s now (`name_held`).':
    '교사가 자신을 내보낼 수는 없고(`removes_oneself`), 출석부의 이름이 풀려 이미 다른 사람이 쓰고 있으면 다시 들일 수 없습니다(`name_held`).',
  'The ids of the plan as you know it. If it is another by now, the answer is a 409 (`plan_changed`), and what another teacher has done is not undone unseen.':
    '지금 알고 있는 수업 계획의 번호들. 그사이 계획이 바뀌었으면 409(`plan_changed`)를 받고, 다른 교사가 한 일이 모르는 사이에 되돌려지지 않습니다.',
  'There is a roster, which knows you by your name (`names_of_roster`), or you were removed (`removed`).':
    '출석부가 있어 이름으로 사람을 알아보거나(`names_of_roster`), 내보낸 사람의 토큰입니다(`removed`).',
  'Ten codes for this name from this address were wrong within a minute.':
    '이 주소에서 이 이름의 코드를 1분 안에 열 번 틀렸습니다.',
  'Ten keys from this address were wrong within a minute. Who asks from the server\'s own machine never has to wait.':
    '이 주소에서 키를 1분 안에 열 번 틀렸습니다. 서버가 도는 컴퓨터에서 요청하면 기다릴 일이 없습니다.',
  'Ten tries for this name from this address were wrong within a minute.':
    '이 주소에서 이 이름으로 1분 안에 열 번 틀렸습니다.',
  'The chat is off (`chat_off`), or the teacher has muted (`muted`) or removed you (`removed`).':
    '채팅이 꺼져 있거나(`chat_off`), 교사가 내 채팅을 막았거나(`muted`) 나를 내보냈습니다(`removed`).',
  'The class as it is now.': '지금의 수업.',
  'The class.': '수업.',
  'The file beside the database that has the class as it was.':
    '데이터베이스 옆에 있는, 이전 수업이 그대로 든 파일.',
  'The message is gone.': '메시지가 없어졌습니다.',
  'The old password is another one (`wrong_password`).': '지금 비밀번호가 틀립니다(`wrong_password`).',
  'The person as it is now.': '지금의 그 사람.',
  'The plan as a teacher sees it.': '교사가 보는 수업 계획.',
  'The plan as it is now.': '지금의 수업 계획.',
  'The poll is not named (`not_named`).': '이름을 밝히지 않는 투표입니다(`not_named`).',
  'The poll that the class looks at.': '수업이 지금 보는 투표.',
  'The poll.': '투표.',
  'The roster as it is now.': '지금의 출석부.',
  'The roster.': '출석부.',
  'The scores.': '점수.',
  'The teacher has removed you from the class: every call with your token is refused.':
    '교사가 수업에서 내보냈습니다. 이 토큰을 쓰는 호출은 모두 거절됩니다.',
  'The teacher key, as the server tells it when it starts, and `pollwire teacher`. Letter case, dashes and spaces don\'t count.':
    '서버가 시작할 때와 `pollwire teacher`가 알려 주는 교사 키. 대소문자, 붙임표, 공백은 가리지 않습니다.',
  'The user of the token, who teaches now.': '토큰의 사용자, 이제 교사입니다.',
  'The user with the new name.': '새 이름의 사용자.',
  'The username is taken, or the name of the roster (`name_held`). Upper and lower case are the same name, and so are names that look the same because what differs can\'t be seen.':
    '이미 쓰이는 사용자 이름이거나, 출석부의 그 이름으로 이미 들어온 사람이 있습니다(`name_held`). 대소문자만 다른 이름은 같은 이름이고, 보이지 않는 문자만 다른 이름도 같은 이름입니다.',
  'This is not the teacher key (`wrong_key`).': '교사 키가 아닙니다(`wrong_key`).',
  'True: the teacher sees who chose what.': 'true면 누가 무엇을 골랐는지 교사가 봅니다.',
  'What others see.': '다른 사람에게 보이는 이름.',
  'What somebody chose: one of three keys, by the kind of the poll.':
    '누군가 고른 것: 투표의 종류에 따라 세 키 가운데 하나.',
  'What was voted before a poll was opened once more.': '다시 투표하기 전의 결과.',
  'What was voted before; not while it is hidden.': '이전 투표의 결과. 숨기는 동안에는 없습니다.',
  'Where the roster has one for this name.': '출석부의 이 이름에 코드가 있을 때.',
  'Whether the teacher sees who chose what. Can\'t change once somebody has voted; polls with points are named.':
    '누가 무엇을 골랐는지 교사가 보는지. 누군가 투표한 뒤에는 바꿀 수 없습니다. 점수가 있는 투표는 언제나 true입니다.',
  'Who calls himself professor can be told from who is.':
    '스스로 교수라고 하는 사람과 진짜 교사를 구별할 수 있습니다.',
  'Who has come by this name.': '이 이름으로 들어온 사람.',
  'Your own ballot: options, the number or the text; null if there is none, or no token.':
    '내 표: 선택지, 수, 또는 글. 표가 없거나 토큰이 없으면 null.',
  '`before` of the next page; null when there is nobody older.':
    '다음 쪽의 `before`. 더 먼저 들어온 사람이 없으면 null.',
  '`slow` is a message in 15 s for each student.': '`slow`면 학생마다 15초에 메시지 하나.',
  'A page of results.': '결과 목록의 한 쪽.',
  'All of them.': '모든 과제.',
  'How many answers are asked for.': '답해야 하는 질문의 수.',
  'How many runs each student may have; 0: any number.': '학생마다 시도할 수 있는 횟수. 0이면 제한이 없습니다.',
  'It is not open (`exercise_not_open`), or you were removed (`removed`).':
    '과제가 열려 있지 않거나(`exercise_not_open`) 수업에서 내보내졌습니다(`removed`).',
  'It is past due (`past_due`).': '마감이 지났습니다(`past_due`).',
  'It is the run of somebody else (`run_of_another`), or the exercise is not open (`exercise_not_open`).':
    '다른 사람의 시도이거나(`run_of_another`) 과제가 열려 있지 않습니다(`exercise_not_open`).',
  'It is the run of somebody else (`run_of_another`).': '다른 사람의 시도입니다(`run_of_another`).',
  'It must be `multipart/form-data`.': '`multipart/form-data`여야 합니다.',
  'From which the values are drawn, in hex: for what plays the run.': '값을 뽑는 씨앗, 16진수. 시도를 실행하는 프로그램에 필요합니다.',
  'Its code. It stands in the traffic.': '시도의 코드. 트래픽 안에 들어 있습니다.',
  'More than 20 hand-ins of one person in a minute, or two captures of one person are still under way (`busy`).':
    '한 사람이 1분에 20번 넘게 제출했거나, 그 사람의 캡처 두 개가 아직 처리 중입니다(`busy`).',
  'Two captures of one person are still under way (`busy`).': '한 사람의 캡처 두 개가 아직 처리 중입니다(`busy`).',
  'More than 20 runs of one person in a minute.': '한 사람이 1분에 20번 넘게 시도를 시작했습니다.',
  'No attempt is left (`no_attempt_left`), or it is past due (`past_due`).':
    '남은 시도가 없거나(`no_attempt_left`) 마감이 지났습니다(`past_due`).',
  'Nothing is taken behind it.': '이 뒤에는 받지 않습니다.',
  'Null before anything was handed in, as `best` is.': '`best`처럼, 제출하기 전에는 null입니다.',
  'Null before anything was handed in.': '제출하기 전에는 null입니다.',
  'Tasks that the capture does not show.': '캡처에 보이지 않는 과제.',
  'That of the best hand-in, or else the newest.': '가장 좋은 제출의 시도, 없으면 가장 최근의 시도.',
  'The capture can\'t be read, or the answers can\'t.': '캡처나 답을 읽을 수 없습니다.',
  'The capture has what is this run\'s own, and is not doubted.': '캡처에 이 시도만의 것이 있고 의심되지 않습니다.',
  'It does not agree with what the server has seen.': '서버가 본 것과 다릅니다.',
  'It does not count since it does not agree with what the server has seen. Null as `best` is.':
    '서버가 본 것과 달라서 인정되지 않습니다. `best`처럼 null일 수 있습니다.',
  'How many.': '개수.',
  'Its code, with which the hand-ins are asked for.': '시도의 코드. 이 코드로 제출한 것을 요청합니다.',
  'Of this run.': '이 시도의 것.',
  'The attempts.': '시도들.',
  'The capture is too large (`capture_too_large`), or all of yours together are (`captures_too_large`).':
    '캡처가 너무 크거나(`capture_too_large`) 제출한 것을 모두 합쳐 너무 큽니다(`captures_too_large`).',
  'The exercise as it is now.': '지금의 과제.',
  'The form did not arrive whole, or is none (`bad_form`).': '폼이 다 오지 않았거나 폼이 아닙니다(`bad_form`).',
  'The hand-ins.': '제출한 것들.',
  'The id of another hand-in.': '다른 제출의 id.',
  'The lesson that prepares for it.': '이것을 준비하는 실습.',
  'The marks.': '채점 결과.',
  'The right answer, where it is revealed.': '정답. 보여 주기로 한 때에만 있습니다.',
  'The run.': '시도.',
  'There is no such exercise (`no_exercise`).': '그런 과제가 없습니다(`no_exercise`).',
  'There is no such run (`no_run`), nothing was handed in (`no_handin`), or the file has gone with an earlier class (`no_file`).':
    '그런 시도가 없거나(`no_run`) 제출한 것이 없거나(`no_handin`) 파일이 이전 수업과 함께 지워졌습니다(`no_file`).',
  'There is no such run (`no_run`).': '그런 시도가 없습니다(`no_run`).',
  'What plays it.': '시도를 실행하는 명령.',
  'What the capture shows; null in a list.': '캡처에 보이는 것. 목록에서는 null입니다.',
  'What you have reached.': '내가 얻은 점수.',
  'Your newest run.': '내 가장 최근 시도.',
  'It brings a network of its own, on Linux, and writes the captures itself.': '리눅스에서 스스로 네트워크를 만들고 캡처도 직접 기록합니다.',
  'The name of an exercise.': '과제의 이름.',
  'The question, with values that are nobody\'s.': '질문. 값은 누구의 것도 아닙니다.',
  'The questions, in the order of the sheet.': '질문지 순서대로의 질문.',
  'What was said most often about wrong answers; empty where there are none.': '틀린 답에 가장 자주 한 말. 틀린 답이 없으면 빈 문자열입니다.',
  'Whether right answers are shown beside wrong ones: never, with the mark, or when it is past due.':
    '틀린 답 옆에 정답을 보여 줄지: 보여 주지 않거나, 채점과 함께, 또는 마감이 지나면.',
  'Your token is of somebody who was removed (`removed`).': '내보낸 사람의 토큰입니다(`removed`).',
};
