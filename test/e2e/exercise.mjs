// An exercise as a student does it: the command of the page, a capture by tshark, and the answers looked up in it.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Capture } from './capture.mjs';

// captured plays the command that the page shows, and returns the capture of it.
export async function captured(program, command) {
  const capture = await Capture.start(program, 'portrange 20000-30000'); // those that exercises draw
  const [name, ...args] = command.split(' ');
  if (name !== 'pollwire') throw Error(command);
  await promisify(execFile)(program.binary, args, { cwd: program.dir });
  await capture.stop();
  return capture;
}

// solved finds the answers of tcp-open-close from what the tasks say.
export async function solved(capture, tasks) {
  const one = async (filter, field) => (await capture.fields(filter, field))[0][0];
  const stream = async task => `tcp.stream == ${await one(`http.request.uri == "${/\/lab\/\S+\?run=[a-z0-9-]+/.exec(task)[0]}"`, 'tcp.stream')}`;
  const [whole, torn] = [await stream(tasks[0]), await stream(tasks[1])], refused = `tcp.port == ${/2\d{4}/.exec(tasks[2])[0]}`;
  const syn = `${whole} && tcp.flags.syn == 1 && tcp.flags.ack == 0`, synAck = `${whole} && tcp.flags.syn == 1 && tcp.flags.ack == 1`;
  const sent = await capture.fields(`${whole} && tcp.srcport == ${await one(syn, 'tcp.dstport')}`, 'tcp.len');
  return {
    client_port: await one(syn, 'tcp.srcport'), isn: await one(syn, 'tcp.seq_raw'),
    server_isn: '0x' + Number(await one(synAck, 'tcp.seq_raw')).toString(16), rtt: await one(synAck, 'tcp.time_delta') + ' s',
    mss: await one(syn, 'tcp.options.mss_val'), bytes: String(sent.reduce((sum, [n]) => sum + Number(n), 0)),
    fin_seq: await one(`${whole} && tcp.flags.fin == 1`, 'tcp.seq_raw'), rst: await one(`${torn} && tcp.flags.reset == 1`, 'frame.number'),
    refused_ack: await one(`${refused} && tcp.flags.reset == 1`, 'tcp.ack_raw'),
  };
}
