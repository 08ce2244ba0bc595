import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { frozenBy, mayVote, subjectOfPlan } from '../../../src/model/approval/approval-policy.ts';
import { concerned } from '../../../src/model/audit/audit.ts';
import { ChangeTarget } from '../../../src/model/change/change.ts';
import { digestOfIntent, Intent } from '../../../src/model/change/plan.ts';
import {
  formatPlacedSubject,
  type GuardedSubject,
  type Subject,
  subjectKey,
} from '../../../src/model/subject/subject.ts';
import { ben, now, policy, rule } from '../approval/approval-parts.ts';

const uid = 'u1';
const subjects: readonly (readonly [GuardedSubject, string, string])[] = [
  [{ kind: 'Deployment', namespace: 'shop', name: 'web', uid }, 'deployment/web -n shop', 'shop/deployment/web'],
  [{ kind: 'Secret', namespace: 'shop', name: 'regcred', uid }, 'secret/regcred -n shop', 'shop/secret/regcred'],
  [{ kind: 'Namespace', name: 'shop', uid }, 'namespace/shop', 'namespace:shop'],
  [{ kind: 'Node', name: 'aks-1', uid }, 'node/aks-1', 'node:aks-1'],
  [{ kind: 'Registry', host: 'ghcr.io' }, 'registry ghcr.io', 'registry:ghcr.io'],
  [{ kind: 'Image', reference: 'ghcr.io/acme/web:1' }, 'image ghcr.io/acme/web:1', 'image:ghcr.io/acme/web:1'],
];

function intentOf(subject: GuardedSubject): Intent {
  const target = { subject, params: {}, operations: [], expects: [] };
  return { version: 1, remedy: 'set-image', remedyVersion: 1, cluster: 'dev-eu', risk: 'low', targets: [target] };
}

describe.each(subjects)('%o', (guarded, text, key) => {
  const subject: Subject = guarded;

  test('has a text and a key', () => {
    expect([formatPlacedSubject(subject), subjectKey(subject)]).toEqual([text, key]);
    const names = concerned([subject]);
    expect([...names.workloads, ...(names.subjects ?? [])]).toEqual([key]);
  });

  test('is read as it was stored, with the digest that it had', () => {
    const intent = intentOf(guarded);
    const stored: unknown = JSON.parse(JSON.stringify(z.encode(Intent, intent)));
    expect(Intent.parse(stored)).toEqual(intent);
    expect(digestOfIntent(Intent.parse(stored))).toBe(digestOfIntent(intent));
  });
});

test('a workload is stored as version 1 stored it, everything else by its subject', () => {
  const web = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
  expect(z.encode(ChangeTarget, { subject: web, params: {} })).toEqual({ workload: web, params: {} });
  const registry = { kind: 'Registry', host: 'ghcr.io' } as const;
  expect(z.encode(ChangeTarget, { subject: registry, params: {} })).toEqual({ subject: registry, params: {} });
});

describe('a plan that belongs to no namespace', () => {
  const decided = (
    subject: GuardedSubject,
    scope: { registries?: string[]; nodes?: string[]; namespaces?: string[] },
  ) => {
    const rules = policy([rule({ namespaces: [], ...scope })]);
    return mayVote(
      rules,
      subjectOfPlan({ intent: intentOf(subject), targets: [] }, { requester: 'U0ANA', team: 'T1' }),
      ben,
      { votes: [], now },
    );
  };

  test.each<[GuardedSubject, Parameters<typeof decided>[1], boolean]>([
    [{ kind: 'Registry', host: 'ghcr.io' }, { registries: ['ghcr.io'] }, true],
    [{ kind: 'Registry', host: 'ghcr.io' }, { registries: ['*.azurecr.io'] }, false],
    [{ kind: 'Registry', host: 'ghcr.io' }, { namespaces: ['*'] }, false],
    [{ kind: 'Image', reference: 'ghcr.io/acme/web:1' }, { registries: ['ghcr.io'] }, true],
    [{ kind: 'Registry', host: 'GHCR.io' }, { registries: ['ghcr.io'] }, true],
    [{ kind: 'Registry', host: 'index.docker.io' }, { registries: ['docker.io'] }, true],
    [{ kind: 'Image', reference: 'GHCR.IO/acme/web:1' }, { registries: ['ghcr.io'] }, true],
    [{ kind: 'Node', name: 'aks-1', uid }, { nodes: ['aks-*'] }, true],
    [{ kind: 'Node', name: 'aks-1', uid }, { registries: ['*'] }, false],
    [{ kind: 'Namespace', name: 'shop', uid }, { namespaces: ['shop'] }, true],
    [{ kind: 'Namespace', name: 'shop', uid }, { registries: ['*'], nodes: ['*'] }, false],
  ])('%o by a rule for %o: %s', (subject, scope, allowed) => {
    expect(decided(subject, scope).allowed).toBe(allowed);
  });

  test.each(['ghcr.io', 'GHCR.io'])('a freeze of a registry holds for every spelling of its host: %s', (host) => {
    const plan = { intent: intentOf({ kind: 'Registry', host }), targets: [] };
    const freeze = { name: 'move', clusters: ['*'], namespaces: [], registries: ['ghcr.io'] };
    expect(
      frozenBy(policy([], { freeze: [freeze] }), subjectOfPlan(plan, { requester: 'U0ANA', team: 'T1' }), now),
    ).toBe(freeze);
  });
});
