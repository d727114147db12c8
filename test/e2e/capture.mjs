// A capture of what goes over the ports of a program, by tshark, as Wireshark shows it.
//
//   const capture = await Capture.start(program);
//   ...
//   await capture.stop();
//   await capture.counts(['http.request', 'websocket']);     [12, 30]: how many packets each display filter finds
//   await capture.fields('tcp.len > 0', 'tcp.srcport', 'tcp.len');

import { execFile, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { patience, until, within } from './program.mjs';

const run = promisify(execFile);

// missing is why nothing can be captured, or false.
export const missing = (() => {
  try {
    return !/^\d+\. lo\b|Loopback/m.test(execFileSync('tshark', ['-D'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) && 'tshark may not capture here';
  } catch {
    return 'there is no tshark';
  }
})();

export class Capture {
  seen = '';

  // start captures the ports of the program, and what more a filter names.
  static async start(program, more = '') {
    const it = Object.assign(new Capture(), { program, file: join(program.dir, `capture-${Date.now()}.pcapng`), keys: join(program.dir, 'keys') });
    const ports = Object.values(program.ports).map(port => `port ${port}`).join(' or ') + (more && ` or ${more}`);
    const loopback = process.platform === 'linux' ? 'lo' : 'lo0';
    it.child = spawn('tshark', ['-i', loopback, '-f', ports, '-w', it.file, '-P', '-l', '-T', 'fields', '-e', 'udp.payload'], { stdio: ['ignore', 'pipe', 'ignore'] });
    it.child.stdout.setEncoding('latin1').on('data', text => { it.seen += text.replace(/\n\n+/g, '\n'); });
    it.exited = once(it.child, 'exit');
    await it.mark('begin');
    return it;
  }

  // mark sends pings until the capture shows one: everything before it is captured.
  async mark(text, ms = 3 * patience) { // tshark takes its time to begin where others are at work
    const socket = createSocket('udp4'), ping = Buffer.from(`ping ${text} ${Math.random()}`);
    try {
      await until(async () => {
        socket.send(ping, this.program.ports.health, '127.0.0.1');
        await new Promise(resolve => setTimeout(resolve, 100));
        return this.seen.includes(ping.toString('hex'));
      }, 'the capture', ms);
    } finally {
      socket.close();
    }
  }

  async stop() {
    await this.mark('end');
    this.child.kill('SIGINT');
    await within(this.exited, 'the end of the capture');
  }

  // With try_heuristic_first Wireshark looks at what a packet holds before it looks at its port.
  #tshark(...args) {
    return run('tshark', ['-r', this.file, '-o', 'tcp.try_heuristic_first:TRUE', '-o', `tls.keylog_file:${this.keys}`, ...args], { maxBuffer: 64 << 20 })
      .then(({ stdout }) => stdout);
  }

  // counts tells how many packets each filter finds. Of those without a comma, many are counted in one go.
  async counts(filters) {
    const found = new Map(), together = [...new Set(filters.filter(f => !f.includes(',')))];
    for (let i = 0; i < together.length; i += 20) {
      const some = together.slice(i, i + 20), out = await this.#tshark('-q', '-z', ['io,stat,0', ...some].join(','));
      const cells = /<>.*\|$/m.exec(out)[0].split('|').slice(1, -1).map(Number);
      some.forEach((f, at) => found.set(f, cells[2 * at]));
    }
    for (const f of filters) if (!found.has(f)) found.set(f, (await this.fields(f, 'frame.number')).length);
    return filters.map(f => found.get(f));
  }

  // fields returns a list of values for each packet that a filter finds.
  async fields(filter, ...names) {
    const out = await this.#tshark('-Y', filter, '-T', 'fields', ...names.flatMap(name => ['-e', name]));
    return out.split('\n').filter(Boolean).map(line => line.split('\t'));
  }
}
