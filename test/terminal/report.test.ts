import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/model/finding/report.ts';
import type { Paint } from '../../src/terminal/paint.ts';
import { columnsOf } from '../../src/terminal/paint.ts';
import { renderReport } from '../../src/terminal/report.ts';
import { sampleFinding, sampleReport } from '../support/slack-samples.ts';
import { type KeptSnapshot, keptReport, keptSnapshots } from '../support/snapshots.ts';

const plain: Paint = (_, text) => text;
const marked: Paint = (style, text) => `\u001b[1m<${String(style)}>${text}</>\u001b[0m`;

function render(report: Report, width = 100): string {
  return renderReport(report, plain, width);
}

describe('a report to read', () => {
  test('an older tag: the cause first, its timeline, its consequences, what could not be read', () => {
    const text = render(keptReport('stale-image'));
    const order = [
      '● 1 problem · deployment/dask-workers · modelops-dask-dev',
      'STALE IMAGE: certain',
      'Timeline: 2026-',
      'Why: ',
      'Also affected: deployment/dask-scheduler',
      'Also caused by this: ',
      'Fix: ',
      'Possible fix: ',
      'To prevent this: ',
      'Owned by: DaskCluster/main',
      'Couldn’t read: logs not readable',
    ];
    const places = order.map((words) => text.indexOf(words));
    expect(
      places.every((place) => place >= 0),
      text,
    ).toBe(true);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
  });

  test.each<[KeptSnapshot, RegExp]>([
    ['healthy', /^● healthy · deployment\/web · shop · cluster dev-eu · 2 of 2 pods ready · 0\.0 s\n$/],
    ['warning', /^● healthy, 1 warning .*\n\n {2}1 {2}warning: PULL POLICY: likely\n/],
    ['unreachable', /^● inconclusive .*\n\n {2}1 {2}inconclusive: STALE IMAGE\n/],
    ['image-question', /^● 1 problem · image redis:alpin as shop\/default · cluster dev-eu · 0\.0 s\n/],
    [
      'image-question',
      /In your organisation: Official images are mirrored weekly\. https:\/\/wiki\.example\/mirrors\n/,
    ],
  ])('%s', (name, expected) => {
    expect(render(keptReport(name))).toMatch(expected);
  });

  test('colours by status, and takes no width for them', () => {
    const report = keptReport('stale-image');
    const text = renderReport(report, marked, 100);
    expect(text).toContain('<red,bold>STALE IMAGE</>');
    expect(text.split('\n').length).toBeLessThan(render(report).split('\n').length + 10);
  });

  test.each([10, 40, 80, 100, 500])('keeps to a width of %i, but leaves long words whole', (width) => {
    const text = render(keptReport('stale-image'), width);
    const most = Math.min(Math.max(width, 40), 120);
    for (const line of text.split('\n').slice(1)) {
      const isSnippet = line.startsWith('         ');
      const words = line.trim().split(' ');
      if (!isSnippet && words.length > 2) expect(columnsOf(line)).toBeLessThanOrEqual(most);
    }
    expect(text).toMatch(/sha256:[0-9a-f]{64}/);
  });

  test('long lists end with a count', () => {
    const report = sampleReport({ findings: [], notSeen: Array.from({ length: 40 }, (_, index) => `thing ${index}`) });
    expect(render(report)).toContain('Couldn’t read: and 28 more; --json has them all');
  });
});

describe('text from elsewhere', () => {
  test('drives no terminal', () => {
    const text = render(keptReport('hostile-text'));
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
    expect(text).toContain('<!channel>');
  });

  test('whatever it is, no control character gets through and no line grows without end', () => {
    const ugly = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom('\u001b]0;x\u0007', '\u202e', '\u009b2J', 'a'.repeat(10_000), '\n\n', ''),
    );
    fc.assert(
      fc.property(ugly, ugly, ugly, (one, two, three) => {
        const finding = sampleFinding({
          title: one,
          next: two,
          containers: [three],
          evidence: [{ source: 'log', subject: one, observed: two, at: three }],
          timeline: [{ at: one, what: two }],
          conclusion: three,
          consequences: [one],
          alsoAffects: [two],
          prevent: { sentence: three, snippet: one },
          advice: [{ text: one, link: two }],
        });
        const text = render(
          sampleReport({ findings: [finding], notes: [one], notSeen: [two], owners: [three], cluster: one }),
        );
        expect(text).not.toMatch(/(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
        expect(text.length).toBeLessThan(400_000);
      }),
      { numRuns: 200 },
    );
  });
});

test('every kept snapshot is readable and has the status it was made for', () => {
  for (const [name, status] of Object.entries(keptSnapshots)) {
    expect([name, keptReport(name as KeptSnapshot).status]).toEqual([name, status]);
  }
});
