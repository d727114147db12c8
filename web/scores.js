// The scores: who has how many points of those that can be had.
//
//	GET /api/class/scores   {"scores":[{"user","points","right","answered"}],"of"}, best first

import { api, apiAt, refusal, session, unreachable } from './api.js';
import { element, nameTag } from './dom.js';
import { t, words } from './texts.js';
import { send } from './wire.js';

words({
  scores: ['Scores', '점수'], noScores: ['Nobody has points yet: questions with a right answer give them.', '아직 점수가 없습니다. 정답이 있는 질문에 답하면 점수를 얻습니다.'],
  pointsOf: [(points, of) => `${points} of ${of}`, (points, of) => `${of}점 중 ${points}점`], rightOf: [(right, answered) => `${right} right, ${answered} answered`,
    (right, answered) => `정답 ${right}개, 응답 ${answered}개`],
  noPoints: ['You have answered no question with points yet.', '점수가 있는 질문에 아직 답하지 않았습니다.'],
  myPoints: [(points, of, place, n) => `You: ${points} of ${of} points, place ${place} of ${n}`, (points, of, place, n) => `나: ${of}점 중 ${points}점, ${n}명 중 ${place}등`],
  moreScores: [n => `and ${n} more`, n => `외 ${n}명`],
});

// scoreOf says in words what somebody has reached.
export function scoreOf({ scores, of }, id) {
  const mine = scores.find(s => s.user.id === id);
  if (!mine) return t(scores.length ? 'noPoints' : 'noScores');
  return t('myPoints', mine.points, of, 1 + scores.filter(s => s.points > mine.points).length, scores.length);
}

export const fetchScores = async () => (await api('GET', '/api/class/scores')).data;

// fetchForAll asks as somebody without a token: what a wall shows must not tell who is right while others still answer.
export async function fetchForAll() {
  const r = await send(apiAt('/api/class/scores')).catch(() => { throw unreachable(); });
  if (!r.ok) throw await refusal(r);
  return r.json();
}

// scoreList: people with the same points share a place.
export function scoreList({ scores, of }, most = Infinity) {
  if (!scores.length) return element('p', { className: 'faint' }, t('noScores'));
  let place = 0;
  const rows = scores.slice(0, most).map(({ user, points, right, answered }, i) => {
    if (!i || scores[i - 1].points !== points) place = i + 1;
    return element('li', { className: user.id === session?.user.id ? 'own' : '' }, element('b', { className: 'place' }, `${place}.`), ' ', nameTag(user), ' ', element('span', { className: 'points' }, t('pointsOf', points, of)), ' ',
      element('span', { className: 'faint' }, t('rightOf', right, answered)));
  });
  const rest = scores.length - rows.length;
  return element('div', {}, element('ol', { className: 'score-list' }, ...rows), ...rest ? [element('p', { className: 'faint' }, t('moreScores', rest))] : []);
}
