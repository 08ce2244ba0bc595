import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const cause = z.string().regex(/^[a-z][a-z0-9_]*$/);
const labelled = {
  message: z.string().min(1),
  event_reason: z.string().min(1).optional(),
  image: z.string().min(1).optional(),
  right: cause,
  also_acceptable: z.array(cause),
  why: z.string().min(1),
};

/** Reports of people, with the causes and the places of the remedy that an answer may name. */
const reports = z.strictObject({
  about: z.string(),
  kinds: z.record(z.string(), z.string()),
  cases: z.array(
    z.strictObject({
      ...labelled,
      id: z.string().regex(/^fr-\d\d-\d\d$/),
      kind: z.number().int(),
      source: z.url({ protocol: /^https$/ }),
      environment: z.string().optional(),
      subject: z.enum([
        'image',
        'sandbox_image',
        'node',
        'registry',
        'blob_host',
        'mirror',
        'pod_network',
        'application',
        'workload',
      ]),
      remedy_place: z.enum([
        'node',
        'registry administrator',
        'upstream cache',
        'network policy',
        'cluster network',
        'workload',
        'build',
      ]),
      basis: z.enum(['conclusion', 'one_reading']),
      text_can_tell: z.boolean(),
    }),
  ),
});

const cases = z.strictObject({
  about: z.string(),
  cases: z.array(
    z.strictObject({
      ...labelled,
      id: z.string().min(1),
      kind: z.enum(['text', 'situation']),
      text_can_tell: z.boolean().optional(),
    }),
  ),
});

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));
}

describe('the reports from the field', () => {
  const fixtures = [
    ['field-reports', reports],
    ['field-cases', cases],
  ] as const;
  it.each(fixtures)('%s parses, and its ids and messages are unique', (name, schema) => {
    const parsed = schema.parse(read(name)).cases;
    for (const value of ['id', 'message'] as const) {
      expect(new Set(parsed.map((one) => one[value])).size).toBe(parsed.length);
    }
    expect(parsed.filter(({ right, also_acceptable }) => also_acceptable.includes(right))).toEqual([]);
  });

  it('has ten reports of each kind, each with a source of its own', () => {
    const { kinds, cases: all } = reports.parse(read('field-reports'));
    expect(new Set(all.map(({ source }) => source)).size).toBe(all.length);
    for (const kind of Object.keys(kinds)) {
      expect(all.filter((report) => `${report.kind}` === kind).length).toBeGreaterThanOrEqual(10);
    }
    expect(all.filter(({ kind }) => !(`${kind}` in kinds))).toEqual([]);
  });
});
