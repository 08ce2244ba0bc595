import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Approval } from '../../../src/model/approval/approval.ts';
import {
  keyLivesMs,
  namedKey,
  signaturesNeededUntil,
  signersOf,
  unknownKey,
} from '../../../src/model/approval/needed-keys.ts';
import { keyIdOf, signAsked, signVote } from '../../../src/model/approval/signatures.ts';
import { sampleApproval } from '../../support/approval-samples.ts';
import { vote } from './approval-parts.ts';

const minuteMs = 60_000;
const at = '2026-11-20T12:00:00.000Z';
const planMs = 60 * minuteMs;
const undoMs = 240 * minuteMs;
const undoUntil = '2026-11-20T16:00:00.000Z';

describe('signatures are needed', () => {
  it.each<[string, Partial<Approval>, number | undefined]>([
    ['while a plan is made, decided and executed', { state: 'preparing' }, 90],
    ['while it can be decided', { state: 'pending', expiresAt: '2026-11-20T13:00:00.000Z' }, 80],
    ['while it may be undone, and that decided and executed', { state: 'done', undoUntil }, 240 + 90],
    ['while it is watched', { state: 'verifying', undoUntil }, 240 + 90],
    ['not when it was undone', { state: 'done', undoUntil, undoneBy: 'AAAAAAAA' }, undefined],
    ['not when there is no way back', { state: 'done' }, undefined],
    ['not when nothing was done', { state: 'rejected' }, undefined],
  ])('%s', (_, over, minutes) => {
    const until = signaturesNeededUntil(sampleApproval({ requestedAt: at, ...over }), { planMs });
    expect(until).toBe(minutes === undefined ? undefined : Date.parse(at) + minutes * minuteMs);
  });

  it('for as long as the documentation says', () => {
    expect(keyLivesMs({ planMs, undoMs })).toBe((48 * 60 + 20) * minuteMs);
    expect(keyLivesMs({ planMs, undoMs: 10_080 * minuteMs })).toBe((10_080 + 60 + 50) * minuteMs);
  });
});

describe('who signed', () => {
  const [old, fresh] = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')];
  const pending = sampleApproval({ state: 'pending', digest: 'd'.repeat(64) });
  const on = { ...pending, digest: pending.digest ?? '' };
  const approval: Approval = {
    ...pending,
    asked: signAsked({ ...pending, first: pending.id }, old.privateKey),
    votes: [signVote(vote('U0BEN'), on, fresh.privateKey), vote('U0CARL')],
  };

  it('is told by the keys that a process has', () => {
    expect(signersOf(approval, [old.publicKey, fresh.publicKey])).toEqual(
      [old, fresh].map((key) => keyIdOf(key.publicKey)),
    );
    expect(signersOf(approval, [fresh.publicKey])).toEqual([unknownKey, keyIdOf(fresh.publicKey)]);
    expect(signersOf(sampleApproval(), [])).toEqual([]);
  });

  it('is not what a forged record calls it', () => {
    expect([namedKey('0123456789abcdef'), namedKey('<!channel>')]).toEqual(['0123456789abcdef', unknownKey]);
  });
});
