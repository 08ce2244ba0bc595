import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Finding } from '../../src/model/finding/finding.ts';
import type { View } from '../../src/model/message.ts';
import { workloadKinds } from '../../src/model/workload/workload.ts';
import { askValue } from '../../src/slack/blocks/ids.ts';
import { draw } from '../../src/slack/views/draw.ts';
import { drawHelp } from '../../src/slack/views/help.ts';
import { drawPicker } from '../../src/slack/views/picker.ts';
import {
  drawClusterChoice,
  drawDefaults,
  drawMistake,
  drawOpenPicker,
  drawRefusal,
  drawTrouble,
} from '../../src/slack/views/private.ts';
import { faultsOfMessage, faultsOfModal } from '../support/slack-limits.ts';
import { sampleFinding, sampleReport } from '../support/slack-samples.ts';

/** Shrinking a message of thousands of blocks would take minutes. */
const hurry = { interruptAfterTimeLimit: 12_000 };

/** Ugly text: long, right to left, emoji, control characters, mark-up, half characters. */
const ugly = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.constantFrom('', ' ', '\n', '`', '```', '<!channel>', '<@U1>', '&amp;', '👩‍👩‍👧‍👦', '\uD800', '\u202Eabc', '>'),
  fc
    .tuple(
      fc.constantFrom('x', '&', '<', '`', '👩‍👩‍👧‍👦', 'ש', '\u0000', '*', 'word '),
      fc.integer({ min: 1, max: 6000 }),
    )
    .map(([unit, times]) => unit.repeat(times)),
);
const date = fc.oneof(
  ugly,
  fc.date({ noInvalidDate: true }).map((one) => one.toISOString()),
);
const list = <T>(one: fc.Arbitrary<T>, maxLength = 30) => fc.array(one, { maxLength, size: 'max' });
const place = fc.record({ kind: fc.constantFrom(...workloadKinds), namespace: ugly, name: ugly });
const target = fc.oneof(
  place.map((one) => ({ type: 'workload' as const, ...one })),
  fc.record({ type: fc.constant('image' as const), reference: ugly }),
);
const finding: fc.Arbitrary<Finding> = fc.record({
  check: ugly,
  cause: fc.constant('unknown' as const),
  status: fc.constantFrom('fail', 'warn', 'unknown', 'pass'),
  confidence: fc.constantFrom('certain', 'likely', 'possible'),
  title: ugly,
  containers: list(ugly, 3),
  images: list(ugly, 3),
  evidence: list(fc.record({ source: fc.constant('log' as const), subject: ugly, observed: ugly, at: date })),
  conclusion: ugly,
  timeline: list(fc.record({ at: date, what: ugly })),
  next: ugly,
  prevent: fc.record({ sentence: ugly, snippet: ugly }),
  proposals: list(fc.record({ remedy: fc.constant('set-image' as const), params: fc.constant({}), summary: ugly }), 8),
  consequences: list(ugly, 12),
  alsoAffects: list(ugly, 15),
});
const view: fc.Arbitrary<View> = fc.oneof(
  fc.record({
    view: fc.constant('ask' as const),
    askId: ugly,
    user: ugly,
    text: ugly,
    cluster: ugly,
    state: fc.constantFrom('queued', 'checking', 'done', 'failed'),
    progress: ugly,
    result: fc.record({
      status: fc.constantFrom('healthy', 'problems', 'unknown'),
      problems: fc.nat(),
      subject: ugly,
      namespace: ugly,
      durationMs: fc.double(),
    }),
  }),
  fc.record({
    view: fc.constant('report' as const),
    reportId: ugly,
    mention: ugly,
    showAll: fc.boolean(),
    report: fc
      .record({
        findings: fc.array(finding, { maxLength: 40 }),
        notes: list(ugly),
        notSeen: list(ugly),
        owners: list(ugly),
        subject: place,
        cluster: ugly,
      })
      .map((part) => sampleReport(part)),
  }),
  fc.record({ view: fc.constant('choice' as const), question: ugly, cluster: ugly, candidates: list(place, 60) }),
  fc.record({
    view: fc.constant('notice' as const),
    tone: fc.constantFrom('info', 'warning', 'error'),
    text: ugly,
    remedy: ugly,
  }),
  fc.record({ view: fc.constant('invitation' as const), channel: ugly, cluster: ugly, target }),
  fc.record({
    view: fc.constant('explanation' as const),
    text: ugly,
    cause: ugly,
    meaning: ugly,
    confidence: ugly,
    also: list(ugly),
    next: ugly,
    confirm: ugly,
  }),
);

describe('whatever comes in, Slack takes what goes out', () => {
  test('messages', () => {
    fc.assert(
      fc.property(view, ugly, (body, messageId) => {
        expect(faultsOfMessage(draw({ id: messageId, body }))).toEqual([]);
      }),
      { numRuns: 150, ...hurry },
    );
  });

  test('ten thousand findings', () => {
    const findings = Array.from({ length: 10_000 }, () => sampleFinding());
    for (const showAll of [false, true]) {
      const body = { view: 'report' as const, reportId: 'r1', report: sampleReport({ findings }), showAll };
      expect(faultsOfMessage(draw({ id: 'ask:T1/q:report', body }))).toEqual([]);
    }
  });

  test('many buttons with long values of two bytes a letter', () => {
    const about = { type: 'workload' as const, kind: 'Deployment' as const, namespace: '', name: 'ש'.repeat(1600) };
    const names = Array.from({ length: 25 }, () => 'ש'.repeat(200));
    const valueOf = (cluster: string) => askValue(cluster, about);
    const drawn = drawClusterChoice(names, { actionId: 'ask', valueOf });
    expect(faultsOfMessage(drawn)).toEqual([]);
    expect(JSON.stringify(drawn.blocks)).toContain('"ask.0"');
    const candidates = names.map((name) => ({ kind: 'Deployment' as const, namespace: name, name: 'ש'.repeat(1400) }));
    const question = 'ש'.repeat(6000);
    expect(faultsOfMessage(draw({ id: 'm', body: { view: 'choice', question, cluster: 'dev', candidates } }))).toEqual(
      [],
    );
  });

  test('what only one person sees', () => {
    fc.assert(
      fc.property(ugly, list(ugly, 200), target, (text, many, about) => {
        const drawn = [
          drawHelp(many),
          drawMistake({ message: text, didYouMean: text }),
          drawRefusal(text),
          drawTrouble({ kind: 'slack refused', code: text }, text),
          drawOpenPicker(text),
          drawClusterChoice(many, { actionId: text, valueOf: (cluster) => askValue(cluster, about) }),
          drawDefaults({ cluster: text, namespace: text }, text),
        ];
        expect(drawn.flatMap(faultsOfMessage)).toEqual([]);
      }),
      { numRuns: 100, ...hurry },
    );
  });

  test('the picker', () => {
    const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 150 }),
        name,
        fc.boolean(),
        (clusters, namespace, chosen) => {
          const state = { channel: 'C1', direct: false, ...(chosen ? { cluster: clusters[0] ?? '', namespace } : {}) };
          expect(faultsOfModal(drawPicker(state, clusters))).toEqual([]);
        },
      ),
    );
  });
});
