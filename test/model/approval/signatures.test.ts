import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Approval, type Grant } from '../../../src/model/approval/approval.ts';
import {
  isAskedSignedBy,
  isSignedBy,
  isVoteSignedBy,
  readPublicKey,
  signAsked,
  signGrant,
  signVote,
} from '../../../src/model/approval/signatures.ts';
import { canonicalJson } from '../../../src/model/values/canonical.ts';
import { recordsOf, storedRecords } from '../../support/stored-records.ts';
import { vote } from './approval-parts.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');

const approval: Approval = {
  version: 1,
  id: 'A1',
  revision: 0,
  team: 'T1',
  cluster: 'dev-eu',
  state: 'pending',
  request: { version: 1, at: '2026-11-21T12:00:00Z', cluster: 'dev-eu', remedy: 'force-repull', targets: [] },
  requester: 'U0ANA',
  text: 'repull',
  channel: 'C1',
  requestedAt: '2026-11-21T12:00:00Z',
  votes: [],
  results: [],
};
const on = { ...approval, digest: 'd1' };
const grant: Grant = {
  version: 1,
  approval: 'A1',
  team: 'T1',
  cluster: 'dev-eu',
  digest: 'd1',
  requester: 'U0ANA',
  votes: [],
  decidedAt: '2026-11-21T12:01:00Z',
  executeBefore: '2026-11-21T12:11:00Z',
  nonce: 'n1',
};

const asked = signAsked({ ...approval, first: 'A1' }, privateKey);
const cast = signVote(vote('U0BEN', 'owners'), on, privateKey);
const signed = signGrant(grant, privateKey);
const { tagged: _, ...ofTheReleaseBefore } = signed;

/** Whether a signature is taken for one of that kind. */
const kinds = {
  asked: (signature: string, keys = [publicKey]) =>
    isAskedSignedBy({ ...approval, asked: { ...asked, signature } }, keys),
  vote: (signature: string, keys = [publicKey]) => isVoteSignedBy({ ...cast, signature }, on, keys),
  grant: (signature: string, keys = [publicKey]) => isSignedBy({ ...signed, tagged: signature }, keys),
  'grant of the release before': (signature: string, keys = [publicKey]) =>
    isSignedBy({ ...ofTheReleaseBefore, signature }, keys),
};
const signatures = {
  asked: asked.signature,
  vote: cast.signature ?? '',
  grant: signed.tagged ?? '',
  'grant of the release before': signed.signature,
} satisfies Record<keyof typeof kinds, string>;

describe.each(Object.entries(kinds))('a signature is taken for one of the kind %s', (kind, isTaken) => {
  test.each(Object.entries(signatures))('when it is: %s', (own, signature) => {
    expect(isTaken(signature)).toBe(own === kind);
  });

  test('from a key that is trusted alone, and never when it is no signature', () => {
    const signature = signatures[kind as keyof typeof kinds];
    expect(isTaken(signature, [other.publicKey])).toBe(false);
    expect(isTaken('not a signature')).toBe(false);
  });
});

test.each([
  ['asked', () => isAskedSignedBy({ ...approval, requester: 'U0BEN', asked }, [publicKey])],
  ['asked', () => isAskedSignedBy({ ...approval, asked: { ...asked, first: 'A2' } }, [publicKey])],
  ['vote', () => isVoteSignedBy(cast, { ...on, digest: 'd2' }, [publicKey])],
  ['vote', () => isVoteSignedBy({ ...cast, user: 'U0CLO' }, on, [publicKey])],
  ['grant', () => isSignedBy({ ...signed, grant: { ...grant, digest: 'd2' } }, [publicKey])],
  ['grant', () => isSignedBy({ ...signed, keyId: '0000000000000000' }, [publicKey])],
])('what was altered is not signed: %s', (_kind, isSigned) => {
  expect(isSigned()).toBe(false);
});

test('the fields of another kind, brought as a grant, are not a grant that someone signed', () => {
  const bytes = Buffer.from(canonicalJson({ ...grant, what: 'vote' }));
  const signature = sign(null, bytes, privateKey).toString('base64');
  const forged = { ...ofTheReleaseBefore, grant: { ...grant, what: 'vote' }, signature };
  expect(isSignedBy(forged, [publicKey])).toBe(false);
});

test('grants that the release before signed still verify', () => {
  const records = storedRecords('sandbox');
  const grants = recordsOf(records, 'approval').flatMap(({ text }) => {
    const { grant: stored } = Approval.parse(JSON.parse(text).d);
    return stored === undefined ? [] : [stored];
  });
  expect(grants.length).toBeGreaterThan(0);
  for (const stored of grants) {
    expect(stored.tagged).toBeUndefined();
    expect(isSignedBy(stored, [readPublicKey(records.publicKey)])).toBe(true);
  }
});
