import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  checkedWorkload,
  printedReport,
  Report,
  standingOf,
  standingWords,
} from '../../../src/model/finding/report.ts';
import { OutboxMessage } from '../../../src/model/message.ts';
import { sampleMessage } from '../../support/asks.ts';

const web = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
const reference = 'ghcr.io/acme/web:1';

const cases: readonly [string, Pick<Report, 'subject'>, object][] = [
  ['a workload', { subject: web }, { workload: web }],
  ['an image', { subject: { kind: 'Image', reference } }, { image: { reference } }],
  [
    'an image, pulled as an account',
    { subject: { kind: 'Image', reference, as: 'shop/default' } },
    { image: { reference, as: 'shop/default' } },
  ],
  ['something that only a later release knows', {}, {}],
];

/** A stored report, its fields in the order in which they are printed. */
function stored(about: object) {
  return {
    schemaVersion: 1,
    cluster: 'dev-eu',
    ...about,
    takenAt: '2026-11-20T14:02:00Z',
    durationMs: 12,
    status: 'healthy',
    findings: [],
    notes: [],
    notSeen: [],
    owners: [],
  };
}

test.each(cases)('a report about %s keeps its stored form, to the letter', (_, about, fields) => {
  const report = Report.parse(stored(fields));
  const { schemaVersion, cluster, ...rest } = stored({});
  expect(report).toEqual({ schemaVersion, cluster, ...about, ...rest });
  expect(JSON.stringify(z.encode(Report, report))).toBe(JSON.stringify(stored(fields)));
});

test.each(cases)('a message with a report about %s keeps its stored form', (_, __, fields) => {
  const body = { view: 'report', reportId: 'r1', report: stored(fields), showAll: false };
  const message = { ...sampleMessage(), body };
  expect(z.encode(OutboxMessage, OutboxMessage.parse(message))).toEqual(message);
});

test.each(cases)('changes are offered for workloads only, not for %s', (_, about) => {
  expect(checkedWorkload(about)).toEqual(about.subject?.kind === 'Deployment' ? web : undefined);
});

test('a report that progresses is stored as the release before reads it, which takes its status for no good one', () => {
  const progress = [{ waitsFor: 'pod/web-1, which is being created', since: '2026-11-20T14:01:00Z' }];
  const report = Report.parse({ ...stored({ workload: web }), schemaVersion: 2, status: 'progressing', progress });
  const text = z.encode(Report, report);
  expect(text).toMatchObject({ schemaVersion: 1, status: 'progressing', progress });
  expect(printedReport(report)).toMatchObject({ schemaVersion: 2, status: 'progressing' });
  expect(standingWords({ ...standingOf(report), status: 'later' as never })).not.toContain('healthy');
});
