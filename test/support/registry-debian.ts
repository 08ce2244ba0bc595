import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSign, randomUUID, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Blob } from './registry-images.ts';
import { createAuthority } from './registry-tls.ts';

const BINARY = process.env['IMAGECHECK_DOCKER_REGISTRY'] ?? '/usr/bin/docker-registry';

/** Why these tests cannot run here; undefined when they can. With CI=true they must. */
export function debianRegistryMissing(): string | undefined {
  if (existsSync(BINARY) || process.env['CI'] === 'true') return undefined;
  return `${BINARY} is not there (package docker-registry)`;
}

export interface DebianRegistry {
  readonly origin: string;
  /** Uploads blobs and manifests; a manifest goes under its tag, or its digest. */
  push(repository: string, blobs: readonly Blob[], manifests: readonly (readonly [Blob, string?])[]): Promise<void>;
  close(): Promise<void>;
}

/** distribution 2.8 with a password file: user `bot`, password `s3cret-pass`. */
export async function startPasswordRegistry(): Promise<DebianRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-registry-'));
  const file = join(directory, 'htpasswd');
  await writeFile(file, execFileSync('htpasswd', ['-Bbn', 'bot', 's3cret-pass']));
  const authorization = `Basic ${Buffer.from('bot:s3cret-pass').toString('base64')}`;
  return start(directory, `  htpasswd: {realm: test, path: ${file}}`, async () => authorization);
}

export interface TokenRegistry extends DebianRegistry {
  readonly tokenHost: string;
  /** Token requests, as `user scope`. */
  readonly tokenRequests: string[];
}

/** distribution 2.8 with tokens: `bot` may do everything, anyone may pull from `open/…`; an empty grant otherwise. */
export async function startTokenRegistry(): Promise<TokenRegistry> {
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-registry-'));
  const { key, cert } = createAuthority('rsa').issue(['tokens.test']);
  const bundle = join(directory, 'tokens.crt');
  await writeFile(bundle, cert);
  const tokenRequests: string[] = [];
  const sign = (scopes: readonly string[], user: string): string => signToken(key, cert, grant(scopes, user));
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://tokens');
    const [user = '', password] = credentialOf(request.headers.authorization);
    tokenRequests.push(`${user} ${searchParams.getAll('scope').join(' ')}`);
    response.setHeader('content-type', 'application/json');
    if (user !== '' && password !== 's3cret-pass') {
      response.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED","message":"wrong password"}]}');
      return;
    }
    response.end(JSON.stringify({ token: sign(searchParams.getAll('scope'), user), expires_in: 300 }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const tokenHost = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const auth = `  token: {realm: "http://${tokenHost}/token", service: test-registry, issuer: test-issuer, rootcertbundle: ${bundle}}`;
  const authorize = async (repository: string) => `Bearer ${sign([`repository:${repository}:pull,push`], 'bot')}`;
  const registry = await start(directory, auth, authorize);
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await registry.close();
  };
  return { ...registry, tokenHost, tokenRequests, close };
}

function credentialOf(authorization: string | undefined): readonly string[] {
  return Buffer.from((authorization ?? '').replace(/^Basic /, ''), 'base64')
    .toString()
    .split(':');
}

function grant(scopes: readonly string[], user: string): readonly object[] {
  return scopes.flatMap((scope) => {
    const [type = '', name = '', actions = ''] = scope.split(':');
    if (user === 'bot') return [{ type, name, actions: actions.split(',') }];
    return name.startsWith('open/') ? [{ type, name, actions: ['pull'] }] : [];
  });
}

function signToken(key: string, cert: string, access: readonly object[]): string {
  const now = Math.floor(Date.now() / 1000);
  const x5c = [new X509Certificate(cert).raw.toString('base64')];
  const times = { exp: now + 300, nbf: now - 10, iat: now };
  const claims = { iss: 'test-issuer', aud: 'test-registry', sub: 'x', jti: randomUUID(), ...times, access };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ typ: 'JWT', alg: 'RS256', x5c })}.${part(claims)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
}

async function start(
  directory: string,
  auth: string,
  authorize: (repository: string) => Promise<string>,
): Promise<DebianRegistry> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const file = join(directory, 'config.yml');
    await writeFile(
      file,
      `version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: ${directory}/data}, delete: {enabled: true}}\nhttp: {addr: 127.0.0.1:${port}}\nauth:\n${auth}\n`,
    );
    const child = spawn(BINARY, ['serve', file], { stdio: 'ignore' });
    const killed = (): void => void child.kill('SIGKILL');
    process.once('exit', killed);
    const close = async (): Promise<void> => {
      process.removeListener('exit', killed);
      await stop(child);
      await rm(directory, { recursive: true, force: true });
    };
    const origin = `http://127.0.0.1:${port}`;
    if (await answers(origin, child)) return { origin, close, push: pushTo(origin, authorize) };
    await stop(child);
    process.removeListener('exit', killed);
    // Another process may have taken the port since it was found free.
    if (attempt === 5) throw new Error(`${BINARY} does not start`);
  }
}

function answers(origin: string, child: ChildProcess): Promise<boolean> {
  const failed = new Promise<'failed'>((resolve) => {
    child.once('error', () => resolve('failed'));
    child.once('exit', () => resolve('failed'));
  });
  return asksAway(origin, failed);
}

/** Polls until the registry asks for a password, or its process has ended. */
async function asksAway(origin: string, failed: Promise<'failed'>): Promise<boolean> {
  const status = await fetch(`${origin}/v2/`).then(
    (answer) => answer.status,
    () => 0,
  );
  if (status === 401) return true;
  const next = new Promise<'next'>((resolve) => setImmediate(resolve, 'next'));
  return (await Promise.race([failed, next])) === 'failed' ? false : asksAway(origin, failed);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}

async function freePort(): Promise<number> {
  const server = createNetServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function pushTo(origin: string, authorize: (repository: string) => Promise<string>): DebianRegistry['push'] {
  return async (repository, blobs, manifests) => {
    const authorization = await authorize(repository);
    const send = async (method: string, url: string, body?: string, contentType = 'application/octet-stream') => {
      const answer = await fetch(new URL(url, origin), {
        method,
        headers: { authorization, 'content-type': contentType },
        ...(body === undefined ? {} : { body }),
      });
      if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
      return answer;
    };
    for (const { digest, content } of blobs) {
      const upload = new URL(
        (await send('POST', `/v2/${repository}/blobs/uploads/`)).headers.get('location') ?? '',
        origin,
      );
      upload.searchParams.set('digest', digest);
      await send('PUT', upload.href, content);
    }
    for (const [{ digest, content, mediaType }, tag] of manifests) {
      await send('PUT', `/v2/${repository}/manifests/${tag ?? digest}`, content, mediaType);
    }
  };
}
