// npm run fuzz -- [--count N] [--seed S] [--target NAME] [--replay FILE]
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Fuzzed, fuzz, tried } from './fuzz.ts';
import { targets } from './targets.ts';

const { values } = parseArgs({
  options: {
    /** Inputs for all targets together. */
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    /** Only targets whose name contains this. */
    target: { type: 'string', default: '' },
    /** An input that was saved; with its target. */
    replay: { type: 'string' },
  },
});
const limitMs = 250;
const folder = join(import.meta.dirname, '../../artifacts/fuzz');
const chosen = targets.filter(({ name }) => name.includes(values.target));
if (chosen.length === 0)
  throw new Error(`no target is called ${values.target}: ${targets.map(({ name }) => name).join(', ')}`);

if (values.replay === undefined) await fuzzAll();
else await replay(readFileSync(values.replay, 'utf8'));

async function replay(input: string): Promise<void> {
  for (const target of chosen) {
    const { ms, why } = await tried(target, input);
    console.log(`${target.name}: ${why ?? 'is as documented'}, ${ms.toFixed(1)} ms`);
    if (why !== undefined) process.exitCode = 1;
  }
}

async function fuzzAll(): Promise<void> {
  const seed = Number(values.seed);
  const count = Math.ceil(Number(values.count) / chosen.length);
  console.log(`${chosen.length} targets, ${count} inputs each, seed ${seed}`);
  const all: Fuzzed[] = [];
  for (const target of chosen) {
    const one = await fuzz(target, { count, seed, limitMs });
    all.push(one);
    console.log(lineOf(one));
    save(one);
  }
  const sum = (of: (one: Fuzzed) => number) => all.reduce((total, one) => total + of(one), 0);
  const slowest = all.toSorted((left, right) => right.slowestMs - left.slowestMs)[0];
  const faults = sum((one) => one.faults.length);
  const rate = (sum((one) => one.count) / sum((one) => one.tookMs)) * 1000;
  console.log(
    `${sum((one) => one.count)} inputs, ${Math.round(rate)} a second; slowest ${slowest?.slowestMs.toFixed(1)} ms (${slowest?.name}); ` +
      `most memory ${Math.max(...all.map((one) => one.largestMb)).toFixed(0)} MiB; ${faults} faults`,
  );
  if (faults > 0) process.exitCode = 1;
}

function lineOf({ name, count, tookMs, slowestMs, slowest, largestMb, faults }: Fuzzed): string {
  const rate = Math.round((count / tookMs) * 1000);
  const sized = `${slowestMs.toFixed(1)} ms for ${slowest.length} characters`;
  const found = faults.length === 0 ? '' : `; ${faults.length} FAULTS`;
  return `${name.padEnd(28)} ${count} inputs, ${rate} a second, slowest ${sized}, most memory ${largestMb.toFixed(0)} MiB${found}`;
}

/** Keeps what went wrong, and the slowest input of each target. */
function save({ name, slowest, faults }: Fuzzed): void {
  mkdirSync(folder, { recursive: true });
  const base = join(folder, name.replaceAll(/[^A-Za-z0-9]+/g, '-'));
  writeFileSync(`${base}-slowest.txt`, slowest);
  for (const [index, { input, why }] of faults.entries()) {
    const file = `${base}-${index + 1}.txt`;
    writeFileSync(file, input);
    console.log(`  ${why.split('\n').slice(0, 4).join('\n  ')}\n  npm run fuzz -- --target "${name}" --replay ${file}`);
  }
}
