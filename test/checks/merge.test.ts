import { describe, expect, it } from 'vitest';
import { mergeFindings } from '../../src/checks/merge.ts';
import type { Finding } from '../../src/model/finding/finding.ts';

function finding(check: string, patch: Partial<Finding> = {}): Finding {
  return {
    check,
    cause: 'unknown',
    status: 'fail',
    confidence: 'likely',
    title: `title of ${check}`,
    containers: ['web'],
    images: ['web:1'],
    evidence: [{ source: 'pod', subject: 'pod/web', observed: check }],
    timeline: [],
    next: `mend ${check}`,
    proposals: [],
    consequences: [],
    alsoAffects: [],
    ...patch,
  };
}

function shown(findings: readonly Finding[]): readonly string[] {
  return mergeFindings(findings).map(({ check }) => check);
}

describe('mergeFindings', () => {
  it.each<[string, Finding[], string[]]>([
    [
      'a crash follows from the wrong platform',
      [finding('application-crash'), finding('platform-mismatch')],
      ['platform-mismatch'],
    ],
    [
      'a crash in another container does not',
      [finding('application-crash', { containers: ['db'] }), finding('platform-mismatch')],
      ['platform-mismatch', 'application-crash'],
    ],
    [
      'a chain ends at its root',
      [finding('application-crash'), finding('not-a-registry'), finding('reference-format'), finding('stale-image')],
      ['stale-image'],
    ],
    [
      'a warning explains no failure',
      [finding('stale-image', { status: 'warn' }), finding('reference-format')],
      ['reference-format', 'stale-image'],
    ],
    [
      'a guess explains nothing surer',
      [finding('stale-image', { confidence: 'possible' }), finding('reference-format')],
      ['stale-image', 'reference-format'],
    ],
    [
      'a guess explains a crash that would have no reason otherwise',
      [finding('out-of-memory', { confidence: 'possible' }), finding('application-crash')],
      ['out-of-memory'],
    ],
    [
      'failures come before warnings and what is not known',
      [
        finding('a', { status: 'unknown', images: [] }),
        finding('mutable-tag', { status: 'warn' }),
        finding('pull-error'),
      ],
      ['pull-error', 'mutable-tag', 'a'],
    ],
    [
      'causes come before symptoms',
      [finding('pull-error', { containers: ['x'] }), finding('image-missing')],
      ['image-missing', 'pull-error'],
    ],
    ['the same is said once', [finding('pull-error'), finding('pull-error')], ['pull-error']],
    [
      'what is not known of an image that fails is left out',
      [finding('image-missing'), finding('stale-image', { status: 'unknown' })],
      ['image-missing'],
    ],
    [
      'what is not known of another image stays',
      [finding('image-missing'), finding('stale-image', { status: 'unknown', images: ['db:1'] })],
      ['image-missing', 'stale-image'],
    ],
  ])('%s', (_, findings, expected) => {
    expect(shown(findings)).toEqual(expected);
  });

  it('keeps what the symptom saw, and what remains to be done', () => {
    const log = { source: 'log' as const, subject: 'pod/web', observed: 'Expecting value' };
    const [root] = mergeFindings([
      finding('stale-image'),
      finding('reference-format', { evidence: [log] }),
      finding('application-crash'),
    ]);
    expect(root?.consequences).toEqual([
      'title of reference-format; log: "Expecting value". If the problem persists: mend reference-format',
      'title of application-crash',
    ]);
    expect(root?.evidence).toContainEqual(log);
    expect(root?.next).toBe('mend stale-image');
  });
});
