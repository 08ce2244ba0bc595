// `npm run bench`: measures the product as separate processes over real sockets, and prints figures with their aims.
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type Part, table } from './figures.ts';
import { benchAccuracy } from './parts/accuracy.ts';
import { benchAcknowledge } from './parts/acknowledge.ts';
import { benchChange } from './parts/change.ts';
import { benchCheck } from './parts/check.ts';
import { benchIdle } from './parts/idle.ts';
import { benchLarge } from './parts/large.ts';

const parts = {
  accuracy: benchAccuracy,
  idle: benchIdle,
  check: benchCheck,
  large: benchLarge,
  acknowledge: benchAcknowledge,
  change: benchChange,
} as const;

const names = Object.keys(parts) as (keyof typeof parts)[];
const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true });
const unknown = positionals.filter((name) => !names.some((part) => part === name));
if (unknown.length > 0) {
  process.stderr.write(`no part called ${unknown.join(', ')}; there are ${names.join(', ')}\n`);
  process.exit(2);
}
const chosen = names.filter((name) => positionals.length === 0 || positionals.includes(name));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const measured: Part[] = [];
const started = Date.now();
for (const name of chosen) {
  process.stderr.write(`bench: ${name} …\n`);
  const before = loadavg()[0] ?? 0;
  const from = Date.now();
  const figures = await parts[name]();
  const after = loadavg()[0] ?? 0;
  const note = `${after.toFixed(1)} after; other load on this machine makes every figure slower`;
  const load = { name: 'load average before', value: Number(before.toFixed(1)), unit: '', note };
  const took = { name: 'this part took', value: Math.round((Date.now() - from) / 1000), unit: 's' };
  measured.push({ part: name, figures: [...figures, load, took] });
}
process.stdout.write(`${table(measured)}\n`);
process.stdout.write(
  `\n${cpus().length} cores, Node ${process.versions.node}, ${Math.round((Date.now() - started) / 1000)} s\n`,
);
if (values.json !== undefined)
  writeFileSync(
    values.json,
    `${JSON.stringify({ at: new Date().toISOString(), cores: cpus().length, parts: measured }, undefined, 2)}\n`,
  );
