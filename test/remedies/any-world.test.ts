import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWayBackOf } from '../../src/flows/change/plan/undo.ts';
import { commandsOf } from '../../src/flows/change/show/intent-lines.ts';
import type { RemedyParams } from '../../src/model/change/change.ts';
import type { Operation, TemplateEdit } from '../../src/model/change/operation.ts';
import { ExpectedImage } from '../../src/model/change/plan.ts';
import type { Snapshot } from '../../src/model/snapshot/snapshot.ts';
import { known } from '../../src/model/values/fact.ts';
import { editsOf } from '../../src/operations/index.ts';
import { remedies } from '../../src/remedies/index.ts';
import type { Planned, Refusal, Remedy, RemedyWorld } from '../../src/remedies/parts/remedy.ts';
import {
  names as anyNames,
  digests,
  facts,
  few,
  images,
  partly,
  platforms,
  texts,
  times,
} from '../support/arbitrary-parts.ts';
import { anySnapshot } from '../support/arbitrary-snapshot.ts';
import { digestOf } from '../support/probes.ts';
import { aRollout } from '../support/rollout.ts';
import { aContainer, now } from '../support/snapshot.ts';

/** Kubernetes gives every object a name and a uid. */
const names = anyNames.filter((name) => name !== '');
const policies = fc.constantFrom('Always', 'IfNotPresent', 'Never');
const wanted = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(':1', ':latest', ':2', digestOf('a'), `@${digestOf('b')}`) },
  { weight: 2, arbitrary: images },
  { weight: 1, arbitrary: fc.oneof(texts, fc.constant(':-')) },
);
const container = fc.oneof({ weight: 3, arbitrary: fc.constant('web') }, { weight: 1, arbitrary: names });
const setting = partly({ image: wanted }, { container, pullPolicy: policies });
const params: fc.Arbitrary<RemedyParams> = fc.oneof(
  fc.constant({}),
  partly({}, { containers: few(names) }),
  setting,
  fc.record({ image: wanted }),
  fc.record({ images: few(setting) }),
  partly({ policy: policies }, { container, containers: few(names) }),
  partly({}, { revision: fc.oneof(fc.nat(4), names) }),
  partly(
    { registry: fc.oneof(fc.constantFrom('ghcr.io', 'docker.io', 'r.test:5000', 'entry'), texts) },
    { secret: fc.constantFrom('s', 'Bad'), attach: fc.constantFrom('serviceAccount', 'template') },
  ),
  fc.record({ approval: fc.constant('ABCD1234') }),
  fc.dictionary(names, texts, { maxKeys: 3 }),
) as fc.Arbitrary<RemedyParams>;

const imageFacts = facts(
  partly(
    {
      reference: images,
      digest: digests,
      digests: few(digests),
      platforms: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: few(platforms) }),
      referrers: facts(few(texts)),
      streaming: fc.boolean(),
    },
    { pushedAt: facts(times), built: times, revision: texts, source: texts },
  ),
);
const artifacts = imageFacts.map((fact) =>
  fact.known ? { ...fact, value: { ...fact.value, artifactType: 'x' } } : fact,
);
const identity = partly(
  {
    uid: names,
    owners: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: few(names) }),
    annotations: fc.dictionary(names, texts, { maxKeys: 2 }),
    managers: few(names),
  },
  { type: fc.constantFrom('kubernetes.io/dockerconfigjson', 'Opaque') },
);
const found = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 3, arbitrary: value.map((one) => ({ kind: 'found' as const, value: one })) },
    { weight: 1, arbitrary: fc.constant({ kind: 'absent' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'unknown' as const, why: 'forbidden', missingRight: 'get things' }) },
  );
const earlierContainer = partly(
  { type: fc.constantFrom('main', 'init'), name: names, image: images },
  { pullPolicy: policies },
);
const revision = fc.record({
  name: names,
  number: fc.nat(4),
  createdAt: times,
  containers: few(earlierContainer),
  pullSecretNames: few(names),
  otherDifferences: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: few(texts) }),
});
const rollout = fc
  .record({
    strategy: fc.constantFrom('RollingUpdate', 'Recreate', 'OnDelete', 'none'),
    desired: fc.nat(4),
    maxSurge: fc.nat(3),
    maxUnavailable: fc.nat(3),
    partition: fc.nat(3),
    minReadySeconds: fc.nat(30),
    paused: fc.boolean(),
    ordered: fc.boolean(),
  })
  .map(({ ordered, ...patch }) => ({ ...patch, ...(ordered ? { ordered } : {}) }))
  .map((patch) => aRollout(patch as Parameters<typeof aRollout>[0]));

/** Kubernetes lets no container be without a name, no two of a pod have the same, and no pod be without one. */
function withContainers(snapshot: Snapshot): Snapshot {
  const taken = new Set<string>();
  const containers = [...snapshot.template.containers, aContainer({ image: 'ghcr.io/acme/web:1' })].filter(
    ({ name }) => name !== '' && name.length <= 253 && !taken.has(name) && taken.add(name),
  );
  // A selector is one of labels, or there is none.
  const selector = snapshot.workload.selector === '' ? '' : 'app in (web),tier=x';
  const { namespace, name, ...ref } = snapshot.workload.ref;
  const workload = {
    ...snapshot.workload,
    selector,
    ref: { ...ref, namespace: namespace || 'shop', name: name || 'web' },
    uid: snapshot.workload.uid || 'uid',
  };
  const serviceAccount = snapshot.template.serviceAccount || 'default';
  const pullSecretNames = snapshot.template.pullSecretNames.filter((secret) => secret !== '');
  return { ...snapshot, workload, template: { ...snapshot.template, containers, serviceAccount, pullSecretNames } };
}

const anyEdit = (snapshot: Snapshot): Operation[] =>
  snapshot.template.containers.slice(0, 1).map(
    ({ name, image }): Operation => ({
      type: 'edit-template',
      target: { ...snapshot.workload.ref, uid: snapshot.workload.uid },
      edits: [{ field: 'image', container: { type: 'main', name }, from: image, to: 'ghcr.io/acme/web:1' }],
    }),
  );

const anyWorld: fc.Arbitrary<RemedyWorld> = fc
  .record({
    snapshot: anySnapshot.map(withContainers),
    rollout: found(rollout),
    budgets: facts(few(fc.record({ name: names, disruptionsAllowed: fc.nat(2) }))),
    known: fc.oneof({ weight: 6, arbitrary: imageFacts }, { weight: 1, arbitrary: artifacts }),
    absent: fc.boolean(),
    secret: found(identity),
    serviceAccount: found(identity),
    earlierTemplates: facts(few(revision)),
    earlierImage: images,
    isAlike: fc.boolean(),
    hasUndo: fc.boolean(),
  })
  .map(({ known: fact, absent, secret, hasUndo, earlierImage, isAlike, ...rest }) => {
    // Whatever is asked for is there, in one of its shapes.
    const anything = <T>(value: T) => Object.assign(new Map<string, T>(), { get: () => value, has: () => true });
    const { containers } = rest.snapshot.template;
    const alike = containers.filter(({ type }) => type !== 'ephemeral').map((one) => ({ ...one, image: earlierImage }));
    return {
      ...rest,
      earlierTemplates:
        isAlike && rest.earlierTemplates.known
          ? known(rest.earlierTemplates.value.map((one) => ({ ...one, containers: alike })))
          : rest.earlierTemplates,
      images: anything(fact),
      absentImages: Object.assign(new Set<string>(), { has: () => absent }),
      secrets: anything(secret),
      credentials: [
        { name: 'entry', host: 'ghcr.io' },
        { name: 'hub', host: 'docker.io' },
        { name: 'deep', host: 'r.test:5000', pathPrefix: 'a' },
      ],
      trustedOwners: [],
      at: now,
      ...(hasUndo ? { undo: { approval: 'ABCD1234', operations: anyEdit(rest.snapshot), expects: [] } } : {}),
    } as unknown as RemedyWorld;
  });

/** Every remedy that takes the parameters, with what it says. */
function tried(params: RemedyParams, world: RemedyWorld): readonly { remedy: Remedy; plan: Planned | Refusal }[] {
  return remedies.all().flatMap((remedy) => {
    const parsed = remedy.params.safeParse(params);
    if (!parsed.success) return [];
    remedy.needs(parsed.data, world.snapshot);
    return [{ remedy, plan: remedy.plan(parsed.data, world) }];
  });
}

/** The four fields of a template, as edits change them; a guard that does not hold throws. */
function applied(template: ReadonlyMap<string, unknown>, edits: readonly TemplateEdit[]): ReadonlyMap<string, unknown> {
  const next = new Map(template);
  for (const edit of edits) {
    if (edit.field === 'imagePullSecrets') {
      if (edit.change === 'add') next.set(`secret ${edit.name}`, true);
      else next.delete(`secret ${edit.name}`);
    } else if (edit.field !== 'restartedAt') {
      const key = `${edit.field} ${edit.container.type}/${edit.container.name}`;
      expect(next.get(key)).toEqual(edit.from);
      next.set(key, edit.to);
    }
  }
  return next;
}

function fieldsOf({ template }: Snapshot): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ...template.containers.flatMap(({ type, name, image, pullPolicy }) => [
      [`image ${type}/${name}`, image] as const,
      [`imagePullPolicy ${type}/${name}`, pullPolicy ?? null] as const,
    ]),
    ...template.pullSecretNames.map((name) => [`secret ${name}`, true] as const),
  ]);
}

describe('in any world', () => {
  it('no remedy throws, and every plan keeps its shape', () => {
    let planned = 0;
    fc.assert(
      fc.property(params, anyWorld, (given, world) => {
        for (const { remedy, plan } of tried(given, world)) {
          if (plan.kind === 'refused') {
            expect(plan.why).not.toMatch(/^\s*$|undefined|\[object/);
            continue;
          }
          planned += 1;
          expect(plan.operations.length).toBeGreaterThan(0);
          for (const { field } of editsOf([...plan.operations, ...plan.undo.operations])) {
            expect(['image', 'imagePullPolicy', 'imagePullSecrets', 'restartedAt']).toContain(field);
          }
          for (const expected of plan.expects) expect(ExpectedImage.safeParse(expected).success).toBe(true);
          for (const command of plan.kubectl) expect(command).not.toMatch(/\n/);
          const sure = plan.kubectl.filter((line) => !/ (?:delete pods|patch serviceaccount)/.test(line));
          const operations = [...plan.operations];
          expect(commandsOf([{ operations }], sure)).toEqual({ commands: sure, strange: 0 });
          const { ref, uid } = world.snapshot.workload;
          const done = { subject: { ...ref, uid }, params: {}, operations, expects: [] };
          if (remedy.id !== 'undo') expect(isWayBackOf(plan.undo.operations, done)).toBe(true);
        }
      }),
      { numRuns: 1500 },
    );
    expect(planned).toBeGreaterThan(100);
  });

  it('no operation touches an ephemeral container, the pods of nobody, or the template of a Job', () => {
    fc.assert(
      fc.property(params, anyWorld, (given, world) => {
        const { kind } = world.snapshot.workload.ref;
        const ephemeral = world.snapshot.template.containers.filter(({ type }) => type === 'ephemeral');
        for (const { remedy, plan } of tried(given, world)) {
          if (plan.kind === 'refused' || remedy.id === 'undo') continue;
          const edits = editsOf(plan.operations);
          for (const edit of edits) {
            if ('container' in edit) expect(ephemeral.map(({ name }) => name)).not.toContain(edit.container.name);
          }
          if (kind === 'Job') expect(edits).toEqual([]);
          if (kind === 'Pod') expect(edits.every(({ field }) => field === 'image')).toBe(true);
          if (kind === 'Pod' || kind === 'Job') {
            expect(plan.operations.map(({ type }) => type)).not.toContain('delete-pods');
          }
        }
      }),
      { numRuns: 800 },
    );
  });

  it('undoing gives the template back', () => {
    let undone = 0;
    fc.assert(
      fc.property(params, anyWorld, (given, world) => {
        for (const { remedy, plan } of tried(given, world)) {
          // A re-pull changes what a tag brings, not what the template says: its way back pins a digest.
          if (plan.kind === 'refused' || remedy.id === 'undo' || remedy.id === 'force-repull') continue;
          undone += 1;
          const before = fieldsOf(world.snapshot);
          const after = applied(before, editsOf(plan.operations));
          expect(applied(after, editsOf(plan.undo.operations))).toEqual(before);
        }
      }),
      { numRuns: 1500 },
    );
    expect(undone).toBeGreaterThan(50);
  });

  it('the same world gives the same plan', () => {
    fc.assert(
      fc.property(params, anyWorld, (given, world) => {
        expect(tried(given, world)).toEqual(tried(structuredClone(given), world));
      }),
      { numRuns: 200 },
    );
  });
});
