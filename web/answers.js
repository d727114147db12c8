// Questions that are answered by a number or a text, what was right, and the rounds of a poll: for the cards and for the wall.
//
//	kindOf(poll)                   'choice', 'number' or 'text'
//	showAnswers(box, poll)         a histogram of the numbers, or the texts, the most frequent ones big
//	isRight(poll)                  whether one's own answer is right: true, false, or null where nothing is right or wrong

import { $, $$, element, setText, setTexts, show } from './dom.js';
import { isOver, isSecret } from './pollstore.js';
import { number, t, words } from './texts.js';

words({
  isRight: ['✓ right answer', '✓ 정답'], rightAnswer: [what => `Right: ${what}`, what => `정답: ${what}`],
  within: [(value, tolerance) => `${value} (± ${tolerance})`], or: [' or ', ' 또는 '],
  youRight: ['✓ Your answer is right.', '✓ 맞혔습니다.'], youWrong: ['✗ Your answer is not right.', '✗ 틀렸습니다.'],
  round: [n => `Round ${n}`, n => `${n}회차`],
  spread: [(min, median, max) => `from ${min} to ${max}, half of them up to ${median}`, (min, median, max) => `최소 ${min}, 중앙값 ${median}, 최대 ${max}`],
  moreAnswers: [n => `and ${n} more different ones`, n => `그 밖에 ${n}가지`],
  takeDown: ['Take off the wall', '화면에서 내리기'], takeDownWhat: [what => `Take “${what}” off the wall`, what => `“${what}” 화면에서 내리기`],
  answers: ['Answers', '응답'], kind_choice: ['choice', '선택'], kind_number: ['number', '숫자'], kind_text: ['text', '글'],
});

export const kindOf = poll => poll.kind ?? 'choice';

// ---- what is right

// The server compares texts without regard to case and white space.
const folded = text => text.normalize('NFC').trim().toLowerCase().replace(/\s+/g, ' ');

export const hasRight = poll => isOver(poll) && (Boolean(poll.right) || poll.options.some(o => o.correct));

function rightText({ right, options, kind }) {
  if (kind === 'number') return right.tolerance ? t('within', number(right.value), number(right.tolerance)) : number(right.value);
  return kind === 'text' ? right.join(t('or')) : options.filter(o => o.correct).map(o => o.text).join(', ');
}

export function isRight(poll) {
  const { my_vote: mine, right, options, kind } = poll;
  if (mine === null || mine === undefined || !hasRight(poll)) return null;
  if (kind === 'number') return Math.abs(mine - right.value) <= (right.tolerance ?? 0) * (1 + 1e-12);
  if (kind === 'text') return right.some(text => folded(text) === folded(mine));
  return String(options.filter(o => o.correct).map(o => o.id)) === String(options.map(o => o.id).filter(id => mine.includes(id)));
}

// showRight marks an option that is right, once all is told, and puts earlier rounds beside it.
export function showRight(row, option, poll) {
  const right = Boolean(option.correct && isOver(poll));
  $('.is-right', row).hidden = !right;
  row.classList.toggle('right', right);
  showRounds(row, option, poll);
}

// showSolution: after the end all learn what was right, where no mark at an option says so, and why.
export function showSolution(box, poll, known = hasRight(poll) && kindOf(poll) !== 'choice') {
  show(box, isOver(poll) && Boolean(known || poll.explanation));
  setTexts(box, { '.right': known ? t('rightAnswer', rightText(poll)) : '', '.explanation': isOver(poll) ? poll.explanation ?? '' : '' });
}

// ---- answers

export function showAnswers(box, poll) {
  const text = JSON.stringify([poll.kind, isSecret(poll) ? null : poll.answers, poll.distinct, poll.min, poll.max, hasRight(poll), poll.right, t('answers')]);
  if (box.dataset.text === text) return;
  box.dataset.text = text;
  const known = kindOf(poll) !== 'choice' && !isSecret(poll) && poll.answers?.length > 0;
  box.hidden = !known;
  box.replaceChildren(...!known ? [] : poll.kind === 'number' ? histogram(poll) : cloud(poll));
}

// cloud is a list of texts, each as big as it is frequent.
function cloud(poll) {
  const most = Math.max(...poll.answers.map(a => a.count)), right = hasRight(poll) ? poll.right.map(folded) : [];
  const rows = poll.answers.map(({ value, count }) => {
    const is = right.includes(folded(value)), row = element('li', { className: is ? 'right' : '' }, element('bdi', { className: 'text' }, value), ' ',
      element('span', { className: 'times' }, count > 1 ? `×${count}` : ''), ...is ? [element('span', { className: 'unseen' }, t('isRight'))] : []);
    row.dataset.value = value;
    row.style.setProperty('--weight', Math.sqrt(count / most));
    return row;
  });
  const rest = (poll.distinct ?? 0) - poll.answers.length;
  return [element('ul', { className: 'cloud', ariaLabel: t('answers') }, ...rows), ...rest > 0 ? [element('p', { className: 'faint' }, t('moreAnswers', rest))] : []];
}

// binsOf counts numbers in at most so many ranges of a round width; few different ones stay apart.
export function binsOf(answers, most = 12) {
  const values = answers.map(a => a.value), min = Math.min(...values), max = Math.max(...values);
  const sum = test => answers.filter(test).reduce((n, a) => n + a.count, 0);
  if (answers.length <= most) {
    return [...answers].sort((a, b) => a.value - b.value).map(({ value, count }) => ({ low: value, high: value, count }));
  }
  const rough = (max - min) / most, power = 10 ** Math.floor(Math.log10(rough));
  const width = [1, 2, 5, 10].map(n => n * power).find(w => Math.floor(max / w) - Math.floor(min / w) < most);
  const bins = [];
  for (let i = Math.floor(min / width); i <= Math.floor(max / width); i++) {
    bins.push({ low: Number((i * width).toPrecision(12)), high: Number(((i + 1) * width).toPrecision(12)), count: sum(a => Math.floor(a.value / width) === i) });
  }
  return bins;
}

function histogram(poll) {
  const bins = binsOf(poll.answers), most = Math.max(...bins.map(b => b.count)), { right } = poll;
  const bars = bins.map(({ low, high, count }) => {
    const name = low === high ? number(low) : `${number(low)}–${number(high)}`;
    const is = hasRight(poll) && (low === high ? Math.abs(low - right.value) <= (right.tolerance ?? 0) : right.value >= low && right.value < high);
    const column = element('span', { className: 'column', ariaHidden: 'true' }, element('span'));
    column.firstChild.style.transform = `scaleY(${count / most})`;
    return element('li', { className: is ? 'right' : '' }, element('span', { className: 'times' }, count || ''), column,
      element('span', { className: 'range' }, name), ...is ? [element('span', { className: 'unseen' }, t('isRight'))] : []);
  });
  const facts = poll.median === undefined || poll.median === null ? [] : [element('p', { className: 'faint' }, t('spread', number(poll.min), number(poll.median), number(poll.max)))];
  return [element('ol', { className: 'histogram', ariaLabel: t('answers') }, ...bars), ...facts];
}

// ---- rounds

// showRounds puts what was voted before beside what is voted now: a thin bar for each earlier round, and its name.
function showRounds(row, { id }, poll) {
  const rounds = poll.rounds ?? [];
  let box = $('.rounds', row);
  if (!rounds.length) return box?.remove();
  if (!box) row.append(box = element('div', { className: 'rounds' }));
  while ($$('p', box).length > rounds.length) box.lastChild.remove();
  rounds.forEach(({ options }, i) => {
    const { votes, percentage } = options?.find(o => o.id === id) ?? {}, known = percentage !== null && percentage !== undefined;
    const line = box.children[i] ?? box.appendChild(element('p', {}, element('span'), element('div', { className: 'bar' }, element('div'))));
    setText(line.firstChild, `${t('round', i + 1)}${known ? `: ${votes} (${percentage}%)` : ''}`);
    line.lastChild.hidden = !known;
    line.lastChild.firstChild.style.transform = `scaleX(${(percentage ?? 0) / 100})`;
  });
}
