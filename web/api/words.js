// The texts of the two pages in English and Korean, and what shows them. The texts of the document itself are English
// in openapi.json and Korean in ko.js, which is loaded only when it is wanted.
//
//   said(el('button'), () => t('send'))   its text changes with the language, and what stands in the forms stays

import { el } from './dom.js';

const words = { // [English, Korean]
  try: ['Try it', '호출해 보기'], read: ['Reference', '레퍼런스'], page: ['Poll page', '투표 페이지'], other: ['한국어', 'English'],
  dark: ['Dark', '어둡게'], light: ['Light', '밝게'], menu: ['Contents', '목차'], about: ['About this API', '이 API에 대하여'],
  as: ['You act as', '현재 사용자'],
  nobody: ['Nobody: there is no token yet. The shortest way to one:', '아직 토큰이 없습니다. 토큰을 얻는 가장 짧은 길:'],
  forget: ['Forget the token', '토큰 잊기'], copyToken: ['Copy the token', '토큰 복사'], copy: ['Copy', '복사'],
  copied: ['Copied', '복사됨'], use: [name => `Use the token of ${name}`, name => `${name}의 토큰 사용`],
  using: ['Its token is used from now on.', '이제부터 이 토큰을 사용합니다.'], required: ['required', '필수'], default: ['default', '기본값'],
  chars: [' characters', '글자'], elements: [' items', '개'], unique: ['no item twice', '중복 불가'], pattern: ['pattern', '패턴'],
  oneOf: ['one of these', '다음 중 하나'], empty: ['an object without keys', '키가 없는 객체'], any: ['anything', '모든 값'],
  bytes: [' bytes', '바이트'], parameters: ['Parameters', '매개변수'], body: ['Body', '본문'], example: ['Example', '예시'],
  type: ['Content-Type', 'Content-Type'], answers: ['Documented answers', '문서화된 응답'], headers: ['Headers', '헤더'],
  schema: ['Schema', '스키마'], schemas: ['Schemas', '스키마'], forbidden: ['The browser sets this itself.', '브라우저가 스스로 넣는 헤더입니다.'],
  accept: ['Accept', 'Accept'], send: ['Send', '보내기'], stop: ['Stop', '중지'],
  withToken: ['Send the token along', '토큰을 함께 보내기'], user: ['User', '사용자'], password: ['Password', '비밀번호'],
  file: ['File', '파일'], noFile: ['Choose a file first.', '먼저 파일을 고르세요.'], none: ['(none)', '(없음)'],
  noToken: ['This call needs a token. Without one it is a 401.', '토큰이 필요한 호출입니다. 없으면 401입니다.'],
  waiting: ['Waiting for the answer…', '응답을 기다리는 중…'], streaming: ['The answer goes on…', '응답을 계속 받는 중…'],
  stopped: ['Stopped.', '중지했습니다.'], ended: ['The answer has ended.', '응답이 끝났습니다.'],
  redirected: ['after a redirection to', '리다이렉션된 주소'], result: ['Answer', '응답'], noBody: ['(no body)', '(본문 없음)'],
  binary: [n => `${n} bytes, not text. The first ones:`, n => `텍스트가 아닌 ${n}바이트. 앞부분:`],
  cut: [n => `The first part of ${n} bytes.`, n => `전체 ${n}바이트 중 앞부분입니다.`], curl: ['As a curl command', 'curl 명령'],
  filter: ['Wireshark display filter', 'Wireshark 표시 필터'],
  failed: ['No answer that this page may read.', '이 페이지가 읽을 수 있는 응답이 없습니다.'],
  open1: ['Is the service on? If the browser does not know its certificate, open this once and accept it:',
    '서비스가 켜져 있나요? 브라우저가 인증서를 모르면 다음 주소를 한 번 열어 허용하세요:'],
  off: ['This service is switched off.', '꺼져 있는 서비스입니다.'],
  mixed: ['Port 3001 speaks no TLS, and a page that came over https may call nothing over http. Try it from here:',
    '3001번 포트에는 TLS가 없고, https로 열린 페이지는 http로 호출할 수 없습니다. 여기에서 해 보세요:'],
  connect: ['Open the socket', '소켓 열기'], disconnect: ['Close the socket', '소켓 닫기'],
  since: ['since: the last seq that you have, or empty', 'since: 마지막으로 받은 seq, 비워도 됨'], event: ['Event to send', '보낼 이벤트'],
  frame: ['Frame to send', '보낼 프레임'], frames: ['Frames', '프레임'], sent: ['sent', '보냄'], received: ['received', '받음'],
  clear: ['Clear', '지우기'], tokenPut: ['$TOKEN becomes your token when the frame is sent.', '$TOKEN은 보낼 때 내 토큰으로 바뀝니다.'],
  whoami: ['A page can’t read the headers of a handshake. Send lab:whoami, and the filter becomes that of this connection alone.',
    '페이지는 핸드셰이크의 헤더를 읽을 수 없습니다. lab:whoami를 보내면 필터가 이 연결만의 것이 됩니다.'],
  needToken: ['There is no token yet: join with a nickname, or get a token first.', '아직 토큰이 없습니다. 닉네임으로 참가하거나 먼저 토큰을 받으세요.'],
  notOpen: ['The socket is not open.', '소켓이 열려 있지 않습니다.'], opening: ['Opening…', '여는 중…'], isOpen: ['Open', '열림'],
  isClosed: ['Closed', '닫힘'], events: ['Events', '이벤트'], packets: ['Packets of Socket.IO', 'Socket.IO 패킷'],
  ack: ['The data of its ack', 'ack의 데이터'], then: ['Then everybody gets', '이어서 모두가 받는 이벤트'],
  client: ['What you may send', '보낼 수 있는 것'], everybody: ['What everybody gets', '모두가 받는 것'],
  one: ['What one socket gets', '한 소켓만 받는 것'], byClient: ['Of the client', '클라이언트가 보내는 패킷'],
  byServer: ['Of the server', '서버가 보내는 패킷'], begins: ['begins with', '시작'], needsToken: ['needs a token', '토큰 필요'],
  mayToken: ['a token may be sent', '토큰 선택'], basic: ['Basic authentication', 'Basic 인증'], request: ['Request', '요청'],
};

export const stored = key => { try { return JSON.parse(localStorage.getItem('pollwire.' + key)); } catch { return null; } };
export const store = (key, value) => {
  try { localStorage.setItem('pollwire.' + key, JSON.stringify(value)); } catch { /* forbidden: a reload forgets */ }
};

export let language = stored('language') ?? (navigator.language.startsWith('ko') ? 'ko' : 'en');
let ko;

export function t(key, ...args) {
  const text = words[key][language === 'ko' ? 1 : 0];
  return typeof text === 'function' ? text(...args) : text;
}

// korean is the text of ko.js at a path of names, where it is wanted and there is one.
const korean = path => language === 'ko' ? path.reduce((at, name) => at?.[name], ko) : undefined;
export const text = (english, ...path) => korean(path.length ? path : ['texts', english]) ?? english ?? '';

// said gives a node what changes with the language: a text or a list of nodes, or an attribute.
const all = new WeakMap();
export function said(node, what, attribute) {
  all.set(node, () => attribute ? node.setAttribute(attribute, what()) : node.replaceChildren(...[what()].flat()));
  node.setAttribute('data-said', '');
  all.get(node)();
  return node;
}
export const word = (tag, key, props) => said(el(tag, props), () => t(key));

export async function setLanguage(to) {
  if (to === 'ko') ko ??= (await import('./ko.js')).ko;
  language = document.documentElement.lang = to;
  for (const node of document.querySelectorAll('[data-said]')) all.get(node)();
}
