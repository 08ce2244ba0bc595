import { expect, test } from 'vitest';
import { readPullSecrets } from '../../../src/flows/collect/read-pull-secrets.ts';
import type { Pod } from '../../../src/model/snapshot/snapshot.ts';
import { known, unknown } from '../../../src/model/values/fact.ts';
import { Secret } from '../../../src/model/values/secret.ts';
import { aWorkload, type ClusterStory, endless, memoryCluster, secretFor } from '../../support/in-memory.ts';
import { aPod, minutesAgo } from '../../support/snapshot.ts';

const robot = secretFor({ 'ghcr.io': 'robot' });

async function read(story: ClusterStory, pods: readonly Pod[] = []) {
  return readPullSecrets(aWorkload(story), Promise.resolve(known(pods)), memoryCluster(story), endless);
}

function account(...pullSecretNames: string[]): Pick<ClusterStory, 'serviceAccount'> {
  return { serviceAccount: { kind: 'found', value: { pullSecretNames, annotations: {} } } };
}

test.each<[string, ClusterStory, readonly Pod[], (readonly [string, string])[]]>([
  [
    'the template’s, and then not the account’s',
    { template: { pullSecretNames: ['own'] }, ...account('account') },
    [],
    [['own', 'pod']],
  ],
  ['the account’s, when the template names none', account('account'), [], [['account', 'serviceAccount']]],
  [
    'what pods got at admission counts, too',
    account('account'),
    [aPod([], { pullSecretNames: ['earlier'] })],
    [
      ['account', 'serviceAccount'],
      ['earlier', 'pod'],
    ],
  ],
  [
    'each once, however many pods',
    { template: { pullSecretNames: ['own'] } },
    Array.from({ length: 1000 }, () => aPod([], { pullSecretNames: ['own'] })),
    [['own', 'pod']],
  ],
])('%s', async (_, story, pods, expected) => {
  const { pullSecrets } = await read(story, pods);
  expect(pullSecrets.map(({ name, referencedBy }) => [name, referencedBy])).toEqual(expected);
});

test('checks see keys, users and ends, never a password', async () => {
  const expiresAt = new Date(minutesAgo(5));
  const password = new Secret('hunter2');
  const secret = {
    kind: 'found' as const,
    value: {
      type: 't',
      createdAt: 'c',
      annotations: {},
      entries: [{ key: 'ghcr.io', credential: { username: 'u', password, expiresAt } }],
    },
  };
  const seen = await read({ template: { pullSecretNames: ['s'] }, secrets: { s: secret } });
  expect(seen.pullSecrets[0]?.content).toEqual(
    known({
      state: 'usable',
      type: 't',
      createdAt: 'c',
      entries: [{ key: 'ghcr.io', username: 'u', expiresAt: minutesAgo(5) }],
    }),
  );
  expect(JSON.stringify(seen.pullSecrets)).not.toContain('hunter2');
  expect(seen.keyring.map(({ credential }) => credential.password.reveal())).toEqual(['hunter2']);
});

test.each(['', 'x', 'x-oauth-basic'])(
  'a token as the user name beside the password "%s" is not shown',
  async (text) => {
    const credential = { username: 'T0kenOfGitHub', password: new Secret(text) };
    const value = { type: 't', createdAt: 'c', annotations: {}, entries: [{ key: 'ghcr.io', credential }] };
    const story = { template: { pullSecretNames: ['s'] }, secrets: { s: { kind: 'found' as const, value } } };
    const { pullSecrets, keyring } = await read(story);
    expect(JSON.stringify(pullSecrets)).not.toContain('T0kenOfGitHub');
    expect(keyring[0]?.credential.username).toBe('T0kenOfGitHub');
  },
);

test('missing, unusable and unreadable secrets are told apart, and none of them is used', async () => {
  const { pullSecrets, keyring } = await read({
    template: { pullSecretNames: ['gone', 'broken', 'hidden', 'good'] },
    secrets: {
      broken: {
        kind: 'found',
        value: { type: 'Opaque', createdAt: 'c', annotations: {}, entries: [], problem: 'its type is Opaque' },
      },
      hidden: { kind: 'unknown', why: 'forbidden', missingRight: 'get secrets in shop' },
      good: robot,
    },
  });
  expect(pullSecrets.map(({ content }) => (content.known ? content.value.state : content))).toEqual([
    'missing',
    'unusable',
    unknown('forbidden', 'get secrets in shop'),
    'usable',
  ]);
  expect(keyring.map(({ secretName }) => secretName)).toEqual(['good']);
});

test.each([
  [{ kind: 'absent' } as const, unknown('service account default does not exist')],
  [
    { kind: 'unknown', why: 'forbidden', missingRight: 'get serviceaccounts' } as const,
    unknown('forbidden', 'get serviceaccounts'),
  ],
])('a service account that cannot be had: %o', async (serviceAccount, expected) => {
  const seen = await read({ serviceAccount, template: { pullSecretNames: ['s'] }, secrets: { s: robot } });
  expect(seen.serviceAccount).toEqual(expected);
  expect(seen.keyring).toHaveLength(1);
});
