// npm test, and then the files in which a test has failed once more, one at a time: node twice.mjs [files]
//
// A browser on a busy machine is now and then too slow for one of some hundred tests. That should not stop a change that
// has nothing to do with it; but neither should it go unseen: what failed the first time is named in the end, and what
// fails alone, too, has failed.

import { readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

// These measure: how smooth the page is, how soon it knows that its line is dead, what the system counted meanwhile.
const measuring = ['alive', 'counters', 'smooth', 'weight'].map(name => `${name}.test.mjs`);

// These take longest, and begin first: who begins last would else be waited for alone.
const long = ['polls', 'apireference', 'wire', 'people', 'still', 'apidocs', 'ways', 'exercises'].map(name => `${name}.test.mjs`);
const rank = file => (long.indexOf(basename(file)) + 1) || long.length + 1;

const patience = 300_000; // ms; as in package.json. Node 20 counts it for a whole file, later ones for each test

// failures runs files and adds what has failed to a map: the names of tests by file.
async function failures(files, concurrency, failed = new Map()) {
  const tests = run({ files: files.map(file => resolve(import.meta.dirname, file)), concurrency, timeout: patience });
  tests.on('test:fail', ({ name, file, todo, details }) => {
    if (todo !== undefined) return;
    const key = basename(file ?? name); // a file that could not be loaded is a test by its own name
    if (!failed.has(key)) failed.set(key, []);
    if (details.error.failureType !== 'subtestsFailed') failed.get(key).push(name);
  });
  for await (const text of tests.compose(new spec())) process.stdout.write(text);
  return failed;
}

function tell(title, failed) {
  console.log(`\n${title}`);
  for (const [file, names] of failed) for (const name of names) console.log(`  ${file}: ${name}`);
}

const all = readdirSync(import.meta.dirname).filter(name => name.endsWith('.test.mjs'));
const files = process.argv.length > 2 ? process.argv.slice(2) : all;
// Two at a time on any machine: browsers wait for most of the time.
const first = await failures(files.filter(file => !measuring.includes(basename(file))).sort((a, b) => rank(a) - rank(b)), 2);
await failures(files.filter(file => measuring.includes(basename(file))), 1, first);
if (first.size > 0) {
  tell('these have failed, and their files are run once more, one at a time:', first);
  const second = await failures([...first.keys()], 1);
  tell('the first time these failed:', first);
  if (second.size > 0) {
    tell('and these failed again:', second);
    process.exitCode = 1;
  } else {
    console.log('alone all of them passed');
  }
}
