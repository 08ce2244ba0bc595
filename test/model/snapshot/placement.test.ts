import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodesFor } from '../../../src/model/snapshot/placement.ts';
import type { Node } from '../../../src/model/snapshot/snapshot.ts';
import type { NodeExpression, Placement, Toleration } from '../../../src/model/workload/workload.ts';

function node(name: string, more: Partial<Node> = {}): Node {
  return {
    name,
    platform: { os: 'linux', architecture: 'amd64' },
    labels: {},
    taints: [],
    kubeletVersion: 'v1.36.3',
    runtime: 'containerd://2.1.3',
    osImage: 'Debian',
    ready: true,
    diskPressure: false,
    unschedulable: false,
    ...more,
  };
}

const anywhere: Placement = { nodeSelector: {}, affinityTerms: [], tolerations: [] };
const names = (placement: Partial<Placement>, nodes: readonly Node[]): string[] =>
  nodesFor({ ...anywhere, ...placement }, nodes).map(({ name }) => name);

describe('labels', () => {
  const nodes = [
    node('arm', { labels: { arch: 'arm64', cores: '8' } }),
    node('amd', { labels: { arch: 'amd64', cores: '16' } }),
    node('bare'),
  ];
  const expression = (key: string, operator: NodeExpression['operator'], ...values: string[]): NodeExpression => ({
    key,
    operator,
    values,
  });
  const cases: { name: string; placement: Partial<Placement>; wanted: string[] }[] = [
    { name: 'no wish', placement: {}, wanted: ['arm', 'amd', 'bare'] },
    { name: 'selector', placement: { nodeSelector: { arch: 'arm64' } }, wanted: ['arm'] },
    { name: 'selector of two', placement: { nodeSelector: { arch: 'arm64', cores: '16' } }, wanted: [] },
    { name: 'In', placement: { affinityTerms: [[expression('arch', 'In', 'arm64', 'x')]] }, wanted: ['arm'] },
    { name: 'NotIn', placement: { affinityTerms: [[expression('arch', 'NotIn', 'arm64')]] }, wanted: ['amd', 'bare'] },
    { name: 'Exists', placement: { affinityTerms: [[expression('arch', 'Exists')]] }, wanted: ['arm', 'amd'] },
    { name: 'DoesNotExist', placement: { affinityTerms: [[expression('arch', 'DoesNotExist')]] }, wanted: ['bare'] },
    { name: 'Gt', placement: { affinityTerms: [[expression('cores', 'Gt', '8')]] }, wanted: ['amd'] },
    { name: 'Lt', placement: { affinityTerms: [[expression('cores', 'Lt', '9')]] }, wanted: ['arm'] },
    { name: 'Gt of a word', placement: { affinityTerms: [[expression('arch', 'Gt', '8')]] }, wanted: [] },
    { name: 'Gt of two', placement: { affinityTerms: [[expression('cores', 'Gt', '1', '2')]] }, wanted: [] },
    {
      name: 'expressions of a term all hold',
      placement: { affinityTerms: [[expression('arch', 'Exists'), expression('cores', 'Gt', '8')]] },
      wanted: ['amd'],
    },
    {
      name: 'one term is enough',
      placement: { affinityTerms: [[expression('arch', 'In', 'arm64')], [expression('arch', 'DoesNotExist')]] },
      wanted: ['arm', 'bare'],
    },
    { name: 'an empty term matches nothing', placement: { affinityTerms: [[]] }, wanted: [] },
    {
      name: 'field',
      placement: { affinityTerms: [[{ key: 'metadata.name', operator: 'In', values: ['bare'], field: true }]] },
      wanted: ['bare'],
    },
    {
      name: 'unknown field',
      placement: { affinityTerms: [[{ key: 'arch', operator: 'In', values: ['arm64'], field: true }]] },
      wanted: [],
    },
    { name: 'inherited property', placement: { affinityTerms: [[expression('constructor', 'Exists')]] }, wanted: [] },
  ];
  test.each(cases)('$name', ({ placement, wanted }) => {
    expect(names(placement, nodes)).toEqual(wanted);
  });
});

describe('taints', () => {
  const gpu = { key: 'gpu', value: 'a100', effect: 'NoSchedule' };
  const cases: { name: string; taint: Node['taints'][number]; tolerations: Toleration[]; allowed: boolean }[] = [
    { name: 'none tolerated', taint: gpu, tolerations: [], allowed: false },
    {
      name: 'a preference repels nobody',
      taint: { ...gpu, effect: 'PreferNoSchedule' },
      tolerations: [],
      allowed: true,
    },
    { name: 'NoExecute', taint: { ...gpu, effect: 'NoExecute' }, tolerations: [], allowed: false },
    { name: 'equal', taint: gpu, tolerations: [{ key: 'gpu', operator: 'Equal', value: 'a100' }], allowed: true },
    { name: 'equal is the default', taint: gpu, tolerations: [{ key: 'gpu', value: 'a100' }], allowed: true },
    { name: 'other value', taint: gpu, tolerations: [{ key: 'gpu', value: 'h100' }], allowed: false },
    { name: 'no value', taint: { key: 'gpu', effect: 'NoSchedule' }, tolerations: [{ key: 'gpu' }], allowed: true },
    { name: 'exists', taint: gpu, tolerations: [{ key: 'gpu', operator: 'Exists' }], allowed: true },
    {
      name: 'other effect',
      taint: gpu,
      tolerations: [{ key: 'gpu', operator: 'Exists', effect: 'NoExecute' }],
      allowed: false,
    },
    { name: 'everything', taint: gpu, tolerations: [{ operator: 'Exists' }], allowed: true },
    {
      name: 'everything of an effect',
      taint: gpu,
      tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }],
      allowed: true,
    },
    { name: 'no key needs Exists', taint: gpu, tolerations: [{ value: 'a100' }], allowed: false },
  ];
  test.each(cases)('$name', ({ taint, tolerations, allowed }) => {
    expect(names({ tolerations }, [node('n', { taints: [taint] })])).toEqual(allowed ? ['n'] : []);
  });

  test('a cordoned node takes only what tolerates that', () => {
    const cordoned = node('n', { unschedulable: true });
    expect(names({}, [cordoned])).toEqual([]);
    const daemon = { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' } as const;
    expect(names({ tolerations: [daemon] }, [cordoned])).toEqual(['n']);
  });
});

test('tolerating everything and wishing nothing keeps every node', () => {
  const taint = fc.record({ key: fc.string(), value: fc.string(), effect: fc.string() });
  const nodes = fc.array(fc.record({ taints: fc.array(taint), unschedulable: fc.boolean() }));
  fc.assert(
    fc.property(nodes, (all) => {
      const given = all.map((each, index) => node(String(index), each));
      expect(names({ tolerations: [{ operator: 'Exists' }] }, given)).toHaveLength(given.length);
    }),
  );
});
