// The polls that the page knows, by id. Calls and events bring them, whole or in part; whoever shows some is told which have
// changed, once before the next frame: that is little work even while three hundred people vote.
//
//	learn(poll)              a whole Poll, or a part of one that is known: {id, voters, total_votes, options}
//	onPolls(ids => ...)      these changed; one that is no longer known was deleted
//	await fetchPoll(7)       asks for one, and forgets it if that says 404
//	lackOf(7)                why there is none: an error
//
// What comes to all has no my_vote, so that stays as it is.

import { api, onSession, session } from './api.js';
import { announce, soon } from './dom.js';
import { holdingEvents, on, onFetch } from './live.js';
import { t, words } from './texts.js';

words({
  voters: [n => `${n} ${n === 1 ? 'voter' : 'voters'}`, n => `${n}명 참여`],
  secretVoters: [n => `Result hidden, ${n} voted`, n => `결과 숨김, ${n}명 참여`],
  isNew: [title => `New poll: ${title}`, title => `새 투표: ${title}`],
  gone: ['This poll was deleted.', '삭제된 투표입니다.'], noPoll: [id => `There is no poll ${id}.`, id => `${id}번 투표는 없습니다.`],
  isClosed: [title => `Closed: ${title}`, title => `마감되었습니다: ${title}`],
});

const known = new Map(), seen = new Set(), lacks = new Map(), listeners = [];
let changed = new Set();

export const pollOf = id => known.get(id);
export const lackOf = id => lacks.get(id);
export const onPolls = listener => listeners.push(listener);

const tell = soon(() => {
  const ids = changed;
  changed = new Set();
  for (const listener of listeners) listener(ids);
});

export function learn(part) {
  const poll = { my_vote: null, ...known.get(part.id), ...part };
  known.set(poll.id, poll);
  seen.add(poll.id);
  lacks.delete(poll.id);
  changed.add(poll.id);
  tell();
  return poll;
}

// forget: one that was here is deleted, another never was. Or why names another reason for which it is not here.
export function forget(id, why) {
  const say = () => t(seen.has(id) ? 'gone' : 'noPoll', id);
  known.delete(id);
  lacks.set(id, why?.status !== 404 && why || { message: say(), say, status: 404 });
  changed.add(id);
  tell();
}

export function fetchPoll(id) {
  const mine = session;
  return holdingEvents(async () => {
    try {
      const { data } = await api('GET', '/api/polls/' + id);
      if (session === mine) learn(data);
    } catch (e) {
      if (e.status === 404 || !known.has(id)) forget(id, e);
      throw e;
    }
  });
}

// isSecret: nobody gets to know the counts now. isOver: all is told, what is right as well.
export const isSecret = poll => poll.hidden && poll.is_active;
export const isDraft = poll => poll.status === 'draft';
export const isOver = poll => !poll.is_active && !isDraft(poll);
export const totalOf = poll => t(isSecret(poll) ? 'secretVoters' : 'voters', poll.voters);

onFetch(() => () => known.clear()); // all that is shown is being fetched anew
onSession(() => { for (const id of known.keys()) learn({ id, my_vote: null }); });

on('poll:created', poll => {
  learn(poll);
  announce(t('isNew', poll.title));
});
on('poll:updated', poll => {
  const before = pollOf(poll.id);
  if (before?.is_active && !poll.is_active) announce(t('isClosed', poll.title));
  const again = poll.voters === 0 || (poll.rounds?.length ?? 0) > (before?.rounds?.length ?? 0); // another round: what we chose counts no more
  if (before || !session) learn({ rounds: undefined, right: undefined, ...poll, ...again && { my_vote: null } });
  else fetchPoll(poll.id).catch(() => {}); // it may have a vote of ours
});
on('poll:deleted', ({ poll_id: id }) => forget(id));
on('vote:result', ({ poll_id: id, ...tally }) => {
  if (!pollOf(id)) return;
  const poll = learn({ id, ...tally }); // screen readers hear it when it has come to rest
  const counts = isSecret(poll) ? [] : (poll.answers?.slice(0, 8) ?? poll.options).map(o => `${o.text ?? o.value} ${o.votes ?? o.count}`);
  announce(`${poll.title}: ${[...counts, totalOf(poll)].join(', ')}`, 1000);
});
