// What openapi.json says of parameters, answers and data, in Korean, by the English text. A text that stays as it is, such
// as the name of an RFC, is not here.

export const texts = {
  'The account is made; the token is its session.': '계정이 만들어졌고, 토큰은 그 세션입니다.',
  'The username is taken. Upper and lower case are the same name, and so are names that look the same because what differs can\'t be seen.':
    '이미 쓰이는 이름입니다. 대소문자만 다른 이름은 같은 이름이고, 보이지 않는 문자만 다른 이름도 같은 이름입니다.',
  'The token is a new session.': '토큰은 새 세션입니다.',
  'Wrong username or password: which of the two is not told. Or a bad token was sent along.':
    '사용자 이름이나 비밀번호가 틀렸습니다. 어느 쪽인지는 알려 주지 않습니다. 또는 잘못된 토큰을 함께 보냈습니다.',
  'A new guest and the token that speaks for it. A guest who loses the token can\'t come back as the same person.':
    '새 게스트와 그를 뜻하는 토큰. 토큰을 잃은 게스트는 같은 사람으로 돌아올 수 없습니다.',
  'Guests are switched off on this server (`-guests=false`).':
    '이 서버에서는 게스트가 꺼져 있습니다(`-guests=false`).',
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
  'All files, by name.': '모든 파일, 이름순.',
  'Your file of this name was replaced.': '같은 이름의 내 파일을 바꾸었습니다.',
  'The file is new.': '새 파일입니다.',
  'The form is malformed, or did not arrive whole.': '폼의 형식이 잘못되었거나 다 도착하지 않았습니다.',
  'Somebody else has put a file of this name, or it was not put over HTTP.':
    '이 이름의 파일을 다른 사람이 올렸거나, HTTP로 올린 것이 아닙니다.',
  'A file is there whose name differs only in case: on many systems that would be the same file.':
    '대소문자만 다른 이름의 파일이 있습니다. 많은 시스템에서 같은 파일이 됩니다.',
  'Over 32 MiB, or the folder would have more than 1 GiB.':
    '32 MiB를 넘거나, 폴더가 1 GiB를 넘게 됩니다.',
  'The body is no form, or is compressed.': '본문이 폼이 아니거나 압축되어 있습니다.',
  'A name that a PC of some system could not store, or a form without a file.':
    '어떤 시스템의 PC에서는 저장할 수 없는 이름이거나, 파일이 없는 폼입니다.',
  'Eight uploads of yours are running, or 30 have begun within a minute.': '내 업로드 여덟 개가 진행 중이거나, 1분 안에 30개를 시작했습니다.',
  'One person may say 20 messages in 10 s.': '한 사람은 10초에 메시지 20개까지 보낼 수 있습니다.',
  'One person may make 10 polls in a minute.': '한 사람은 1분에 투표 10개까지 만들 수 있습니다.',
  '1 to 255 bytes in UTF-8 that every system can store, in Normalization Form C: however a file\'s name is spelt, it is found.':
    '모든 시스템이 저장할 수 있는, UTF-8로 1~255바이트.',
  'The server may not open it.': '서버가 열 수 없는 파일입니다.',
  'No file has this name.': '이 이름의 파일이 없습니다.',
  '`*`: only if there is no such file.': '`*`: 그런 파일이 없을 때만.',
  'A `Content-Range`, or the body did not arrive whole.':
    '`Content-Range`가 있거나, 본문이 다 도착하지 않았습니다.',
  'The body is compressed.': '본문이 압축되어 있습니다.',
  'Somebody else has put it, or it was not put over HTTP.':
    '다른 사람이 올렸거나, HTTP로 올린 것이 아닙니다.',
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
  'It is not yours.': '내 것이 아닙니다.',
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
  'A user as only the user sees it.': '본인만 보는 사용자 정보.',
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
  'The ids of the options that you chose; null without a token and without a vote.':
    '내가 고른 선택지의 id. 토큰이 없거나 투표하지 않았으면 null.',
  'A poll as everybody gets it in events: the same without `my_vote`.':
    '이벤트로 모두가 받는 투표: `my_vote`만 없습니다.',
  'Null while the counts are hidden.': '집계를 숨기는 동안은 null.',
  'Of `total_votes`, one decimal, half up; 0 when there are none. Null while the counts are hidden.':
    '`total_votes`에 대한 비율, 소수 첫째 자리까지 반올림, 표가 없으면 0. 집계를 숨기는 동안은 null.',
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
  'One of the two keys.': '두 키 가운데 하나.',
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
};
