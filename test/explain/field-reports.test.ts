import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { explainText } from '../../src/explain/explain.ts';

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

/** Words by which an answer sends people to a place. */
const places = {
  node: /\bnodes?\b/i,
  'registry administrator': /administrator|owner/i,
  'upstream cache': /cache|mirror|proxy/i,
  'network policy': /network|egress|firewall|proxy|reach/i,
  'cluster network': /isn’t the problem|network/i,
  workload: /reference|workload|\bimage\b|quota|message names|requests/i,
  build: /build|https for this host/i,
} as const;

/** Words by which an answer speaks of whose fault it is. */
const subjects = {
  image: /image|name|manifest|credential helper/i,
  sandbox_image: /sandbox/i,
  node: /\bnode|where the build runs|machine of the build|where the text was written/i,
  registry: /registry|\bserver\b|load balancer/i,
  blob_host: /blob|layer/i,
  mirror: /mirror|cache/i,
  pod_network: /not about an image/i,
  application: /not about an image/i,
  workload: /image is not the problem/i,
} as const;

describe('explainText on reports from the field', () => {
  const labelled = reports.parse(read('field-reports')).cases;
  const explained = (report: { message: string; event_reason?: string | undefined; image?: string | undefined }) =>
    explainText(report.message, {
      ...(report.event_reason === undefined ? {} : { eventReason: report.event_reason }),
      ...(report.image === undefined ? {} : { image: report.image }),
    });

  it.each(labelled)('$id ($right): an acceptable cause, and no more certainty than the text has', (report) => {
    const { cause, confidence } = explained(report);
    expect([report.right, ...report.also_acceptable]).toContain(cause);
    if (!report.text_can_tell) expect(confidence).not.toBe('certain');
  });

  it.each(labelled)('$id: speaks of the $subject', (report) => {
    const { subject, cause, meaning, next } = explained(report);
    if (report.subject === 'sandbox_image') expect(subject).toBe('sandbox_image');
    else if (cause === 'not_image_related') expect(subject).toBeUndefined();
    // Where the text cannot tell whose fault it is, the answer may only allow for it.
    if (report.text_can_tell) expect(`${meaning} ${next}`).toMatch(subjects[report.subject]);
  });

  it.each(labelled.filter((report) => report.text_can_tell))('$id: the remedy is at the $remedy_place', (report) => {
    const { meaning, next } = explained(report);
    expect(next).toMatch(places[report.remedy_place]);
    if (report.subject !== 'sandbox_image') return;
    expect(`${meaning} ${next}`).not.toMatch(/add a pull secret|which pull secret|spelling|push the image/i);
  });

  const texts = cases.parse(read('field-cases')).cases.filter(({ kind }) => kind === 'text');
  it.each(texts)('$id ($right): an acceptable cause, and no more certainty than the text has', (report) => {
    const { cause, confidence } = explained(report);
    expect([report.right, ...report.also_acceptable]).toContain(cause);
    if (report.text_can_tell === false) expect(confidence).not.toBe('certain');
  });

  it.each([
    ['t03', /operating system/],
    ['t05', /sandbox/],
    ['t07', /On the node.*crictl rmi registry\.internal\/org\/app-b:2/],
    ['t08', /policy\.json on the node/],
    ['t09', /auth\.docker\.io, the token service to which docker\.mirror\.example\.com/],
    ['t12', /administrator of the registry/],
    ['t14', /mirror/],
    ['t19', /Update the container runtime on the node/],
    ['t21', /Build the image again/],
    ['t27', /stage/],
    ['t31', /No credential helps/],
    ['t33', /Helm chart/],
    ['t35', /container’s own image isn’t the problem/],
    ['t40', /Give the cache a credential/],
    ['t43', /On the node.*way to that address/],
    ['t48', /plugin on the node/],
    ['t52', /On the node/],
    ['t61', /On the node/],
    ['t64', /On the node/],
    ['t68', /its own socket, not a registry/],
    ['t70', /pull-through cache or proxy/],
    ['t76', /s3\.amazonaws\.com, the blob host/],
  ])('%s: says %s', (id, words) => {
    const found = texts.find((report) => report.id === id);
    if (found === undefined) throw new Error(`no case ${id}`);
    const { meaning, next } = explained(found);
    expect(`${meaning} ${next}`).toMatch(words);
  });

  it('tries every text', () => {
    expect(texts).toHaveLength(22);
    expect(labelled).toHaveLength(81);
  });
});
