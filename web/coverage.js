// What a capture shows, as a picture: the layers from 7 down to 2, in each what is there, with how often, and what is not, with the
// lesson that makes it. What is there has a ✓ and a full frame, what is not a broken one: one need not see colours.
//
//	POST /api/coverage    the body is the file    {"packets","bytes","seconds","links","found":[{"layer","what","count",...}],"missing":[...]}

import { apiAt, call, session } from './api.js';
import { $, announce, attempt, element, setText } from './dom.js';
import { fileMiB } from './limits.js';
import { language, number, t, words } from './texts.js';

words({
  checkHint: ['Any capture: what is in it, layer by layer, and which lesson makes what is not. Nothing is kept.', '아무 캡처나 됩니다. 층마다 무엇이 있는지, 없는 것은 어느 실습이 만드는지 보여 줍니다. 파일은 저장하지 않습니다.'],
  chooseCapture: ['Capture file: choose it, or drop it here', '캡처 파일: 고르거나 여기에 끌어다 놓으세요'],
  checkRule: [`pcap or pcapng, ${fileMiB} MiB and 300,000 packets at most.`, `pcap이나 pcapng, ${fileMiB} MiB와 패킷 300,000개까지.`],
  lookAtIt: ['Look at it', '살펴보기'], reading: ['Reading the capture…', '캡처를 읽는 중…'], joinToCheck: ['Join first: the server reads captures of people in the class only.', '먼저 참가하세요. 서버는 수업에 들어온 사람의 캡처만 읽습니다.'],
  noFile: ['Choose a capture first.', '먼저 캡처를 고르세요.'], isChosen: [(name, size) => `✓ ${name}, ${size}`, (name, size) => `✓ ${name}, ${size}`],
  fileMoved: ['The file has changed since you chose it: choose it again.', '고른 뒤에 파일이 바뀌었습니다. 다시 고르세요.'],
  tooBig: [`A capture may have ${fileMiB} MiB: capture with a filter, or save only the packets that you need.`, `캡처는 ${fileMiB} MiB까지입니다. 필터를 걸어 캡처하거나 필요한 패킷만 저장하세요.`],
  layer2: ['Link', '데이터링크'], layer3: ['Network', '네트워크'], layer4: ['Transport', '전송'], layer5: ['Session', '세션'], layer6: ['Presentation: TLS', '표현: TLS'], layer7: ['Application', '응용'],
  layerHas: [(there, not) => `${there} there, ${not} not`, (there, not) => `있음 ${there}, 없음 ${not}`],
  there: ['There', '있음'], notThere: ['Not there', '없음'], notThereOf: [n => `Not there (${n}), and the lesson that makes it`, n => `없는 것(${n})과 그것을 만드는 실습`], ofLesson: [name => `lesson ${name}`, name => `실습 ${name}`], // that makes it
  inPackets: [list => `packets ${list}`, list => `패킷 ${list}`], where: ['In which packets', '어느 패킷에 있나'],
  captureIs: [(packets, size, seconds, links) => `${packets} packets, ${size}, ${seconds} s, ${links}`, (packets, size, seconds, links) => `패킷 ${packets}개, ${size}, ${seconds}초, ${links}`],
  coverageDone: [(there, not) => `The capture shows ${there} things, and lacks ${not}.`, (there, not) => `캡처에 있는 것 ${there}가지, 없는 것 ${not}가지.`],
  lessonHint: [command => `A lesson is played by: ${command}`, command => `실습 실행: ${command}`],
});

const sizeOf = n => n < 1024 ? n + ' B' : n < 1 << 20 ? (n / 1024).toFixed(1) + ' KiB' : (n / (1 << 20)).toFixed(1) + ' MiB';

const wide = matchMedia('(min-width: 64rem)'); // on less what is not there is folded up

// picture makes the picture of a coverage.
export function picture({ packets, bytes, seconds, links, found, missing }) {
  const about = t('captureIs', number(packets), sizeOf(bytes), seconds.toFixed(seconds < 10 ? 3 : 0), links.join(', '));
  const box = element('div', { className: 'coverage', lang: language }, element('p', { className: 'faint' }, about));
  for (const layer of [7, 6, 5, 4, 3, 2]) {
    const there = found.filter(f => f.layer === layer), not = missing.filter(m => m.layer === layer);
    if (there.length + not.length) box.append(layerOf(layer, there, not));
  }
  box.append(element('p', { className: 'faint' }, t('lessonHint', 'pollwire lab LESSON')));
  return box;
}

function layerOf(layer, there, not) {
  const title = element('h4', {}, element('b', { className: 'number' }, layer), ' ', t('layer' + layer));
  const told = t('layerHas', there.length, not.length), meter = element('progress', { max: there.length + not.length, value: there.length, ariaLabel: told });
  return element('section', { className: 'layer' + (there.length ? '' : ' empty') }, element('div', { className: 'layer-head' }, title, element('p', { className: 'faint' }, told), meter),
    element('div', { className: 'layer-items' },
      ...there.length ? [element('ul', { className: 'there', ariaLabel: t('there') }, ...there.map(f => element('li', {}, element('span', { ariaHidden: 'true' }, '✓ '), f.what, ' ', element('b', {}, `×${number(f.count)}`))))] : [],
      ...not.length ? [element('details', { open: wide.matches }, element('summary', {}, t('notThereOf', not.length)), element('ul', { className: 'not', ariaLabel: t('notThere') }, ...lessonsOf(not)))] : [],
      ...there.length ? [element('details', {}, element('summary', {}, t('where')), element('ul', {}, ...there.map(f => element('li', {}, `${f.what}: `, t('inPackets', f.packets.join(', ') + (f.count > f.packets.length ? ' …' : ''))))))] : []));
}

// lessonsOf puts together what the same lesson makes.
function lessonsOf(not) {
  const lessons = new Map();
  for (const { lesson, what } of not) lessons.set(lesson, [...lessons.get(lesson) ?? [], what]);
  return [...lessons].map(([lesson, all]) => element('li', {}, element('span', { ariaHidden: 'true' }, '– '), element('b', {}, t('ofLesson', lesson)), ` (${all.length}): `, all.join(' · ')));
}

// ---- files

// Picked is the file that was chosen or dropped in a box with a file input. It stays, whatever becomes of what is done with it.
export class Picked {
  file = null;

  constructor(box, changed = () => {}) {
    Object.assign(this, { box, changed, input: $('input', box) });
    this.input.onchange = () => this.input.files.length && this.take(this.input.files[0]); // who cancels keeps the one before
    box.ondragover = event => {
      if (!event.dataTransfer.types.includes('Files') || this.input.matches(':disabled')) return;
      event.preventDefault();
      box.classList.add('dropping');
    };
    box.ondragleave = event => { if (!box.contains(event.relatedTarget)) box.classList.remove('dropping'); };
    box.ondrop = event => {
      box.classList.remove('dropping');
      if (this.input.matches(':disabled') || !event.dataTransfer.files.length) return;
      event.preventDefault();
      this.input.files = event.dataTransfer.files; // so that its own text tells the name
      this.take(event.dataTransfer.files[0]);
    };
  }

  take(file) {
    this.file = file;
    this.tell();
    this.changed();
  }
  tell() { setText($('.chosen', this.box), this.file ? t('isChosen', this.file.name, sizeOf(this.file.size)) : ''); }
  forget() {
    this.file = null;
    this.input.value = '';
    this.tell();
  }

  // bytes reads it before it is sent: of a file that was saved anew meanwhile a browser sends nothing, and says only that it failed.
  async bytes() {
    if (!this.file) throw wrong('noFile');
    if (this.file.size > fileMiB << 20) throw wrong('tooBig');
    return this.file.arrayBuffer().catch(() => { throw wrong('fileMoved'); });
  }
}
const wrong = word => Object.assign(Error(t(word)), { say: () => t(word) });

// ---- a capture by itself

const check = $('#check'), form = $('form', check), picked = new Picked($('.drop', check), () => attempt(form, look));
let seen = ''; // the language of what is shown

export function showCheck() {
  picked.tell();
  if (seen && seen !== language && picked.file) attempt(form, look); // the server says it in one language at a time
}
form.onsubmit = event => { event.preventDefault(); attempt(form, look); };

async function look() {
  if (!session) throw wrong('joinToCheck');
  const { file } = picked, body = await picked.bytes(), inLanguage = language;
  setText($('.chosen', check), t('reading'));
  try {
    const headers = { 'Content-Type': 'application/octet-stream', 'Accept-Language': inLanguage };
    const answer = await (await call(apiAt('/api/coverage'), { method: 'POST', body, headers, signal: AbortSignal.timeout(180_000) })).json();
    seen = inLanguage;
    $('.picture', check).replaceChildren(picture(answer));
    announce(t('coverageDone', answer.found.length, answer.missing.length));
  } finally {
    picked.tell();
  }
  if (picked.file !== file || language !== inLanguage) await look(); // another was chosen meanwhile
}
