import { describe, expect, test } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { diagnose } from '../../../src/flows/ask/diagnose.ts';
import { flightOf, type Target } from '../../../src/model/ask/ask.ts';
import { known, unknown } from '../../../src/model/values/fact.ts';
import type { WorkloadSummary } from '../../../src/ports/cluster.ts';
import { type ClusterStory, memoryReach, type RegistryStory } from '../../support/in-memory.ts';
import { aContainer } from '../../support/snapshot.ts';

const reference = 'registry.internal.example:8443/probe:1';

function using(image: string, namespace = 'shop'): WorkloadSummary {
  const ref = { kind: 'Deployment', namespace, name: 'web' } as const;
  return { ref, ready: 1, containers: [aContainer({ image })] };
}

function typed(cluster: ClusterStory, registry: RegistryStory = {}, target: Partial<Target> = {}) {
  const { reach, record } = memoryReach(cluster, { references: { [reference]: 'one' }, ...registry });
  const answer = diagnose({ type: 'image', reference, ...target } as Target, reach);
  const probes = () => record.asked.filter((what) => what.includes(reference));
  return { answer, probes, asked: record.asked };
}

describe('a registry that a person typed', () => {
  test.each<[why: string, cluster: ClusterStory, registry: RegistryStory]>([
    ['the configuration names it', {}, { configured: ['registry.internal.example:8443'] }],
    ['a workload uses it', { everywhere: known([using('registry.internal.example:8443/other/name')]) }, {}],
  ])('is asked when %s', async (_, cluster, registry) => {
    const { answer, probes } = typed(cluster, registry);
    expect(await answer).toMatchObject({ kind: 'report', report: { subject: { kind: 'Image', reference } } });
    expect(probes()).not.toEqual([]);
  });

  test.each<[why: string, cluster: ClusterStory, says: RegExp]>([
    [
      'nothing names it',
      { everywhere: known([using('ghcr.io/acme/web:1')]) },
      /in cluster dev-eu uses it, and it isn’t in imagecheck’s configuration\.$/,
    ],
    [
      'only another port of it is used',
      { everywhere: known([using('registry.internal.example/a:1'), using('registry.internal.example:5000/a:1')]) },
      /didn’t check .*8443/,
    ],
    [
      'only a longer name is used',
      { everywhere: known([using('registry.internal.example:8443.evil.example/a:1')]) },
      /didn’t check/,
    ],
    [
      'workloads cannot be listed',
      { everywhere: unknown('forbidden') },
      /configuration \(not all could be listed: forbidden\)/,
    ],
    ['some workloads cannot be listed', { everywhere: known([], ['jobs: forbidden']) }, /jobs: forbidden/],
  ])('is refused and not asked when %s', async (_, cluster, says) => {
    const { answer, probes } = typed(cluster);
    await expect(answer).rejects.toThrow(UserError);
    await expect(answer).rejects.toThrow(says);
    expect(probes()).toEqual([]);
  });

  test('in the scope of one namespace, other namespaces name nothing', async () => {
    const cluster = { everywhere: known([using(reference)]), neighbours: known([]) };
    const as = { namespace: 'shop', serviceAccount: 'default' };
    const { answer, probes, asked } = typed(cluster, {}, { as, confined: true });
    await expect(answer).rejects.toThrow(/didn’t check/);
    expect(asked).toEqual(['workloads of shop']);
    expect(probes()).toEqual([]);
  });

  test('is asked from a person’s own machine in any case', async () => {
    const { reach } = memoryReach({}, { references: { [reference]: 'one' } });
    const answer = await diagnose({ type: 'image', reference }, reach, { anyRegistry: true });
    expect(answer.kind).toBe('report');
  });

  test('what is no reference is explained, and no list is read for it', async () => {
    const { reach, record } = memoryReach();
    const answer = await diagnose({ type: 'image', reference: 'Not A Reference' }, reach);
    expect(answer).toMatchObject({ report: { findings: [{ check: 'invalid-reference' }] } });
    expect(record.asked).not.toContain('workloads everywhere');
  });
});

describe('who may ask about one namespace', () => {
  const target = { type: 'workload', kind: 'Deployment', namespace: 'shop', name: 'wbe' } as const;
  const elsewhere = known([using('ghcr.io/acme/secret-project:1', 'payroll')]);

  test('learns no workload of another one', async () => {
    const { reach, record } = memoryReach({ lookup: { kind: 'absent' }, everywhere: elsewhere });
    expect(await diagnose({ ...target, confined: true }, reach)).toMatchObject({ kind: 'absent', near: [] });
    expect(record.asked).not.toContain('workloads everywhere');
    expect(await diagnose(target, reach)).toMatchObject({ near: [{ namespace: 'payroll' }] });
  });

  test('learns no image of another one', async () => {
    const story = { template: { containers: [aContainer({ image: 'ghcr.io/acme/secret-projct:1' })] } };
    const { reach } = memoryReach({ ...story, everywhere: elsewhere }, {});
    const confined = await diagnose({ ...target, name: 'web', confined: true }, reach);
    expect(JSON.stringify(confined)).not.toContain('secret-project:1');
    expect(JSON.stringify(await diagnose({ ...target, name: 'web' }, reach))).toContain('secret-project:1');
  });

  test('shares no answer with who may ask about all', () => {
    const asked = { team: 'T1', cluster: 'dev-eu' };
    expect(flightOf({ ...asked, target: { ...target, confined: true } })).not.toBe(flightOf({ ...asked, target }));
  });
});
