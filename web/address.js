// Under which address others reach this page. http://localhost:8080/ leads nobody else here, so the server tells the
// machine's other names and addresses (/ports.json).
//
//	addresses()   ->  ['http://192.168.0.23:8080/', 'http://[2001:db8::1]:8080/'], or none
//	address()     ->  the one that was chosen, else the first, else our own

import { hosts } from './api.js';
import { store, stored } from './dom.js';

const isLoopback = host => /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])\.?$/i.test(host);

export function addresses() {
  if (!isLoopback(location.hostname)) return [location.origin + '/'];
  const port = location.port && ':' + location.port;
  return hosts.filter(host => !isLoopback(host)).map(host => `${location.protocol}//${host}${port}/`);
}

export function address() {
  const all = addresses(), chosen = stored('address');
  return all.includes(chosen) ? chosen : all[0] ?? location.origin + '/';
}
export const chooseAddress = to => store('address', to);
