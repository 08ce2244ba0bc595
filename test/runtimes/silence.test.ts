import type { Server } from 'node:http';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainText } from '../../src/explain/explain.ts';
import { listen } from '../../src/sandbox/serving/listen.ts';
import { type Answer, eventTexts, plainVersion } from '../support/pulls/recorded.ts';
import { runtimeKinds } from '../support/pulls/runtimes.ts';
import { simulatedPuller } from '../support/pulls/simulated.ts';
import { published, type Surroundings } from '../support/pulls/world.ts';
import { hostsOf, programOf, startContainerd } from './support/containerd.ts';

const silent = 'silent.example.org/team/app:1';
const secure = 'secure.example.org/team/app:1';

// A runtime waits 10 s for a TLS handshake and 30 s for an answer (before 2.x as long as the kubelet lets it), so every
// pull of this file runs at the same time.
describe('a server that accepts connections and never answers', () => {
  const sockets: Socket[] = [];
  let server: NetServer;
  let surroundings: Surroundings;
  const answers = new Map<string, { readonly answer: Answer; readonly version: string }>();
  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
    });
    const url = await listen(server as Server, 0);
    const endpoints = { 'silent.example.org': url, 'secure.example.org': url.replace('http:', 'https:') };
    surroundings = { endpoints, mirrors: {} };
    await Promise.all(
      runtimeKinds.map(async ({ name, variable, path }) => {
        const containerd = await startContainerd(programOf(variable), path, hostsOf(surroundings));
        const version = plainVersion(containerd.version);
        try {
          const pulled = await containerd.cri.pull(version.startsWith('1.') ? secure : silent);
          const message = pulled.ok ? '' : published(pulled.message, surroundings);
          answers.set(name, { version, answer: pulled.ok ? 'pulled' : { code: pulled.code, message } });
        } finally {
          await containerd.stop();
        }
      }),
    );
  }, 90_000);
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  });

  it.each(runtimeKinds)('is told of by $name, and explained', async ({ name, path }) => {
    const { answer, version } = answers.get(name) ?? { answer: 'pulled', version: '' };
    if (answer === 'pulled') expect.fail('the pull succeeded');
    const isOne = version.startsWith('1.');
    expect(answer.code).toBe(isOne ? 'Unknown' : 'DeadlineExceeded');
    expect(answer.message).toContain(
      isOne ? 'net/http: TLS handshake timeout' : 'net/http: timeout awaiting response headers',
    );
    const image = isOne ? secure : silent;
    for (const text of eventTexts(image, answer))
      expect(['tls_handshake_timeout', 'network_timeout', 'deadline_exceeded']).toContain(
        explainText(text, { image }).cause,
      );
    if (isOne) return;
    const simulated = simulatedPuller(surroundings, version, path === 'local', 300);
    expect(await simulated.pull({ image })).toEqual(answer);
    await simulated.close();
  });
});
