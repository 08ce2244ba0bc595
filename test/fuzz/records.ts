import { Approval, strangeProgress, subjectsOf } from '../../src/model/approval/approval.ts';
import { OutboxMessage } from '../../src/model/message.ts';
import { originOf } from '../../src/model/message-origin.ts';
import { readSnapshot, writeSnapshot } from '../../src/model/snapshot/snapshot-file.ts';
import { editsOf, knownOperations, strangeInIntent, unknownWords } from '../../src/operations/index.ts';
import { jobTable, readPayload } from '../../src/queue/table.ts';
import { draw } from '../../src/slack/views/draw.ts';
import { createAnswers } from '../../src/store/answers.ts';
import { answerRecord, askRecord } from '../../src/store/asks/ask-records.ts';
import { recordOf } from '../../src/store/audit/audit-entries.ts';
import { createChannels } from '../../src/store/channels.ts';
import type { RedisClient } from '../../src/store/redis/connection.ts';
import { keysOf } from '../../src/store/redis/keys.ts';
import { recordFormat, valueOf } from '../../src/store/redis/record.ts';
import { createReports } from '../../src/store/reports.ts';
import { createWorkers } from '../../src/store/workers.ts';
import { recordsOf, storedJobs, storedRecords } from '../support/stored-records.ts';
import { fixture, json, jsonText, type Target } from './target.ts';

const stored = [storedRecords('sandbox'), storedRecords('simulated')];
const textsOf = (kind: string): readonly unknown[] =>
  stored.flatMap((records) => recordsOf(records, kind)).map(({ text }) => JSON.parse(text) as unknown);
const audit = stored.flatMap(({ keys }) =>
  Object.values(keys).flatMap((one) => (one.type === 'stream' ? one.value : [])),
);
const keys = keysOf('fuzz');

/** A Redis in which this is everywhere. */
function holding(input: string): RedisClient {
  const reading = () => Promise.resolve(input);
  return { get: reading, evalsha: () => Promise.resolve(['1', input]) } as unknown as RedisClient;
}

const approvals = recordFormat({ version: 1, schema: Approval });
const messages = recordFormat({ version: 1, schema: OutboxMessage });

/** Whatever could be read can be judged and shown. */
function shown(approval: Approval): unknown {
  const operations = approval.plan?.intent.targets.flatMap((target) => target.operations) ?? [];
  return [
    editsOf(operations),
    subjectsOf(approval),
    strangeProgress(approval),
    approval.plan === undefined ? undefined : strangeInIntent(approval.plan.intent),
    unknownWords(operations) === undefined ? knownOperations(operations) : undefined,
    draw({ id: 'm', body: { view: 'plan', approval } }),
    draw({ id: 'm', body: { view: 'result', approval } }),
  ];
}

const snapshots = ['healthy', 'hostile-text', 'never-published', 'image-question'].map((name) =>
  fixture(`snapshots/${name}`),
);

export const recordTargets: readonly Target[] = [
  jsonText(
    'approval',
    [
      'store/redis/record.ts',
      'store/redis/stored.ts',
      'store/approvals/approvals.ts',
      'model/approval/approval.ts',
      'operations/index.ts',
      'operations/edit-template.ts',
    ],
    textsOf('approval'),
    (input) => {
      const approval = valueOf(approvals.decode(input));
      return approval === undefined ? undefined : shown(approval);
    },
  ),
  jsonText('message', ['store/outbox/outbox.ts', 'model/message-origin.ts'], textsOf('message'), (input) => {
    const message = valueOf(messages.decode(input));
    return message === undefined ? undefined : [originOf(message), draw(message)];
  }),
  jsonText('question', ['store/asks/ask-records.ts', 'store/asks/asks.ts'], textsOf('ask'), (input) =>
    askRecord.decode(input),
  ),
  jsonText(
    'answer',
    ['store/asks/ask-records.ts', 'store/asks/recovery.ts'],
    [
      { v: 1, d: { kind: 'report', reportId: 'r' } },
      { v: 1, d: { kind: 'absent', message: 'a', near: [] } },
    ],
    (input) => answerRecord.decode(input),
  ),
  jsonText('report', ['store/reports.ts'], textsOf('report'), (input) =>
    createReports(holding(input), keys, { ttlMs: 1, compressAboveBytes: 1 }).get('T1', 'r'),
  ),
  jsonText('channel', ['store/channels.ts'], [{ v: 1, d: { cluster: 'dev-eu', namespace: 'shop' } }], (input) =>
    createChannels(holding(input), keys).defaults('T1', 'C1'),
  ),
  jsonText(
    'worker',
    ['store/workers.ts'],
    [
      {
        v: 1,
        d: { id: 'w', cluster: 'dev-eu', seenAt: '2026-11-20T14:10:00.000Z', missingRights: [], jobs: ['diagnose'] },
      },
    ],
    (input) => createWorkers(holding(input), keys, 1000).alive('dev-eu'),
  ),
  jsonText('short answer', ['store/answers.ts'], [{ v: 1, d: ['a', 'b'] }], (input) =>
    createAnswers(holding(input), keys, { on: () => () => {}, close: () => {} }).wait('a', 1),
  ),
  json('audit record', ['store/audit/audit-entries.ts'], audit, (value) =>
    Array.isArray(value) && typeof value[0] === 'string' && Array.isArray(value[1])
      ? recordOf([value[0], value[1].map(String)])
      : undefined,
  ),
  json('job', ['queue/table.ts'], storedJobs(), (value) => {
    const { name, data } = (value ?? {}) as { readonly name?: unknown; readonly data?: unknown };
    return typeof name === 'string' ? readPayload(jobTable, name, data) : undefined;
  }),
  jsonText('snapshot', ['model/snapshot/snapshot-file.ts'], snapshots, (input) => {
    const read = readSnapshot(input);
    return read.ok ? writeSnapshot(read.snapshot).length : read.reason;
  }),
];
