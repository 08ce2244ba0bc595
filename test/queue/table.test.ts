import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { queueName } from '../../src/queue/names.ts';
import { jobTable, readPayload } from '../../src/queue/table.ts';

const diagnose = {
  version: 1,
  flight: 'T1/dev-eu/workload/Deployment/prod/web',
  cluster: 'dev-eu',
  target: { type: 'workload', name: 'web' },
};

describe('queueName', () => {
  test('gives every class of every cluster a queue of its own, with names that BullMQ takes', () => {
    const names = ['a', 'a-b', 'b'].flatMap((cluster) =>
      (['person', 'change', 'alert', 'sweep'] as const).map((jobClass) => queueName(cluster, jobClass)),
    );
    expect(new Set(names).size).toBe(12);
    expect(names[0]).toBe('work-a');
    expect(names.join()).not.toContain(':');
  });
});

describe('readPayload', () => {
  test('reads a payload of the product', () => {
    expect(readPayload(jobTable, 'diagnose', { ...diagnose, more: 1 })).toEqual({ kind: 'payload', data: diagnose });
  });

  test.each([
    ['an unknown job', 'remediate', diagnose, 'there is no job "remediate" here'],
    ['a name of Object', 'toString', diagnose, 'there is no job "toString" here'],
    ['a newer version', 'diagnose', { ...diagnose, version: 2 }, 'version'],
    ['another shape', 'lookup', diagnose, 'answerId'],
    ['no object', 'diagnose', null, 'expected object'],
  ])('refuses %s and says why', (_, name, data, why) => {
    const payload = readPayload(jobTable, name, data);
    expect(payload.kind === 'refused' && payload.why).toContain(why);
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom('diagnose', 'lookup'), fc.string()), fc.jsonValue(), (name, data) => {
        expect(['payload', 'refused']).toContain(readPayload(jobTable, name, data).kind);
      }),
    );
  });
});
