import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { RemediationFamily } from '../../src/kubernetes/rights/worker-rights.ts';
import { workload } from './support/remedies-objects.ts';
import {
  digestsOf,
  eventually,
  imageOf,
  type Place,
  strategic,
  strategicType,
  type Wanted,
} from './support/remedies-place.ts';
import { openStage, type Stage } from './support/remedies-stage.ts';

const web = ['Deployment', 'web'] as const;
const setImage: Wanted = { remedy: 'set-image', on: web, params: { image: ':2' } };
const admission = '/apis/admissionregistration.k8s.io/v1';

describe.concurrent('what is refused', { timeout: 120_000 }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(inject('cluster'));
  });
  afterAll(() => stage?.close());

  async function running(name: string, families: readonly RemediationFamily[] = ['workload-images']): Promise<Place> {
    const place = await stage.place(name, families);
    for (const tag of ['1', '2']) place.push(tag);
    await place.create('Deployment', workload('Deployment', 'web', { image: place.image('1') }));
    await place.ready('web', 1);
    return place;
  }

  it.each<[string, readonly RemediationFamily[], Wanted, RegExp, RegExp]>([
    [
      'set-image',
      ['pod-deletion'],
      setImage,
      /^patch deployments in /,
      /^kubectl -n \S+ set image deployment\/web app=/,
    ],
    [
      'set-pull-policy',
      [],
      { remedy: 'set-pull-policy', on: web, params: { policy: 'Always' } },
      /^patch deployments in /,
      /patch deployment\/web --type=strategic/,
    ],
    [
      'add-pull-secret',
      ['workload-images'],
      { remedy: 'add-pull-secret', on: web, params: { registry: 'ghcr.io' } },
      /^(create secrets|patch serviceaccounts) in /,
      /create secret docker-registry/,
    ],
  ])('%s without the component of its family', async (_, families, wanted, right, command) => {
    const place = await running('narrow', families);
    const before = await place.get('Deployment', 'web');
    const shown = await place.plan(wanted);
    const dryRuns = shown.plan?.targets.flatMap((target) => target.dryRuns) ?? [];
    expect(dryRuns).toContainEqual(
      expect.objectContaining({ outcome: 'forbidden', missingRight: expect.stringMatching(right) }),
    );
    expect(shown.plan?.warnings.join('\n')).toMatch(/lacks the right to .*\(docs\/rights\.md\)/);
    expect(shown.plan?.kubectl).toContainEqual(expect.stringMatching(command));
    const ended = await place.execute(await place.approve(shown));
    expect(ended).toMatchObject({ state: 'failed', outcome: expect.stringMatching(/Nothing was changed.*right to/s) });
    expect((await place.get('Deployment', 'web')).metadata.generation).toBe(before.metadata.generation);
  });

  it('force-repull of OnDelete without the right to delete pods, before the template is touched', async () => {
    const place = await stage.place('narrow', ['workload-images']);
    place.push('1');
    const spec = { updateStrategy: { type: 'OnDelete' } };
    await place.create('DaemonSet', workload('DaemonSet', 'agent', { image: place.image('1'), spec }));
    await place.ready('agent', 2);
    place.push('1', 'moved');
    const shown = await place.plan({ remedy: 'force-repull', on: ['DaemonSet', 'agent'] });
    const dryRuns = shown.plan?.targets.flatMap((target) => target.dryRuns) ?? [];
    expect(dryRuns.map(({ outcome }) => outcome)).toEqual(['accepted', 'forbidden']);
    expect(dryRuns[1]?.missingRight).toBe(`delete pods in ${place.namespace}`);
    const ended = await place.execute(await place.approve(shown));
    expect(ended).toMatchObject({ state: 'failed', outcome: expect.stringContaining('delete pods') });
    expect(JSON.stringify((await place.get('DaemonSet', 'agent'))['spec'])).toContain(
      '"imagePullPolicy":"IfNotPresent"',
    );
  });

  describe('by an admission policy of the cluster', () => {
    /** Refuses the tag `:2` in a namespace, where `also` holds. */
    async function policy(place: Place, also: string): Promise<void> {
      const name = place.namespace;
      const rule = { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] };
      const has = "object.spec.template.spec.containers.exists(c, c.image.endsWith(':2'))";
      await stage.api.call('POST', `${admission}/validatingadmissionpolicies`, {
        body: {
          metadata: { name },
          spec: {
            failurePolicy: 'Fail',
            matchConstraints: { resourceRules: [rule] },
            validations: [{ expression: `!(${has} && ${also})`, message: 'not in the week of the fair' }],
          },
        },
      });
      const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': name } };
      await stage.api.call('POST', `${admission}/validatingadmissionpolicybindings`, {
        body: {
          metadata: { name },
          spec: { policyName: name, validationActions: ['Deny'], matchResources: { namespaceSelector } },
        },
      });
      // It is in force a moment after it was made; then another Deployment cannot have it, either.
      await place.create('Deployment', workload('Deployment', 'decoy', { image: place.image('1'), replicas: 0 }));
      await eventually(async () => {
        const containers = [{ name: 'app', image: place.image('2') }];
        const refusal = await place
          .patch('Deployment', 'decoy', { spec: { template: { spec: { containers } } } })
          .then(() => 'none', String);
        if (refusal === 'none') await place.patch('Deployment', 'decoy', reset(place));
        expect(refusal).toContain('not in the week of the fair');
      });
    }
    const reset = (place: Place) => ({
      spec: { template: { spec: { containers: [{ name: 'app', image: place.image('1') }] } } },
    });
    async function withoutPolicy({ namespace }: Place): Promise<void> {
      await stage.api.call('DELETE', `${admission}/validatingadmissionpolicybindings/${namespace}`);
      await stage.api.call('DELETE', `${admission}/validatingadmissionpolicies/${namespace}`);
    }

    it.each([
      ['that was there before the plan', true, 'true'],
      ['that came after the approval', false, 'true'],
      ['that lets dry runs pass', true, '!(has(request.dryRun) && request.dryRun)'],
    ])('%s', async (_, isFirst, also) => {
      const place = await running('policed');
      try {
        if (isFirst) await policy(place, also);
        const shown = await place.plan(setImage);
        const isSeen = isFirst && also === 'true';
        expect(shown.plan?.targets[0]?.dryRuns[0]?.outcome).toBe(isSeen ? 'refused' : 'accepted');
        if (isSeen) expect(shown.plan?.warnings.join('\n')).toMatch(/would refuse this now: .*week of the fair/);
        if (!isFirst) await policy(place, also);
        const ended = await place.execute(await place.approve(shown));
        expect(ended).toMatchObject({
          state: 'failed',
          outcome: expect.stringContaining('not in the week of the fair'),
        });
        expect(imageOf(await place.get('Deployment', 'web'))).toBe(place.image('1'));
      } finally {
        await withoutPolicy(place);
      }
    });
  });

  it.each<[string, object, RegExp]>([
    ['protects it', { 'imagecheck.dev/protect': 'true' }, /protected by its owners/],
    ['allows something else', { 'imagecheck.dev/allow': 'force-repull' }, /allow force-repull only/],
  ])('where an annotation %s', async (_, annotations, why) => {
    const place = await stage.place('opt-out', ['workload-images']);
    for (const tag of ['1', '2']) place.push(tag);
    const metadata = { annotations };
    await place.create('Deployment', workload('Deployment', 'web', { image: place.image('1'), metadata }));
    expect(await place.plan(setImage)).toMatchObject({ state: 'failed', outcome: expect.stringMatching(why) });
  });

  it('roll-back to a revision that differs in more, with what kubectl would do', async () => {
    const place = await running('revisions');
    const containers = [{ name: 'app', image: place.image('2'), env: [{ name: 'MODE', value: 'test' }] }];
    await place.patch('Deployment', 'web', strategic(containers), strategicType);
    await place.ready('web', 1);
    const before = await place.get('Deployment', 'web');
    const ended = await place.plan({ remedy: 'roll-back', on: web });
    expect(ended).toMatchObject({ state: 'failed', outcome: expect.stringMatching(/Revision 1 differs in more.*env/) });
    expect(ended.kubectl).toEqual([`kubectl -n ${place.namespace} rollout undo deployment/web --to-revision=1`]);
    expect((await place.get('Deployment', 'web')).metadata.generation).toBe(before.metadata.generation);
  });

  it('roll-back to the revision before, after a sidecar was injected', async () => {
    const place = await running('sidecar');
    const image = strategic([{ name: 'app', image: place.image('2') }]);
    await place.patch('Deployment', 'web', image, strategicType);
    // The pod of before is Ready as well: two changes in a row would be one revision.
    await eventually(async () => expect(await digestsOf(place, 'web')).toEqual([place.push('2')]));
    await place.patch('Deployment', 'web', strategic([{ name: 'sidecar', image: place.image('1') }]), strategicType);
    await place.ready('web', 1);
    const before = await place.get('Deployment', 'web');
    const ended = await place.plan({ remedy: 'roll-back', on: web });
    expect(ended).toMatchObject({
      state: 'failed',
      outcome: expect.stringMatching(/Revision 2 differs in more than .*sidecar/),
    });
    expect(ended.kubectl).toEqual([`kubectl -n ${place.namespace} rollout undo deployment/web --to-revision=2`]);
    // The image alone is set back by name, and the sidecar stays.
    const wanted: Wanted = { ...setImage, params: { container: 'app', image: ':1' } };
    expect((await place.fix(wanted)).results).toMatchObject([{ outcome: 'fixed' }]);
    const after = await place.get('Deployment', 'web');
    expect(imageOf(after)).toBe(place.image('1'));
    expect(JSON.stringify(after['spec'])).toContain('"name":"sidecar"');
    expect(after.metadata.generation).toBe(Number(before.metadata.generation) + 1);
  });

  it('roll-back where there is nothing before', async () => {
    const place = await running('revisions');
    const ended = await place.plan({ remedy: 'roll-back', on: web });
    expect(ended).toMatchObject({ state: 'failed', outcome: expect.stringContaining('no earlier revision') });
  });

  it('force-repull where the tag names what the pods run', async () => {
    const place = await running('needless');
    const before = await place.get('Deployment', 'web');
    const ended = await place.plan({ remedy: 'force-repull', on: web });
    expect(ended).toMatchObject({
      state: 'failed',
      outcome: expect.stringMatching(/Pulling again cannot change anything: .*which is what the 1 pod runs/),
    });
    expect(ended.kubectl).toEqual([`kubectl -n ${place.namespace} rollout restart deployment/web`]);
    expect((await place.get('Deployment', 'web')).metadata.generation).toBe(before.metadata.generation);
  });

  it('a change of a Job, with what a person can do', async () => {
    const place = await stage.place('job', ['workload-images']);
    for (const tag of ['1', '2']) place.push(tag);
    await place.create('Job', workload('Job', 'once', { image: place.image('missing') }));
    await place.waiting('once', 'ImagePullBackOff');
    const ended = await place.plan({ remedy: 'set-image', on: ['Job', 'once'], params: { image: ':1' } });
    expect(ended).toMatchObject({ state: 'failed', outcome: expect.stringContaining('cannot be changed') });
    const command = ended.kubectl?.[0] ?? '';
    expect(command).toMatch(/^kubectl -n \S+ get job\/once -o json \| jq .* \| kubectl replace --force -f -$/);
  });

  it.each([
    ['argocd', 'argocd-controller', {}, {}],
    ['flux', 'kustomize-controller', {}, {}],
    ['helm', 'helm', { 'meta.helm.sh/release-name': 'shop' }, { 'app.kubernetes.io/managed-by': 'Helm' }],
  ])('a change of what %s keeps in Git, unless the policy allows it', async (tool, manager, annotations, labels) => {
    const place = await stage.place('git', ['workload-images']);
    for (const tag of ['1', '2']) place.push(tag);
    const object = workload('Deployment', 'web', { image: place.image('1'), metadata: { annotations, labels } });
    const applied = { apiVersion: 'apps/v1', kind: 'Deployment', ...object };
    const contentType = 'application/apply-patch+yaml';
    await place.patch('Deployment', 'web', applied, { contentType, query: `?fieldManager=${manager}&force=true` });
    await place.ready('web', 1);
    const shown = await place.plan(setImage);
    expect(shown.plan?.targets[0]?.git).toMatchObject({ tool, change: expect.stringContaining(place.image('2')) });
    await expect(place.approve(shown)).rejects.toThrow(/Git/i);
    expect(imageOf(await place.get('Deployment', 'web'))).toBe(place.image('1'));
  });
});
