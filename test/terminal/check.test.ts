import { describe, expect, test } from 'vitest';
import type { Diagnosis } from '../../src/flows/ask/diagnose.ts';
import { printedReport, type Report } from '../../src/model/finding/report.ts';
import { type CheckRun, runCheck } from '../../src/terminal/check.ts';
import { exitCodeOf } from '../../src/terminal/exit-code.ts';
import { sampleFinding, sampleReport } from '../support/slack-samples.ts';
import { keptSnapshot } from '../support/snapshots.ts';

const snapshot = keptSnapshot('healthy');
const healthy = sampleReport({ status: 'healthy', findings: [] });
const warned = sampleReport({ status: 'healthy', findings: [sampleFinding({ status: 'warn' })] });
const failed = sampleReport({
  status: 'problems',
  findings: [sampleFinding({ status: 'fail' }), sampleFinding({ status: 'unknown' })],
});
const open = sampleReport({
  status: 'unknown',
  findings: [sampleFinding({ status: 'unknown' }), sampleFinding({ status: 'warn' })],
});

const underWay = sampleReport({
  status: 'progressing',
  findings: [],
  progress: [{ waitsFor: 'pod/web-1, which is pulling ghcr.io/acme/web:1', since: '2026-11-20T14:01:00.000Z' }],
});

test.each<[string, Report, boolean, number]>([
  ['healthy', healthy, false, 0],
  ['healthy, strictly', healthy, true, 0],
  ['a warning', warned, false, 0],
  ['a warning, strictly', warned, true, 1],
  ['a failure, although something else is open', failed, false, 1],
  ['open', open, false, 3],
  ['not Ready yet', underWay, false, 3],
  ['open with a warning, strictly', open, true, 1],
])('exit code of %s', (_, report, strict, expected) => {
  expect(exitCodeOf(report, strict)).toBe(expected);
});

interface Told {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function told(report: Report): Diagnosis {
  return { kind: 'report', report, snapshot };
}

/** Runs a check whose diagnoses are these, one after the other; `watch` ends after the last. */
async function check(answers: readonly Diagnosis[], more: Partial<CheckRun> = {}): Promise<Told> {
  const stop = new AbortController();
  const [out, err]: [string[], string[]] = [[], []];
  let at = 0;
  const code = await runCheck({
    target: { type: 'workload', name: 'web' },
    diagnose: async (_, { onProgress }) => {
      onProgress('reading pods');
      const answer = answers[Math.min(at++, answers.length - 1)];
      if (answer === undefined || at > answers.length) stop.abort();
      return answer ?? told(healthy);
    },
    json: false,
    strict: false,
    watch: false,
    watchIntervalMs: 0,
    screen: { out: (text) => out.push(text), err: (text) => err.push(text), interactive: false, columns: 80 },
    paint: (_, text) => text,
    signal: stop.signal,
    ...more,
  });
  return { code, out: out.join(''), err: err.join('') };
}

describe('waiting', () => {
  const patient = { waitMs: 60_000, waitIntervalMs: 0 };
  const lost: Diagnosis = { kind: 'absent', certain: false, message: 'the API server does not answer', near: [] };

  test.each<[string, readonly Diagnosis[], number, RegExp]>([
    ['succeeds', [told(underWay), told(underWay), told(healthy)], 0, /^● healthy/],
    ['fails', [told(underWay), told(failed), told(healthy)], 1, /^● 1 problem/],
    ['is Ready at once', [told(healthy), told(failed)], 0, /^● healthy/],
    ['is not known to fail', [told(open), told(healthy)], 3, /^● inconclusive/],
    ['loses the cluster for a while', [told(underWay), lost, told(healthy)], 0, /^● healthy/],
  ])('a rollout that %s', async (_, answers, code, out) => {
    const seen = await check(answers, patient);
    expect(seen.code).toBe(code);
    expect(seen.out).toMatch(out);
    expect(seen.out.match(/^●/gm)).toHaveLength(1);
  });

  test('a rollout that hangs ends with the time, and with what it waits for', async () => {
    const { code, out, err } = await check(
      Array.from({ length: 5000 }, () => told(underWay)),
      { waitMs: 30, waitIntervalMs: 5 },
    );
    expect(code).toBe(3);
    expect(out).toMatch(/^⏳ progressing.*\n Waiting for: pod\/web-1, which is pulling/);
    expect(err).toBe('Waiting for: pod/web-1, which is pulling ghcr.io/acme/web:1\n');
  });

  test('a cluster that never answered is not waited for', async () => {
    const { code, err } = await check([lost, told(healthy)], patient);
    expect([code, err]).toEqual([3, 'the API server does not answer\n']);
  });

  test('JSON is the last report alone', async () => {
    const { out } = await check([told(underWay), told(healthy)], { ...patient, json: true });
    expect(JSON.parse(out)).toMatchObject({ status: 'healthy' });
  });

  test('Ctrl-C ends it without an answer', async () => {
    const { code, out } = await check([told(underWay)], patient);
    expect([code, out]).toEqual([130, '']);
  });
});

describe('one look', () => {
  test('prints the report on standard output and nothing else', async () => {
    const { code, out, err } = await check([told(failed)]);
    expect(code).toBe(1);
    expect(out).toMatch(/^● 1 problem/);
    expect(err).toBe('');
  });

  test('prints JSON that is the report', async () => {
    const { code, out } = await check([told(open)], { json: true });
    expect(code).toBe(3);
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(printedReport(open))));
    expect(JSON.parse(out)).toMatchObject({ schemaVersion: 2 });
  });

  test('saves the snapshot', async () => {
    const saved: unknown[] = [];
    await check([told(healthy)], { saveSnapshot: async (one) => void saved.push(one) });
    expect(saved).toEqual([snapshot]);
  });

  test('shows progress only where someone watches, and leaves nothing of it', async () => {
    const lines: string[] = [];
    const screen = { out: () => {}, err: (text: string) => lines.push(text), interactive: true, columns: 20 };
    await check([told(healthy)], { screen });
    expect(lines).toEqual(['\r\u001b[2K… reading pods', '\r\u001b[2K']);
  });

  test('an ambiguous name lists the commands to choose from', async () => {
    const candidates = [
      { kind: 'Deployment', namespace: 'a', name: 'web' },
      { kind: 'Job', namespace: 'b', name: 'web' },
    ] as const;
    const { code, out, err } = await check([{ kind: 'ambiguous', candidates }]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe(
      'Several workloads have that name. Pick one:\n  imagecheck check deployment/web -n a\n  imagecheck check job/web -n b\n',
    );
  });

  test('a workload that does not exist is a usage error with similar names; one that cannot be read is inconclusive', async () => {
    const near = [{ kind: 'Deployment', namespace: 'a', name: 'web' }] as const;
    expect(await check([{ kind: 'absent', certain: true, message: 'There is no wbe.', near }])).toEqual({
      code: 2,
      out: '',
      err: 'There is no wbe.\nDid you mean:\n  imagecheck check deployment/web -n a\n',
    });
    expect(await check([{ kind: 'absent', certain: false, message: 'forbidden', near: [] }])).toMatchObject({
      code: 3,
      err: 'forbidden\n',
    });
  });

  test('an interrupted look prints nothing and has no answer', async () => {
    const signal = AbortSignal.abort();
    expect(await check([told(failed)], { signal })).toEqual({ code: 130, out: '', err: '' });
  });
});

describe('watching', () => {
  test('prints when the answer changes, not when only the time did, and ends with the last answer', async () => {
    const later = { ...failed, takenAt: '2026-11-21T15:00:00Z', durationMs: 9 };
    const { code, out } = await check([told(failed), told(later), told(healthy), told(healthy)], { watch: true });
    expect(out.match(/^● .*$/gm)?.map((line) => line.slice(0, 11))).toEqual(['● 1 problem', '● healthy ·']);
    expect(code).toBe(0);
  });

  test('JSON is one line per answer', async () => {
    const { out } = await check([told(failed), told(healthy)], { watch: true, json: true });
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as Report).status),
    ).toEqual(['problems', 'healthy']);
  });

  test('continues when the workload is gone for a while', async () => {
    const away: Diagnosis = { kind: 'absent', certain: true, message: 'There is no web.', near: [] };
    const { code, out, err } = await check([told(healthy), away, away, told(healthy)], { watch: true });
    expect(out.match(/● healthy/g)).toHaveLength(2);
    expect(err).toBe('There is no web.\n');
    expect(code).toBe(0);
  });
});
