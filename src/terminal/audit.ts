import { type AuditRecord, namesIn } from '../model/audit/audit.ts';
import { type AuditAnchor, type ChainPlace, verifyChain } from '../model/audit/audit-chain.ts';
import type { AuditTrail } from '../ports/audit.ts';
import { csvRow } from './csv.ts';
import { exitCode } from './exit-code.ts';
import { type Paint, printableJson, printableLines } from './paint.ts';

/** Records read at a time. */
const pageSize = 500;

/** What the list, JSON or CSV covers. */
export interface AuditQuery {
  /** Epoch milliseconds. */
  readonly sinceMs?: number;
  /** `NAMESPACE/deployment/web`. */
  readonly workload?: string;
  readonly cluster?: string;
  readonly approval?: string;
}

export type AuditFormat = 'list' | 'json' | 'csv';

export interface AuditOutput {
  readonly write: (text: string) => Promise<void>;
  readonly paint: Paint;
}

/** Prints the records oldest first, one page at a time. Returns the exit code. */
export async function printAudit(
  trail: Pick<AuditTrail, 'read'>,
  query: AuditQuery,
  format: AuditFormat,
  { write, paint }: AuditOutput,
): Promise<number> {
  if (format === 'csv') await write(csvRow(columns.map(([name]) => name)));
  let count = 0;
  for await (const record of matching(trail, query)) {
    if (format === 'csv') await write(csvRow(columns.map(([, cell]) => cell(record))));
    else if (format === 'json') await write(`${count === 0 ? '[\n' : ',\n'}${printableJson(record)}`);
    else await write(entryOf(record, paint));
    count += 1;
  }
  if (format === 'json') await write(count === 0 ? '[]\n' : '\n]\n');
  if (format === 'list' && count === 0) await write('No matching records.\n');
  return exitCode.healthy;
}

/** What verification reads. */
export interface StoredChain {
  anchor(): Promise<AuditAnchor>;
  stored(from: { readonly after: number; readonly limit: number }): Promise<readonly ChainPlace[]>;
}

/** Follows the whole chain and reports whether it is unchanged: exit code 0, or 1 with the place. */
export async function verifyAudit(chain: StoredChain, { write, paint }: AuditOutput): Promise<number> {
  const begin = await beginOf(chain);
  let last = begin;
  for (;;) {
    const page = await chain.stored({ after: last.sequence, limit: pageSize });
    if (page.length === 0) break;
    const verdict = verifyChain(page, last);
    if (!verdict.ok) {
      await write(`${paint('red', 'BROKEN')} at record ${verdict.sequence}: ${verdict.why}.\n`);
      await write(`Records ${begin.sequence + 1} to ${last.sequence} before it were checked and are intact.\n`);
      return exitCode.problems;
    }
    last = verdict.last;
  }
  if (last.sequence === begin.sequence) await write('The audit trail is empty.\n');
  else {
    await write(`${paint('green', 'WHOLE')}: records ${begin.sequence + 1} to ${last.sequence} follow one another.\n`);
    await write(`The last one's hash is ${last.hash}; compare it with the sink outside Redis.\n`);
  }
  return exitCode.healthy;
}

/** Records trimmed in the meantime move the anchor; then it is read again. */
async function beginOf(chain: StoredChain): Promise<AuditAnchor> {
  for (let tries = 0; ; tries += 1) {
    const anchor = await chain.anchor();
    const [first] = await chain.stored({ after: 0, limit: 1 });
    if (first === undefined || first.sequence === anchor.sequence + 1 || tries === 5) return anchor;
  }
}

async function* matching(trail: Pick<AuditTrail, 'read'>, query: AuditQuery): AsyncIterable<AuditRecord> {
  const { sinceMs } = query;
  for (let after = 0; ; ) {
    const page = await trail.read({ after, limit: pageSize, ...(sinceMs === undefined ? {} : { sinceMs }) });
    yield* page.filter((record) => isAbout(record, query));
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.sequence;
  }
}

function isAbout({ event }: AuditRecord, { workload, cluster, approval }: AuditQuery): boolean {
  return (
    (workload === undefined || namesIn(event).includes(workload)) &&
    (cluster === undefined || event.cluster === cluster) &&
    (approval === undefined || event.approval === approval)
  );
}

type Cell = (record: AuditRecord) => string | number | undefined;

const columns: readonly (readonly [name: string, cell: Cell])[] = [
  ['sequence', ({ sequence }) => sequence],
  ['at', ({ event }) => event.at],
  ['action', ({ event }) => event.action],
  ['team', ({ event }) => event.team],
  ['cluster', ({ event }) => event.cluster],
  ['approval', ({ event }) => event.approval],
  ['remedy', ({ event }) => event.remedy],
  ['workloads', ({ event }) => namesIn(event).join(' ')],
  ['actor', ({ event }) => event.actor],
  ['channel', ({ event }) => event.channel],
  ['digest', ({ event }) => event.digest],
  ['detail', ({ event }) => event.detail],
  ['before', ({ event }) => event.before],
  ['after', ({ event }) => event.after],
  ['previous', ({ previous }) => previous],
  ['hash', ({ hash }) => hash],
];

/** One line with time, event, plan and person, and lines with the result. Everything in it is untrusted. */
function entryOf({ event }: AuditRecord, paint: Paint): string {
  const where = [event.cluster, ...namesIn(event)].join(' ');
  const who = event.channel === undefined ? event.actor : `${event.actor} in ${event.channel}`;
  const about = printableLines(`${event.approval}  ${(event.remedy ?? '').padEnd(15)}  ${where}  by ${who}`);
  const head = `${paint('dim', printableLines(event.at))}  ${paint('bold', event.action.padEnd(11))}  ${about}\n`;
  const details = [
    event.detail,
    event.before === undefined ? undefined : `before: ${event.before}`,
    event.after === undefined ? undefined : `after:  ${event.after}`,
  ];
  const lines = details.flatMap((detail) => (detail === undefined ? [] : printableLines(detail).split('\n')));
  return head + lines.map((line) => `      ${line}\n`).join('');
}
