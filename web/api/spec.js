// The document, openapi.json without its white space, and where its services are: their ports are those of ports.json,
// not those written in it.

import { text } from './words.js';

export let doc, ports, operations;

export async function load() {
  [doc, ports] = await Promise.all(['/docs/openapi.json', '/docs/ports.json'].map(async url => (await fetch(url)).json()));
  operations = Object.entries(doc.paths).flatMap(([path, item]) =>
    ['get', 'post', 'put', 'patch', 'delete']
      .filter(method => item[method])
      .map(method => ({
        ...item[method],
        method: method.toUpperCase(),
        path,
        tag: item[method].tags[0],
        service: serviceOf(item.servers ?? doc.servers),
        parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(follow),
        responses: Object.entries(item[method].responses).map(([status, response]) => ({ status, ...follow(response) })),
      })),
  );
}

const serviceOf = ([{ url }]) => ({ 8000: 'http', 8001: 'ws', 8080: 'files', 3001: 'health' })[new URL(url).port];

// follow returns what a $ref points to. What stands beside the $ref goes before what is there.
export function follow(node) {
  if (!node?.$ref) return node;
  const { $ref, ...own } = node;
  const there = $ref
    .slice(2)
    .split('/')
    .reduce((at, key) => at[key.replaceAll('~1', '/').replaceAll('~0', '~')], doc);
  return { ...follow(there), ...own };
}
export const nameOf = node =>
  node?.$ref?.startsWith('#/components/schemas/') && !node.$ref.slice(21).includes('/') ? node.$ref.slice(21) : '';

// plain is whether a service has no TLS: health on a port of its own.
export const plain = service => service === 'health' && !['files', 'http', 'ws'].some(other => ports[other] === ports.health);

// base is the address of a service as this page calls it, '' if it is off.
export function base(service, scheme = location.protocol) {
  if (!ports[service]) return '';
  return `${plain(service) ? 'http:' : scheme}//${location.hostname}:${ports[service]}`;
}

export const summary = op => text(op.summary, 'operations', op.operationId, 0);
export const description = op => text(op.description.split('\n\nWireshark: ')[0], 'operations', op.operationId, 1);

// filter is the display filter of a call, with the ports of now; of one connection where its client's port is known.
export function filter(op, port) {
  let it = op['x-display-filter'].replace('tcp.dstport == 8000', `tcp.dstport == ${ports.http}`);
  if (location.protocol === 'https:' && op.service !== 'ws' && !plain(op.service)) {
    // browsers speak HTTP/2 there
    it = it.replace('http.request.method', 'http2.headers.method').replace('http.request.uri', 'http2.headers.path');
  }
  return port ? `tcp.port == ${port} && ${it}` : it;
}

// examples are those of a media type or of its schema: [{name, summary, value}].
export function examples(media) {
  if (media.example !== undefined) return [{ name: '', value: media.example }];
  if (media.examples) return Object.entries(media.examples).map(([name, example]) => ({ name, ...follow(example) }));
  return (follow(media.schema)?.examples ?? []).map((value, i) => ({ name: String(i + 1), value }));
}
