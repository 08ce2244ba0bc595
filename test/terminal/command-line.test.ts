import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { printedReport } from '../../src/model/finding/report.ts';
import { reportSchema } from '../../src/model/finding/report-json-schema.ts';
import { type KeptSnapshot, keptReport, keptSnapshots, snapshotPath } from '../support/snapshots.ts';

const root = join(import.meta.dirname, '../..');
const directory = mkdtempSync(join(tmpdir(), 'imagecheck-cli-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line as its own process, with an empty home and no cluster around it. */
function imagecheck(args: readonly string[], input = '', env: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(join(root, 'node_modules/.bin/node'), [join(root, 'src/main.ts'), ...args], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? '',
      HOME: directory,
      ...env,
    },
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
}

describe('a saved snapshot', () => {
  const exitCodes = { problems: 1, healthy: 0, unknown: 3 } as const;

  test.each(Object.entries(keptSnapshots))(
    '%s: JSON that fits the published schema, and the exit code of %s',
    async (name, status) => {
      const { code, out, err } = await imagecheck([
        'check',
        '--from-snapshot',
        snapshotPath(name as KeptSnapshot),
        '--json',
      ]);
      expect([code, err]).toEqual([exitCodes[status], '']);
      const schema = z.fromJSONSchema(JSON.parse(readFileSync(join(root, 'docs/report.schema.json'), 'utf8')) as never);
      expect(schema.safeParse(JSON.parse(out)).error).toBeUndefined();
      expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(printedReport(keptReport(name as KeptSnapshot)))));
    },
  );

  test('strictly, a warning is a problem', async () => {
    expect((await imagecheck(['check', '--from-snapshot', snapshotPath('warning'), '--strict'])).code).toBe(1);
  });

  test('is plain text where no terminal is, whatever the environment forces', async () => {
    const { out } = await imagecheck(['check', '--from-snapshot', snapshotPath('stale-image')], '', {
      FORCE_COLOR: '3',
    });
    expect(out).toMatch(/^● 1 problem · deployment\/dask-workers/);
    expect(out).not.toContain('\u001b');
  });

  test('of no use is a mistake that names the file and the way to make one', async () => {
    const file = join(directory, 'none.json');
    writeFileSync(file, '{"snapshotVersion":1}');
    const { code, out, err } = await imagecheck(['check', '--from-snapshot', file]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toBe(
      `${file} is not a snapshot: snapshot: Invalid input: expected object, received undefined\nWrite one with: imagecheck check KIND/NAME -n NAMESPACE --save-snapshot FILE\n`,
    );
  });
});

test('the published schema is the one that the code uses (npm run schema)', () => {
  expect(readFileSync(join(root, 'docs/report.schema.json'), 'utf8')).toBe(reportSchema());
});

describe('usage', () => {
  test.each<[string, string[], RegExp]>([
    ['too many words', ['check', 'foo', 'bar', 'baz'], /Type: imagecheck check KIND\/NAME -n NAMESPACE\n$/],
    ['no words', ['check'], /^Say which workload\.\nType: imagecheck check KIND\/NAME -n NAMESPACE\n$/],
    ['a kind alone', ['check', 'deployment'], /Type: imagecheck check KIND\/NAME -n NAMESPACE\n$/],
    ['a misspelt command', ['chekc', 'web'], /Did you mean check\?/],
    ['a misspelt kind', ['check', 'deploymnt', 'web'], /Did you mean: imagecheck check deployment web\n$/],
    [
      'an image where a workload belongs',
      ['check', 'ghcr.io/acme/web:1'],
      /Did you mean: imagecheck image ghcr\.io\/acme\/web:1\n$/,
    ],
    [
      'an image that is none',
      ['image', 'Web:1'],
      /valid image reference[\s\S]*Did you mean: imagecheck image web:1\n$/,
    ],
    ['no cluster', ['check', 'deployment/web', '-n', 'x'], /^no cluster configured\.\n.*--kubeconfig/],
    ['a kubeconfig that is not there', ['check', 'deployment/web', '-n', 'x', '--kubeconfig', '/none'], /\/none/],
  ])('%s', async (_, args, expected) => {
    const { code, out, err } = await imagecheck(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(expected);
    expect(err).not.toMatch(/at .*\.ts:\d+/);
  });

  test('several clusters are listed, and one of them can be chosen', async () => {
    const file = join(directory, 'clusters.yaml');
    writeFileSync(file, 'clusters:\n  - id: dev-eu\n    context: dev\n  - id: prod-eu\n    context: prod\n');
    const { code, err } = await imagecheck(['check', 'deployment/web', '-n', 'x', '--config', file]);
    expect(code).toBe(2);
    expect(err).toContain('Choose one with -c: dev-eu, prod-eu.');
    expect((await imagecheck(['check', 'deployment/web', '-n', 'x', '--config', file, '-c', 'test'])).err).toContain(
      'no cluster test',
    );
  });

  test('a configuration with mistakes is a usage error with every one of them', async () => {
    const file = join(directory, 'wrong.yaml');
    writeFileSync(file, 'registries: 5\ntimeouts:\n  checkMs: soon\n');
    const { code, err } = await imagecheck(['check', 'deployment/web', '-n', 'x', '--config', file]);
    expect(code).toBe(2);
    expect(err).toMatch(/registries[\s\S]*checkMs/);
  });
});

describe('text commands need neither cluster, Redis nor Slack', () => {
  test('explain --jsonl', async () => {
    const { code, out } = await imagecheck(
      ['explain', '--jsonl'],
      '{"id":"a","message":"toomanyrequests"}\nnonsense\n',
    );
    expect(code).toBe(2);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([expect.objectContaining({ id: 'a', cause: 'rate_limited' }), { id: null, error: 'not JSON' }]);
  });

  test('explain, from standard input', async () => {
    expect(await imagecheck(['explain'], 'exec format error')).toMatchObject({
      code: 0,
      out: expect.stringContaining('EXEC FORMAT'),
    });
  });

  test('image --offline', async () => {
    expect(await imagecheck(['image', 'nginx:1', '--offline', '--json'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('"canonical":"docker.io/library/nginx:1"'),
    });
    expect((await imagecheck(['image', 'NGINX', '--offline', '--json'])).code).toBe(2);
  });
});

test('help answers before anything heavy is loaded', async () => {
  const loaded = await imagecheck(['--help'], '', { NODE_DEBUG: 'esm' });
  expect(loaded.code).toBe(0);
  expect(loaded.out).toMatch(/^imagecheck finds out why[\s\S]*Exit codes: 0 healthy, 1 problems found, 2 usage/);
  expect(loaded.err).toContain('terminal/arguments.ts');
  expect(loaded.err).not.toMatch(/node_modules\/(zod|undici|yaml|bullmq|ioredis|@slack)/);
});
