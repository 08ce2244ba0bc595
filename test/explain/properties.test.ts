import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causeText } from '../../src/explain/cause-texts.ts';
import { explainText } from '../../src/explain/explain.ts';
import { parseKubeletEvent } from '../../src/explain/kubelet-events.ts';
import { matchLogLine } from '../../src/explain/log-lines.ts';
import { rules } from '../../src/explain/rules/index.ts';
import { Cause, causes } from '../../src/model/finding/cause.ts';
import { cpuMsOf } from '../support/cpu-time.ts';

const fragments = [
  'Failed to pull image "',
  '"',
  ': ',
  'rpc error: code = Unknown desc = ',
  'https://ghcr.io/v2/a/b/manifests/1',
  '?ns=',
  'pull image err: ',
  'artifact err: ',
  '403 Forbidden',
  '\\"',
  '\n',
  'docker://',
  '{"errors":[{"code":"',
];

describe('properties', () => {
  it('no text throws, and every answer is complete', () => {
    const text = fc
      .array(fc.oneof(fc.constantFrom(...fragments), fc.string(), fc.string({ unit: 'binary' })), { maxLength: 8 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.option(fc.string(), { nil: undefined }), (text, known) => {
        const explanation = explainText(
          text,
          known === undefined ? {} : { host: known, image: known, eventReason: known },
        );
        expect(Cause.safeParse(explanation.cause).success).toBe(true);
        expect(explanation.meaning).not.toBe('');
        expect(explanation.next).not.toBe('');
        matchLogLine(text);
        parseKubeletEvent(text);
      }),
      { numRuns: 500 },
    );
  });

  it('noise has no cause', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { maxLength: 30 }), (words) => {
        expect(explainText(words.join(' ')).cause).toBe('unknown');
      }),
    );
  });

  it('long input takes little time', () => {
    const units = [
      ...fragments,
      ' ',
      'a',
      'exec: ',
      'lookup ',
      'trying to reuse blob ',
      'admission webhook ',
      'chown /',
      'the image with ',
      'http://',
      '"a" ',
      'pull image ',
      'short-name ',
      '\\',
      '0/',
      'kaniko-executor ',
    ];
    for (const unit of units) {
      const text = unit.repeat(Math.ceil(300_000 / unit.length));
      const spentMs = cpuMsOf(() => {
        explainText(text);
        matchLogLine(text);
        parseKubeletEvent(text);
      });
      expect(spentMs, unit).toBeLessThan(1500);
    }
  });

  it('has sentences for every cause, and every rule names its evidence and an id of its own', () => {
    for (const cause of Cause.options) {
      expect(causeText(cause).meaning, cause).toMatch(/\.$/);
      expect(causeText(cause).next, cause).toMatch(/\.$/);
    }
    expect(Cause.options).toEqual(Object.keys(causes));
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    for (const { id, confirm, pattern } of rules) {
      expect(confirm, id).toMatch(/\.$/);
      expect(pattern.global, id).toBe(false);
    }
  });
});
