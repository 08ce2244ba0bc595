import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defineCheck } from '../../src/checks/evidence/check.ts';
import { checks, runChecks, statusOf } from '../../src/checks/index.ts';
import { aSnapshot, crashed } from '../support/snapshot.ts';

const evidence = [{ source: 'pod' as const, subject: 'pod/web', observed: 'x' }];
const base = { cause: 'unknown', confidence: 'likely', title: 'x', evidence, next: 'y' } as const;

describe('the list of checks', () => {
  it('has every file, each once, under the name of its file', () => {
    const files = readdirSync(new URL('../../src/checks/', import.meta.url))
      .filter((name) => name.endsWith('.ts') && !['check.ts', 'index.ts', 'merge.ts'].includes(name))
      .map((name) => name.slice(0, -3));
    expect(checks.map(({ id }) => id).sort()).toEqual(files.sort());
  });
});

describe('runChecks', () => {
  it('turns a check that throws into unknown, and runs the others', () => {
    const broken = defineCheck({
      id: 'broken',
      run: () => {
        throw new Error('what');
      },
    });
    const fine = defineCheck({ id: 'pull-error', run: () => [{ ...base, status: 'fail' }] });
    const { findings } = runChecks(aSnapshot(), [broken, fine]);
    expect(findings.map(({ check, status }) => [check, status])).toEqual([
      ['pull-error', 'fail'],
      ['broken', 'unknown'],
    ]);
    expect(findings[1]?.evidence[0]?.observed).toBe('what');
  });

  it('refuses a failure without evidence', () => {
    const hollow = defineCheck({ id: 'hollow', run: () => [{ ...base, status: 'fail', evidence: [] }] });
    expect(runChecks(aSnapshot(), [hollow]).findings.map(({ status }) => status)).toEqual(['unknown']);
  });

  it('cuts what it quotes', () => {
    const long = 'a\n'.repeat(50_000);
    const chatty = defineCheck({
      id: 'chatty',
      run: () => [
        { ...base, status: 'fail', title: long, evidence: [{ source: 'log', subject: long, observed: long }] },
        { note: long },
      ],
    });
    const { findings, notes } = runChecks(aSnapshot(), [chatty]);
    expect(findings[0]?.title).toHaveLength(240);
    expect(findings[0]?.evidence[0]?.observed).toHaveLength(400);
    expect(notes[0]).toHaveLength(800);
  });

  it('is fast for a thousand pods that fail in the same way', () => {
    const snapshot = aSnapshot({ podCount: 1000, state: crashed(1) });
    expect(runChecks(snapshot).findings).toHaveLength(1);
  });
});

describe('statusOf', () => {
  it.each([
    [[], 'healthy'],
    [['warn'], 'healthy'],
    [['warn', 'unknown'], 'unknown'],
    [['unknown', 'fail'], 'problems'],
    [['pass'], 'healthy'],
  ] as const)('%j is %s', (statuses, expected) => {
    expect(statusOf(statuses.map((status) => ({ status })))).toBe(expected);
  });
});
