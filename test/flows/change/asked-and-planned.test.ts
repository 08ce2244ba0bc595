import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../../src/checks/index.ts';
import { parseWords } from '../../../src/commands/parse.ts';
import { makePlan } from '../../../src/flows/change/plan/plan.ts';
import { alike, mergeProposals } from '../../../src/flows/change/plan/proposals.ts';
import { isWhatWasAsked } from '../../../src/flows/change/request/proven-asker.ts';
import { ChangeRequest, RemedyParams } from '../../../src/model/change/change.ts';
import { unguarded } from '../../../src/model/subject/subject.ts';
import { known } from '../../../src/model/values/fact.ts';
import { completeRef } from '../../../src/slack/changes/read-form.ts';
import { anySnapshot } from '../../support/arbitrary-snapshot.ts';
import { memoryCluster, memoryKeychain } from '../../support/in-memory.ts';
import { aRequest, planHow, planReach } from '../../support/planning.ts';
import { digestOf } from '../../support/probes.ts';
import { remedyOf } from '../../support/remedies.ts';
import { aContainer, aPod, aState, minutesAgo } from '../../support/snapshot.ts';

const web = 'ghcr.io/acme/web:latest';
const cron = 'ghcr.io/acme/cron:latest';

/** A Deployment of these containers whose pods run what the tags named before. */
function reachOf(count: number) {
  const all = [aContainer({ name: 'web', image: web }), aContainer({ name: 'cron', image: cron })];
  const containers = all.slice(0, count);
  const pod = aPod(
    containers.map((one) => aState(one, { imageId: `${one.image.split(':')[0]}@${digestOf(`old ${one.name}`)}` })),
  );
  const earlier = (number: number) => ({
    name: `web-${number}`,
    number,
    createdAt: minutesAgo(9000 - number),
    containers: containers.map(({ name }) => ({
      type: 'main' as const,
      name,
      image: 'ghcr.io/acme/web:2',
      pullPolicy: 'IfNotPresent' as const,
    })),
    pullSecretNames: [],
    otherDifferences: [],
  });
  const references = Object.fromEntries(
    ['web', 'cron'].flatMap((name) => [
      ...['latest', '2', '3'].map((tag) => [`ghcr.io/acme/${name}:${tag}`, `${name} ${tag}`]),
      [`ghcr.io/acme/${name}@${digestOf(`old ${name}`)}`, `old ${name}`],
      [`ghcr.io/acme/${name}@${digestOf(`${name} 2`)}`, `${name} 2`],
    ]),
  );
  const story = {
    identities: {
      'ServiceAccount/default': {
        kind: 'found' as const,
        value: { uid: 'account', owners: [], annotations: {}, managers: [] },
      },
    },
    earlierTemplates: known([earlier(2), earlier(1)]),
  };
  return planReach(
    memoryCluster({ pods: known([pod]), template: { containers } }),
    { references },
    { story, keychain: memoryKeychain(undefined, [{ name: 'ghcr', host: 'ghcr.io' }]) },
  ).reach;
}

/** As Redis gives it back. */
const stored = (request: ChangeRequest) => ChangeRequest.parse(JSON.parse(JSON.stringify(request)));

const target = fc.constantFrom('web', 'deployment/web', 'deploy web', 'shop/web', 'deployment/web -n shop');
const image = fc.constantFrom(
  ':2',
  ':3',
  'ghcr.io/acme/web:2',
  `sha256:${digestOf('web 2').slice(7)}`,
  `@${digestOf('web 2')}`,
);
const images = fc.oneof(
  image,
  image.map((one) => `web=${one}`),
  fc.tuple(image, fc.constantFrom(':2', ':3')).map(([one, two]) => `cron=${two} web=${one}`),
);
const policy = fc.constantFrom('Always', 'ifnotpresent', 'NEVER');
const only = fc.constantFrom('', 'web', 'cron', 'cron web', 'web cron');
const change = fc.oneof(
  only.map((names) => ['repull', names === '' ? '' : `only ${names}`]),
  fc.tuple(images, fc.option(policy)).map(([all, one]) => ['set-image', one === null ? all : `${all} policy ${one}`]),
  fc.tuple(policy, only).map(([one, names]) => ['pull-policy', `${one} ${names}`]),
  fc.constantFrom('', 'to 1', 'to 2', 'to revision 2', 'to web-1').map((to) => ['roll-back', to]),
  fc
    .tuple(
      fc.constantFrom('ghcr', 'ghcr.io', 'ghcr.io/acme'),
      fc.constantFrom('', 'secret mine'),
      fc.constantFrom('', 'on template', 'on service-account', 'on sa default'),
    )
    .map((words) => ['add-pull-secret', words.join(' ')]),
);
const places = fc.constantFrom('', '-c dev-eu', '--dm');

describe('what was typed is what was asked for', () => {
  const planned = new Map<string, number>();

  it('whatever planning writes down, and when today’s plan takes its place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 }), change, target, places, fc.boolean(), async (count, ...rest) => {
        const [[word = '', words = ''], on, where, confined] = rest;
        const typed = `${word} ${on.split(' -n ')[0]} ${words} ${on.includes('-n') ? '-n shop' : ''} ${where}`;
        const parsed = parseWords(
          typed.split(' ').filter((one) => one !== ''),
          confined ? { defaults: { namespace: 'shop' } } : {},
        );
        if (!parsed.ok || parsed.command.type !== 'change') throw new Error(`${typed}: ${JSON.stringify(parsed)}`);
        const { remedy, target: named, params } = parsed.command;
        const workload = completeRef(named);
        const meant = { target: confined ? { ...named, confined: true } : named, params };
        const asked = aRequest({
          remedy,
          typed: meant,
          ...(workload === undefined ? {} : { targets: [{ subject: workload, params }] }),
          ...(confined ? { confined: true as const } : {}),
        });
        const first = await makePlan(stored(asked), reachOf(count), planHow);
        if (first.kind !== 'plan') return;
        planned.set(remedy, (planned.get(remedy) ?? 0) + 1);
        expect(isWhatWasAsked(stored(asked), stored(first.request)), typed).toBe(true);
        const today = { ...stored(first.request), at: minutesAgo(-5) };
        const second = await makePlan(today, reachOf(count), planHow);
        if (second.kind !== 'plan') throw new Error(`${typed}: ${JSON.stringify(second)}`);
        expect(isWhatWasAsked(stored(asked), stored(second.request)), typed).toBe(true);
        const planTargets = second.plan.intent.targets.map(({ subject, params: own }) => ({
          subject: unguarded(subject),
          params: own,
        }));
        expect(isWhatWasAsked(stored(asked), { ...second.request, targets: planTargets }), typed).toBe(true);
      }),
      { numRuns: 600, seed: 7 },
    );
    expect([...planned.keys()].toSorted()).toEqual([
      'add-pull-secret',
      'force-repull',
      'roll-back',
      'set-image',
      'set-pull-policy',
    ]);
  });
});

describe('what a button proposed is what was asked for', () => {
  it('of any finding, one proposal or those that go together', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        const workload = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
        for (const [finding, { proposals }] of runChecks(snapshot).findings.entries()) {
          for (const proposal of proposals) {
            const remedy = proposal.remedy;
            for (const group of [[proposal], alike({ proposals }, proposal)]) {
              const merged = mergeProposals(remedy, group);
              if (!merged.ok) continue;
              const indices = group.map((one) => proposals.indexOf(one));
              const from = { reportId: 'r', finding, proposals: indices, everywhere: false, subject: workload };
              const asked = aRequest({ remedy, from: { ...from, params: merged.params } });
              const read = remedyOf(remedy).params.safeParse(merged.params);
              // Names that no container has are refused when it is planned.
              if (!read.success) continue;
              const settled = RemedyParams.parse(read.data);
              const planned = { ...asked, targets: [{ subject: workload, params: settled }] };
              expect(isWhatWasAsked(stored(asked), stored(planned)), JSON.stringify(merged.params)).toBe(true);
              seen.add(`${remedy} ${group.length > 1 ? 'together' : 'alone'}`);
            }
          }
        }
      }),
      { numRuns: 600, seed: 7 },
    );
    expect([...seen].toSorted()).toContain('set-image together');
  });
});
