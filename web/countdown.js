// How long a poll still takes votes: "2:05". One timer serves all that counts.
//
//	countDown(node, poll)       fills the node while the poll is open and has an end, and hides it otherwise
//
// The server's clock decides, and the server closes the poll; until it says so it is "Closing…" here. Screen readers hear of it
// when a minute is left, and ten seconds.

import { serverNow } from './api.js';
import { announce, setText, show } from './dom.js';
import { onLanguage, t, words } from './texts.js';

words({
  left: [time => `${time} left`, time => `${time} 남음`], closing: ['Closing…', '마감 중…'],
  days: [n => `${n} days`, n => `${n}일`],
  leftOf: [(title, n) => `${title}: ${n} seconds left`, (title, n) => `${title}: ${n}초 남았습니다`],
});

// Node -> {ends, title, seconds: that were left when it was shown}.
const clocks = new Map();
let timer = 0;

export function countDown(node, { is_active, ends_at, title }) {
  const ends = is_active && ends_at ? Date.parse(ends_at) : null, clock = clocks.get(node);
  show(node, ends !== null);
  if (clock && clock.ends === ends) return;
  if (ends === null) clocks.delete(node);
  else clocks.set(node, { ends, title });
  tick();
}
onLanguage(tick);

// tick shows what is left, and comes back when the first of the clocks has to change.
function tick() {
  clearTimeout(timer);
  let wait = Infinity;
  for (const [node, clock] of clocks) {
    const left = clock.ends - serverNow(), seconds = Math.max(0, Math.ceil(left / 1000));
    if (!node.isConnected) {
      clocks.delete(node);
      continue;
    }
    setText(node, seconds === 0 ? t('closing') : node.dataset.bare ? timeOf(seconds) : t('left', timeOf(seconds)));
    node.classList.toggle('last', seconds <= 10);
    for (const mark of [60, 10]) {
      if (clock.seconds > mark && seconds <= mark && seconds > 0) announce(t('leftOf', clock.title, seconds));
    }
    clock.seconds = seconds;
    if (seconds > 0) wait = Math.min(wait, left % 1000 || 1000);
  }
  if (wait < Infinity) timer = setTimeout(tick, wait + 5);
}

function timeOf(seconds) {
  if (seconds >= 172_800) return t('days', Math.floor(seconds / 86_400));
  const two = n => String(n % 60).padStart(2, '0'), minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}:${two(seconds)}` : `${Math.floor(minutes / 60)}:${two(minutes)}:${two(seconds)}`;
}
