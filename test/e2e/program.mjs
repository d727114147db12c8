// The real program, for tests: built, started on free ports of this machine alone, stopped, started again, killed.
//
//   const program = await Program.start();                the folder of its files is temporary
//   const {access_token: token} = await program.guest('Kim');
//   await program.call('POST', '/api/chat/messages', {token, body: {message: 'hello'}});
//   await program.restart();                              on the same ports, with the same files
//   await program.end();                                  fails if it did not exit with 0, or logged an error
//
// It is built once for each test file, or not at all where POLLWIRE_BIN names a binary.
//
// Everything that waits has a limit (within, until), and everything that is begun is ended (defer), so that a fault is a
// message and not a test that hangs.
//
// Not for Windows: there no program can be sent a SIGINT.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// ---- limits

// patience is how long anything may take that takes milliseconds on an idle machine.
export const patience = 10_000;

// overdue is the error for what did not come. It is made before the wait: its stack says who waited. what is a text, or a
// func that makes one when it is needed.
const overdue = () => new Error('late');
const blame = (error, what, ms) =>
  Object.assign(error, { message: `after ${ms} ms still waiting for ${typeof what === 'function' ? what() : what}` });

// within waits for a promise.
export function within(promise, what, ms = patience) {
  const late = overdue();
  let timer;
  const limit = new Promise((_, reject) => { timer = setTimeout(() => reject(blame(late, what, ms)), ms); });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

// until waits for a condition, and returns what it returns.
export async function until(condition, what, ms = patience) {
  const late = overdue();
  for (const end = Date.now() + ms; ; await sleep(5)) {
    const result = await condition();
    if (result) return result;
    if (Date.now() > end) throw blame(late, what, ms);
  }
}

// defer calls what when the test t is over, the last one first, as Go does.
export function defer(t, what) {
  if (!deferred.has(t)) {
    deferred.set(t, []);
    t.after(async () => {
      let failed;
      for (const what of deferred.get(t).reverse()) {
        try {
          await what();
        } catch (error) {
          failed ??= error; // the others are still called
        }
      }
      if (failed) throw failed;
    });
  }
  deferred.get(t).push(what);
}
const deferred = new WeakMap();

// ---- the program

const root = fileURLToPath(new URL('../..', import.meta.url));
const leftovers = new Set(); // processes to kill and folders to remove, whatever happens
process.on('exit', () => leftovers.forEach(clean => clean()));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1)); // the test runner's way to end a test

let built;

// build returns the path of the binary.
function build() {
  if (process.env.POLLWIRE_BIN) return Promise.resolve(resolve(process.env.POLLWIRE_BIN));
  return built ??= (async () => {
    const dir = mkdtempSync(join(tmpdir(), 'pollwire-build-'));
    leftovers.add(() => rmSync(dir, { recursive: true, force: true }));
    await promisify(execFile)('go', ['build', '-o', join(dir, 'pollwire'), '.'], { cwd: root });
    return join(dir, 'pollwire');
  })();
}

const services = { files: /^ +page +http:\/\/127\.0\.0\.1:(\d+)\/$/m, http: /^ +API +http:\/\/127\.0\.0\.1:(\d+)\//m,
  ws: /^ +WebSocket +ws:\/\/127\.0\.0\.1:(\d+)\/ws$/m, health: /^ +health +http:\/\/127\.0\.0\.1:(\d+)\/health$/m };

export class Program {
  ports = { files: 0, http: 0, ws: 0, health: 0 }; // by the names of the flags; 0 until it runs for the first time
  log = ''; // all of stderr

  // start starts a program with nothing stored. settings are more flags, such as '-keylog', 'keys': files are in its folder.
  static async start(...settings) {
    const program = new Program();
    program.settings = settings;
    program.binary = await build();
    program.dir = mkdtempSync(join(tmpdir(), 'pollwire-e2e-'));
    program.clean = () => {
      program.child?.kill('SIGKILL');
      rmSync(program.dir, { recursive: true, force: true });
    };
    leftovers.add(program.clean);
    await program.run();
    return program;
  }

  // run starts it on its ports, and returns when it has printed its banner.
  async run() {
    const args = Object.entries(this.ports).flatMap(([flag, port]) => [`-${flag}`, `127.0.0.1:${port}`]);
    args.push('-db', join(this.dir, 'test.db'), '-data', join(this.dir, 'data'), '-limits=false', ...this.settings);
    // Not the tester's own settings, and no .env either: the current folder is the program's.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(POLLWIRE_|SSLKEYLOGFILE$)/.test(name)));
    env.POLLWIRE_LANG = 'en'; // of the banner
    const child = this.child = spawn(this.binary, args, { cwd: this.dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
    this.exited.catch(() => {}); // it could not be started: until says so
    let banner = '', gone;
    this.exited.then(how => { gone = how; }, error => { gone = error; });
    child.stdout.setEncoding('utf8').on('data', text => { banner += text; });
    child.stderr.setEncoding('utf8').on('data', text => { this.log += text; });
    await until(() => gone || banner.includes('Ctrl-C'), 'the banner');
    if (gone) throw new Error(`the program did not start: ${JSON.stringify(gone)}\n${this.log}`);
    for (const [flag, line] of Object.entries(services)) {
      const found = line.exec(banner);
      assert(found, `the banner does not tell the port of -${flag}:\n${banner}`);
      this.ports[flag] = Number(found[1]);
    }
  }

  // stop is Ctrl-C.
  async stop() {
    this.child.kill('SIGINT');
    const how = await within(this.exited, () => `the end after SIGINT, with this log:\n${this.log}`);
    this.child = null;
    assert.deepEqual(how, { code: 0, signal: null }, this.log);
  }

  // kill is what a power cut would be.
  async kill() {
    this.child.kill('SIGKILL');
    await within(this.exited, 'the program to be dead');
    this.child = null;
  }

  // restart stops it, calls meanwhile, and starts it again.
  async restart(meanwhile = () => {}) {
    await this.stop();
    await meanwhile();
    await this.run();
  }

  // end stops it for good, and looks for what must never be in a log. All clients must have left before, and the server
  // must have noticed; but where some were lost: that is noticed only when they miss a ping.
  async end({ lost = false } = {}) {
    try {
      if (this.child && !lost) await until(async () => (await this.health()).sockets === 0, 'the server to forget who has left');
      if (this.child) await this.stop();
      const faults = this.log.split('\n').filter(line => /level=ERROR|panic|goroutine \d/.test(line));
      assert.deepEqual(faults, [], 'errors in the log');
    } finally {
      this.clean();
      leftovers.delete(this.clean);
    }
  }

  get page() { return `http://127.0.0.1:${this.ports.files}`; }
  get api() { return `http://127.0.0.1:${this.ports.http}`; }
  get ws() { return `http://127.0.0.1:${this.ports.ws}`; } // what Socket.IO is given: it makes ws:// of it by itself

  // secure are the same over TLS, which is on the same ports. The certificate is the program's own: a client has to be told
  // to take it.
  get secure() { return { page: `https://127.0.0.1:${this.ports.files}`, api: `https://127.0.0.1:${this.ports.http}`, ws: `https://127.0.0.1:${this.ports.ws}` }; }

  // ---- calls

  // call calls the API and returns what it answers. Anything but success throws.
  async call(method, path, { token, body } = {}) {
    const headers = { ...token && { Authorization: `Bearer ${token}` }, ...body && { 'Content-Type': 'application/json' } };
    const answer = await fetch(this.api + path,
      { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(patience) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} = ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  // guest returns the session of a new guest.
  guest(nickname) { return this.call('POST', '/api/auth/guest', { body: { nickname } }); }

  say(session, message) { return this.call('POST', '/api/chat/messages', { token: session.access_token, body: { message } }); }

  poll(session, title, ...options) {
    return this.call('POST', '/api/polls', { token: session.access_token, body: { title, options } });
  }

  vote(session, poll, option) {
    return this.call('POST', `/api/polls/${poll.id}/vote`, { token: session.access_token, body: { option_id: poll.options[option].id } });
  }

  // seq is the number of the last event.
  async seq() { return (await this.call('GET', '/api/events')).seq; }

  // events are what happened behind an event.
  async events(since) {
    const list = await this.call('GET', `/api/events?since=${since}`);
    assert(!list.resync, 'the server no longer has all events');
    return list.events;
  }

  async health() { return (await fetch(`http://127.0.0.1:${this.ports.health}/health`, { signal: AbortSignal.timeout(patience) })).json(); }
}
