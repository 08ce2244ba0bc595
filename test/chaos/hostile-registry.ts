import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { close, listen } from '../../src/sandbox/serving/listen.ts';

/** A registry that answers each repository in a bad way of its own. */
export interface HostileRegistry {
  readonly url: string;
  /** Repositories, each named after what is wrong with its answers. */
  readonly repositories: readonly string[];
  stop(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const bodyBytes = 4_000_000;
/** No answer lasts longer than this: chaos ends. */
const longestMs = 30_000;

function json(response: ServerResponse, body: string, type = 'application/vnd.oci.image.index.v1+json'): void {
  response.writeHead(200, { 'content-type': type });
  response.end(body);
}

const elements = (name: string, element: string): string =>
  `{"schemaVersion":2,"${name}":[${Array.from({ length: bodyBytes / (element.length + 1) }, () => element).join(',')}]}`;

/** Sends a little again and again, until nobody listens. */
function drip(response: ServerResponse, everyMs: number, piece: string): void {
  const timer = setInterval(() => response.write(piece), everyMs);
  const last = setTimeout(() => response.destroy(), longestMs);
  response.on('close', () => {
    clearInterval(timer);
    clearTimeout(last);
  });
}

const answers: Readonly<Record<string, Answer>> = {
  manifests: (_, response) => json(response, elements('manifests', '1')),
  errors: (_, response) => {
    response.writeHead(404, { 'content-type': 'application/json' });
    response.end(elements('errors', '{}'));
  },
  layers: (_, response) =>
    json(response, elements('layers', 'null'), 'application/vnd.docker.distribution.manifest.v2+json'),
  tags: (_, response) => json(response, elements('tags', '""'), 'application/json'),
  deep: (_, response) => json(response, `${'['.repeat(bodyBytes / 2)}${']'.repeat(bodyBytes / 2)}`),
  // Whatever was sent is in the answer, encoded and not.
  echo: ({ headers: { authorization = 'none' } }, response) => {
    const sent = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ errors: [{ code: 'DENIED', message: `${authorization} ${sent} may not` }] }));
  },
  html: (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end('<html><body>please log in</body></html>');
  },
  drip: (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    drip(response, 1000, ' ');
  },
  endless: (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    drip(response, 5, ' '.repeat(64_000));
  },
  reset: ({ socket }) => socket.destroy(),
  half: (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"schemaVersion":2,', () => response.destroy());
  },
  // 64 MB of zeros in 64 kB.
  packed: (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(gzipSync(Buffer.alloc(64_000_000)));
  },
  challenge: (_, response) => {
    response.writeHead(401, { 'www-authenticate': `Bearer realm="http://169.254.169.254/",x="${'"'.repeat(5000)}` });
    response.end();
  },
  limited: (_, response) => {
    response.writeHead(429, { 'retry-after': '1' });
    response.end();
  },
  broken: (_, response) => {
    response.writeHead(500);
    response.end('\u0000'.repeat(1000));
  },
  elsewhere: (_, response) => {
    response.writeHead(307, { location: 'http://127.0.0.1:1/' });
    response.end();
  },
};

export async function startHostileRegistry(): Promise<HostileRegistry> {
  const server = createServer((request, response) => {
    response.on('error', () => {});
    const found = /^\/v2\/acme\/([a-z]+)\//.exec(request.url ?? '')?.[1] ?? '';
    const answer = answers[found];
    if (answer === undefined) json(response, '{}', 'application/json');
    else answer(request, response);
  });
  const url = await listen(server, 0);
  return { url, repositories: Object.keys(answers), stop: () => close(server) };
}
