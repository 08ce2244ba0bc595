import { expect, test } from 'vitest';
import { probeImage } from '../../../src/flows/collect/probe-image.ts';
import { parseImage } from '../../../src/model/image/image.ts';
import { matchingEntries } from '../../../src/model/image/keyring.ts';
import type { ProbeOutcome } from '../../../src/model/image/outcome.ts';
import { known } from '../../../src/model/values/fact.ts';
import type { Keychain } from '../../../src/ports/keychain.ts';
import {
  credentialOf,
  endless,
  memoryKeychain,
  memoryRegistry,
  type RegistryStory,
  recorder,
} from '../../support/in-memory.ts';
import { digestOf, html, notFound, notProbed, refused, serverError, unreachable } from '../../support/probes.ts';

const web = 'ghcr.io/acme/web:1';
const limited: ProbeOutcome = { kind: 'rate-limited', message: 'toomanyrequests' };

interface Case {
  readonly what: string;
  /** Key of the pull secret to user. */
  readonly keyring?: readonly (readonly [key: string, user: string])[];
  readonly registry: RegistryStory;
  readonly asked: readonly string[];
  /** Who was asked as what, in the report's words. */
  readonly as: readonly string[];
  readonly digestOf?: string;
  readonly readsOnAs?: string;
  readonly readsOnVia?: string;
}

const cases: readonly Case[] = [
  {
    what: 'nobody else is asked when the workload gets it anonymously',
    registry: { references: { [web]: 'one' }, own: 'bot' },
    asked: [`HEAD ${web}`],
    as: ['workload'],
    digestOf: 'one',
  },
  {
    what: 'a matching pull secret is used, and nobody else is asked',
    keyring: [['ghcr.io', 'robot']],
    registry: { references: { [web]: 'one' }, own: 'bot' },
    asked: [`HEAD ${web} as robot`],
    as: ['workload robot'],
    digestOf: 'one',
    readsOnAs: 'robot',
  },
  {
    what: 'every matching secret is tried in turn until one works',
    keyring: [
      ['ghcr.io', 'old'],
      ['ghcr.io', 'new'],
      ['ghcr.io', 'never'],
    ],
    registry: { forUser: { old: { [web]: refused(401) }, new: { [web]: 'one' } } },
    asked: [`HEAD ${web} as old`, `HEAD ${web} as new`],
    as: ['workload old', 'workload new'],
    digestOf: 'one',
    readsOnAs: 'new',
  },
  {
    what: 'two entries of one secret stay apart',
    keyring: [
      ['ghcr.io', 'wide'],
      ['ghcr.io/acme', 'narrow'],
    ],
    registry: { forUser: { narrow: { [web]: refused(403) }, wide: { [web]: 'one' } } },
    asked: [`HEAD ${web} as narrow`, `HEAD ${web} as wide`],
    as: ['workload narrow', 'workload wide'],
    digestOf: 'one',
    readsOnAs: 'wide',
  },
  {
    what: 'a secret of another registry is not sent',
    keyring: [['quay.io', 'robot']],
    registry: { references: { [web]: 'one' } },
    asked: [`HEAD ${web}`],
    as: ['workload'],
    digestOf: 'one',
  },
  {
    what: 'bot yes, workload no: a credential problem',
    keyring: [['ghcr.io', 'robot']],
    registry: { references: { [web]: refused(401) }, forUser: { bot: { [web]: 'one' } }, own: 'bot' },
    asked: [`HEAD ${web} as robot`, `HEAD ${web}`, `HEAD ${web} as bot`],
    as: ['workload robot', 'anonymous', 'bot'],
    digestOf: 'one',
    readsOnAs: 'bot',
  },
  {
    what: 'public, but the secret is rejected: what nobody gets is read on as nobody',
    keyring: [['ghcr.io', 'robot']],
    registry: { references: { [web]: 'one' }, forUser: { robot: { [web]: refused(401) } } },
    asked: [`HEAD ${web} as robot`, `HEAD ${web}`],
    as: ['workload robot', 'anonymous'],
    digestOf: 'one',
  },
  {
    what: 'everyone 404: whoever may look reads on',
    keyring: [['ghcr.io', 'robot']],
    registry: { references: { [web]: notFound('tag') }, forUser: { nobody: { [web]: refused(403) } }, own: 'bot' },
    asked: [`HEAD ${web} as robot`, `HEAD ${web}`, `HEAD ${web} as bot`],
    as: ['workload robot', 'anonymous', 'bot'],
    readsOnAs: 'robot',
  },
  {
    what: 'everyone is refused: the strongest credential reads on',
    keyring: [['ghcr.io', 'robot']],
    registry: { references: { [web]: refused(403) }, own: 'bot' },
    asked: [`HEAD ${web} as robot`, `HEAD ${web}`, `HEAD ${web} as bot`],
    as: ['workload robot', 'anonymous', 'bot'],
    readsOnAs: 'bot',
  },
  ...[unreachable('dns'), serverError(), notProbed('deadline'), notProbed('guarded')].map(
    (outcome): Case => ({
      what: `${outcome.kind}: nobody else gets further, so nobody else is asked`,
      keyring: [
        ['ghcr.io', 'robot'],
        ['ghcr.io', 'other'],
      ],
      registry: { references: { [web]: outcome }, own: 'bot' },
      asked: [`HEAD ${web} as robot`],
      as: ['workload robot'],
      readsOnAs: 'bot',
    }),
  ),
  ...[limited, html, notProbed('spared'), notProbed('realm-not-allowed')].map(
    (outcome): Case => ({
      what: `${outcome.kind}: someone else may get further`,
      registry: { references: { [web]: outcome }, forUser: { bot: { [web]: 'one' } }, own: 'bot' },
      asked: [`HEAD ${web}`, `HEAD ${web} as bot`],
      as: ['workload', 'bot'],
      digestOf: 'one',
      readsOnAs: 'bot',
    }),
  ),
  {
    what: 'mirror and origin are asked apart, and the digest is the origin’s',
    registry: {
      mirrors: ['mirror.test'],
      throughMirror: { 'mirror.test': { [web]: 'old' } },
      references: { [web]: 'new' },
    },
    asked: [`HEAD ${web} via mirror.test`, `HEAD ${web}`],
    as: ['workload via mirror.test', 'workload'],
    digestOf: 'new',
  },
  {
    what: 'a mirror that serves it hides no failure of the origin',
    registry: {
      mirrors: ['mirror.test'],
      throughMirror: { 'mirror.test': { [web]: 'old' } },
      references: { [web]: refused(401) },
      own: 'bot',
    },
    asked: [`HEAD ${web} via mirror.test`, `HEAD ${web}`, `HEAD ${web} as bot`],
    as: ['workload via mirror.test', 'workload', 'bot'],
    digestOf: 'old',
    readsOnVia: 'mirror.test',
  },
  {
    what: 'a mirror that fails hides no origin that works',
    registry: {
      mirrors: ['mirror.test'],
      throughMirror: { 'mirror.test': { [web]: serverError() } },
      references: { [web]: 'new' },
    },
    asked: [`HEAD ${web} via mirror.test`, `HEAD ${web}`],
    as: ['workload via mirror.test', 'workload'],
    digestOf: 'new',
  },
];

test.each(cases)('$what', async ({ keyring = [], registry, ...expected }) => {
  const parsed = parseImage(web);
  if (!parsed.ok) throw new Error(parsed.reason);
  const record = recorder();
  const entries = keyring.map(([key, user]) => ({ key, secretName: user, credential: credentialOf(user) }));
  expect(matchingEntries(entries, parsed.image).length).toBeLessThanOrEqual(entries.length);
  const { attempts, digest, how } = await probeImage(
    parsed.image,
    { keychain: memoryKeychain(registry.own), keyring: entries },
    memoryRegistry(registry, record),
    endless,
  );
  expect(record.asked).toEqual(expected.asked);
  expect(
    attempts.map(({ as, secretName, via }) =>
      [as, secretName, via.kind === 'mirror' ? `via ${via.host}` : undefined].filter(Boolean).join(' '),
    ),
  ).toEqual(expected.as);
  expect(digest).toEqual(
    expected.digestOf === undefined
      ? { known: false, why: expect.any(String) }
      : { known: true, value: digestOf(expected.digestOf) },
  );
  expect(how.credential?.username).toBe(expected.readsOnAs);
  expect(how.route).toEqual(
    expected.readsOnVia === undefined
      ? { kind: 'origin', host: 'ghcr.io' }
      : { kind: 'mirror', host: expected.readsOnVia },
  );
});

test.each([
  ['the others are asked beside the workload', notFound('tag'), ['workload robot', 'anonymous', 'bot']],
  ['what they got is forgotten when the workload gets it', 'one', ['workload robot']],
  ['what they got is forgotten when nobody can get further', unreachable('dns'), ['workload robot']],
] as const)('the node failed: %s', async (_, outcome, expected) => {
  const parsed = parseImage(web);
  if (!parsed.ok) throw new Error(parsed.reason);
  // Nobody is answered before all three are asked.
  const { promise: everyoneAsked, resolve } = Promise.withResolvers<void>();
  const asked: string[] = [];
  const pass = async () => {
    if (asked.length === 3) resolve();
    await everyoneAsked;
  };
  const keyring = [{ key: 'ghcr.io', secretName: 'robot', credential: credentialOf('robot') }];
  const { attempts } = await probeImage(
    parsed.image,
    { keychain: memoryKeychain('bot'), keyring, isFailing: true },
    memoryRegistry({ references: { [web]: outcome } }, { asked, pass }),
    endless,
  );
  expect(asked.toSorted()).toEqual([`HEAD ${web}`, `HEAD ${web} as bot`, `HEAD ${web} as robot`]);
  expect(attempts.map(({ as, secretName }) => [as, secretName].filter(Boolean).join(' '))).toEqual(expected);
});

test('entries that are limited to workloads are asked for by the workload’s name', async () => {
  const names: unknown[] = [];
  const registry = memoryRegistry({ references: {} });
  const parsed = parseImage(web);
  if (!parsed.ok) throw new Error(parsed.reason);
  const keychain: Pick<Keychain, 'credentialsFor'> = {
    credentialsFor: async (_, user) => {
      if (user.kind === 'bot') names.push(user.workload);
      return known([]);
    },
  };
  await probeImage(parsed.image, { keychain, keyring: [], workloadName: 'nats' }, registry, endless);
  expect(names).toEqual(['nats']);
});
