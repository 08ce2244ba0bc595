import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fuzz } from './fuzz.ts';
import { text } from './target.ts';
import { targets } from './targets.ts';

const limitMs = 2000;

describe('everything that reads what somebody else wrote', () => {
  it.each(targets.map((target) => [target.name, target] as const))(
    '%s takes what is made from its corpus',
    async (_, target) => {
      const { faults } = await fuzz(target, { count: target.corpus.length + 60, seed: 1, limitMs });
      expect(faults).toEqual([]);
    },
  );

  it('is noticed when it throws, or takes long', async () => {
    const throwing = text('throws', [], ['a:b'], (input) => decodeURIComponent(input));
    expect((await fuzz(throwing, { count: 2000, seed: 1, limitMs })).faults[0]?.why).toContain('URIError');
    const slow = text('is slow', [], ['a'], () => {
      const since = process.threadCpuUsage();
      while (process.threadCpuUsage(since).user < 8000);
    });
    expect((await fuzz(slow, { count: 1, seed: 1, limitMs: 3 })).faults[0]?.why).toContain('it took');
  });

  it('gets the same inputs for the same seed', async () => {
    const seen: string[][] = [[], []];
    for (const inputs of seen) {
      await fuzz(
        text('same', [], ['abc', 'def'], (input) => inputs.push(input)),
        { count: 50, seed: 7, limitMs },
      );
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(new Set(seen[0]).size).toBeGreaterThan(40);
  });
});

/** Files that parse, and read nothing that somebody else wrote, or are tried through another target. */
const notForeign: Readonly<Record<string, string>> = {
  'flows/ask/answer.ts': 'a job that readPayload refused: one field of it',
  'flows/change/plan/target.ts': 'parameters that the record’s schema has read',
  'flows/change/request/proven-asker.ts': 'parameters that the record’s schema has read',
  'flows/change/show/risk-lines.ts': 'one word of a record',
  'model/values/foreign.ts': 'what schemas of lists are made with, tried with each of them',
  'model/text/at-most.ts': 'JSON that it has just made',
  'model/change/plan.ts': 'one word of a record',
  'model/finding/cause.ts': 'one word of a record',
  'model/finding/finding.ts': 'one word of a record',
  'model/subject/subject.ts': 'a subject that the record’s schema has read',
  'operations/edit-service-account.ts': 'an operation, tried with the approval',
  'operations/restore-pull-secret.ts': 'an operation, tried with the approval',
  'store/approvals/approval-files.ts': 'a file of one’s own home, with the schema of the approval',
  'version.ts': 'a file of the package',
};

describe('the list of targets', () => {
  const root = join(import.meta.dirname, '../../src');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.startsWith('sandbox/'));
  const parsing =
    /JSON\.parse\(|\.safeParse\(|(?<!Date|URL|path)\.parse\(|parseDocument\(|jsonOf\(|foreignJson\(|ormat\.decode\(/;
  const readers = files.filter((file) => parsing.test(readFileSync(join(root, file), 'utf8')));
  const covered = new Set(targets.flatMap(({ covers }) => covers));

  it.each(readers)('covers %s', (file) => {
    const why = notForeign[file];
    expect(covered.has(file) !== (why !== undefined), `${file} needs a target, or a reason why not; one of them`).toBe(
      true,
    );
  });

  it('names files that exist', () => {
    expect([...covered, ...Object.keys(notForeign)].filter((file) => !files.includes(file))).toEqual([]);
  });
});
