import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainText } from '../../src/explain/explain.ts';
import { startRegistries } from '../../src/sandbox/registries/index.ts';
import { eventTexts } from '../support/pulls/recorded.ts';
import { runtimeKinds } from '../support/pulls/runtimes.ts';
import { createAuthority } from '../support/registry-tls.ts';
import { programOf, startContainerd } from './support/containerd.ts';
import type { Pulled } from './support/cri.ts';
import { openSkopeo, type Skopeo } from './support/skopeo.ts';

/** What is wrong on the node, and not at the registry: each runtime says it in its own words. */
const host = 'store.example';
const image = `${host}/acme/web:1`;

let registries: Awaited<ReturnType<typeof startRegistries>>;
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imagecheck-node-faults-'));
  registries = await startRegistries({ hosts: [{ host, personality: 'generic' }], now: () => new Date() });
  registries.change(host, { push: { repository: 'acme/web', tags: ['1'] } });
});
afterAll(async () => {
  await registries.stop();
  await rm(directory, { recursive: true, force: true });
});

/** Asserts that every text about a failed pull is explained by this cause, with the node as the place. */
function expectExplained(pulled: Pulled, cause: string): void {
  expect(pulled).toMatchObject({ ok: false });
  if (pulled.ok) return;
  for (const text of eventTexts(image, { code: pulled.code, message: pulled.message })) {
    const explained = explainText(text, { image });
    expect(explained.cause, text).toBe(cause);
    expect(`${explained.meaning} ${explained.next}`).toMatch(/\bnode/);
  }
}

describe.each(runtimeKinds)('$name', ({ variable, path }) => {
  it('whose store lost its content says what is explained as damage of the node', async () => {
    const [server = ''] = Object.values(registries.endpoints);
    const containerd = await startContainerd(programOf(variable), path, { [host]: { server } });
    try {
      expect(await containerd.cri.pull(image)).toMatchObject({ ok: true });
      const blobs = join(containerd.root, 'io.containerd.content.v1.content/blobs/sha256');
      for (const file of await readdir(blobs)) await rm(join(blobs, file));
      expectExplained(await containerd.cri.pull(image), 'node_image_store');
    } finally {
      await containerd.stop();
    }
  });

  it('without the client certificate that the registry wants says what is explained as its configuration', async () => {
    const authority = createAuthority();
    const certificate = authority.issue(['localhost', '127.0.0.1']);
    const server = createServer({ ...certificate, ca: authority.ca, requestCert: true, rejectUnauthorized: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const caFile = join(directory, `${port}.crt`);
    await writeFile(caFile, authority.ca);
    const hosts = { [host]: { server: `https://localhost:${port}`, caFile } };
    const containerd = await startContainerd(programOf(variable), path, hosts);
    try {
      expectExplained(await containerd.cri.pull(image), 'node_configuration');
    } finally {
      await containerd.stop();
      server.close();
    }
  });
});

describe('skopeo, whose library is the one of CRI-O', () => {
  let skopeo: Skopeo;
  beforeAll(async () => {
    skopeo = await openSkopeo(programOf('IMAGECHECK_SKOPEO'), { endpoints: registries.endpoints, mirrors: {} });
  });
  afterAll(() => skopeo.stop());

  it.each([
    ['refuses every image', '{"default":[{"type":"reject"}]}', 'signature_policy'],
    [
      'wants a signature',
      '{"default":[{"type":"signedBy","keyType":"GPGKeys","keyPath":"/nowhere/key"}]}',
      'signature_policy',
    ],
    ['cannot be parsed', '{"default":', 'node_configuration'],
    ['is not there', undefined, 'node_configuration'],
  ])('with a policy.json that %s', async (name, content, cause) => {
    const policy = join(directory, `${name.replaceAll(' ', '-')}.json`);
    if (content !== undefined) await writeFile(policy, content);
    const target = `dir:${await mkdtemp(join(directory, 'copy-'))}`;
    const result = await skopeo.run(['copy', '--quiet', `docker://${image}`, target], undefined, policy);
    expectExplained(
      result.ok ? { ok: true, imageRef: '' } : { ok: false, code: 'Unknown', message: result.problem },
      cause,
    );
  });
});
