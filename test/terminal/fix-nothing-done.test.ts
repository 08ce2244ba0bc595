import { describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../src/model/audit/audit.ts';
import { type FixRun, runFix } from '../../src/terminal/fix.ts';
import { actions, fix, typed, world } from '../support/fix-run.ts';
import { aRequest } from '../support/planning.ts';

describe('nothing is done', () => {
  const asked = ['requested', 'shown'];
  test.each<[string, Partial<FixRun>, number, RegExp, readonly string[], RegExp]>([
    ['when the answer is no', { ask: async () => 'no' }, 1, /Nothing was done/, [...asked, 'rejected'], /was no/],
    ['when nothing is answered', { ask: async () => '' }, 1, /Nothing was done/, [...asked, 'rejected'], /was no/],
    [
      'when another plan was shown before',
      { shown: 'deadbeef' },
      1,
      /isn’t the plan that deadbeef names/,
      [...asked, 'refused'],
      /^digest: /,
    ],
    [
      'when there is no plan',
      { request: aRequest({ ...typed, typed: { ...typed.typed, params: { image: ':9' } } as never }) },
      1,
      /No plan/,
      ['requested', 'failed'],
      /web:9/,
    ],
  ])('%s, and what was asked for is recorded', async (_, more, code, told, recorded, why) => {
    const place = world();
    const result = await fix(place, more);
    expect(result).toMatchObject({ code, real: [], err: expect.stringMatching(told) });
    expect(actions(result.audit)).toEqual(recorded);
    expect(result.audit.at(-1)).toMatchObject({
      actor: 'ana',
      detail: expect.stringMatching(why),
      workloads: ['shop/deployment/web'],
    });
  });

  test('and what is shown is recorded before the question', async () => {
    const order: string[] = [];
    const ask = async () => {
      order.push('question');
      return 'no';
    };
    const { run } = await fix(world(), { ask: async () => 'no' });
    const audit = { append: async (events: readonly AuditEvent[]) => void order.push(...actions(events)) };
    await runFix({ ...run, ask, records: { ...run.records, audit } });
    expect(order).toEqual(['requested', 'shown', 'question', 'rejected']);
  });

  test('when nobody can be asked', async () => {
    const place = world();
    const { code, real } = await fix(place, { ask: undefined } as never);
    expect({ code, real }).toEqual({ code: 2, real: [] });
  });

  test('when something changed while the person thought', async () => {
    const place = world();
    const ask = async () => {
      place.set('ghcr.io/acme/web:other');
      return 'yes';
    };
    const { code, err, real, audit } = await fix(place, { ask });
    expect({ code, real }).toEqual({ code: 1, real: [] });
    expect(err).toMatch(/Nothing was done/);
    expect(actions(audit)).not.toContain('executed');
  });

  test('when it is interrupted at the question', async () => {
    const stop = new AbortController();
    const ask = async () => {
      stop.abort();
      return 'yes';
    };
    const { code, real, audit } = await fix(world(), { ask, signal: stop.signal });
    expect({ code, real }).toEqual({ code: 130, real: [] });
    expect(actions(audit)).toEqual(['requested', 'shown', 'rejected']);
  });
});
