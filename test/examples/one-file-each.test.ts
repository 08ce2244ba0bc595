import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { CommandEntry } from '../../src/commands/command.ts';
import { mistake } from '../../src/commands/grammar/options.ts';
import { places } from '../../src/commands/grammar/workload.ts';
import { history } from '../../src/commands/history.ts';
import { commands } from '../../src/commands/index.ts';
import { historyOf } from '../../src/flows/audit/history.ts';
import { decide } from '../../src/flows/change/decide/decide.ts';
import { makePlan } from '../../src/flows/change/plan/plan.ts';
import { refuseRequest } from '../../src/flows/change/request/refuse-request.ts';
import { newApprovalId } from '../../src/flows/change/request/request.ts';
import { requestOnce } from '../../src/flows/change/request/request-once.ts';
import { lastApprovalKey, lastPlanKey } from '../../src/model/change/mark-keys.ts';
import { WorkloadTarget } from '../../src/model/change/operation.ts';
import { operations } from '../../src/operations/index.ts';
import type { OperationKind } from '../../src/operations/parts/operation-kind.ts';
import { remedies } from '../../src/remedies/index.ts';
import { refuse } from '../../src/remedies/parts/refuse.ts';
import { nothingMore, type Remedy } from '../../src/remedies/parts/remedy.ts';
import { isSameWish, mergeEqual } from '../../src/remedies/parts/wish.ts';
import { changeIds } from '../../src/slack/blocks/change-ids.ts';
import { drawPlan } from '../../src/slack/views/plan.ts';
import { drawResult } from '../../src/slack/views/result.ts';
import { helpText } from '../../src/terminal/help.ts';
import { terminalCommands } from '../../src/wire/terminal-commands/index.ts';
import { changeWorld } from '../support/change-world.ts';
import { memoryCluster } from '../support/in-memory.ts';
import { allowAll, planReach } from '../support/planning.ts';
import { buttonsOf, useSlackApp } from '../support/slack-app.ts';
import { team } from '../support/slack-fake.ts';

// An operation, a remedy and a command that no file of the product knows.

const WriteNote = z.strictObject({
  type: z.literal('write-note'),
  target: WorkloadTarget,
  from: z.string(),
  to: z.string(),
});
type WriteNote = z.infer<typeof WriteNote>;

/** The one note that the workload of this test has, with the marks of who wrote it last. */
let board = { text: '', annotations: {} as Readonly<Record<string, string>> };

const writeNote: OperationKind<WriteNote> = {
  type: 'write-note',
  schema: WriteNote,
  needs: 'cluster',
  touches: ({ target }) => ({ scope: 'workload', ...target }),
  lines: ({ from, to }) => [`note "${from}" → "${to}"`],
  describe: ({ from, to }) => ({ before: `note "${from}"`, after: `note "${to}"` }),
  commands: ({ target, to }) => [`note ${target.name} ${to}`],
  isCommand: ({ target, to }, line) => line === `note ${target.name} ${to}`,
  reasons: () => [],
  reverse: ({ from, to, ...rest }) => ({ operations: [{ ...rest, from: to, to: from }], cannot: [] }),
  isReverseOf: ({ from, to }, done) => done.operations.some((one) => one['from'] === to && one['to'] === from),
  annotations: async () => ({ kind: 'found', value: board.annotations }),
  async apply({ from, to }, _writer, { mark, dryRun }) {
    if (board.annotations[lastApprovalKey] === mark.approval) return { kind: 'already', marked: true };
    if (board.text !== from) return { kind: 'conflict', what: `it is ${board.text}` };
    const plan = mark.plan === undefined ? {} : { [lastPlanKey]: mark.plan };
    if (!dryRun) board = { text: to, annotations: { [lastApprovalKey]: mark.approval, ...plan } };
    return { kind: 'applied', diff: `-${from}\n+${to}\n`, before: from, after: to };
  },
  judge: async ({ to }) => ({ kind: board.text === to ? 'done' : 'running', detail: `the note is "${board.text}"` }),
};

const takeNote: Remedy<{ text: string }> = {
  id: 'take-note',
  version: 1,
  title: 'Take a note',
  doing: 'take a note',
  params: z.strictObject({ text: z.string() }),
  form: undefined,
  merge: mergeEqual,
  settled: (params) => params,
  isSameWish,
  command: {
    word: 'note',
    spellings: ['jot'],
    example: 'NAME tested',
    help: {
      usage: 'note KIND/NAME WORD',
      summary: 'Writes a word beside the workload.',
      examples: ['note deployment/web tested'],
      overview: [['note deployment/web tested', 'a word beside the workload']],
    },
    terminal: [['note KIND/NAME WORD', 'a word beside the workload']],
    read: ({ words: [text] }) => (text === undefined ? mistake('Say which word.') : { params: { text } }),
    format: ({ text }) => (typeof text === 'string' ? [text] : []),
  },
  needs: () => nothingMore,
  plan({ text }, { snapshot: { workload } }) {
    if (text === board.text) return refuse('That is the note already.');
    const target = { ...workload.ref, uid: workload.uid };
    const operation: WriteNote = { type: 'write-note', target, from: board.text, to: text };
    const back = writeNote.reverse(operation);
    return {
      kind: 'planned',
      operations: [operation],
      expects: [],
      risk: 'low',
      changes: [...writeNote.lines(operation)],
      effects: [],
      warnings: [],
      provenance: [],
      kubectl: [`note ${workload.ref.name} ${text}`],
      undo: { how: 'back to the note of before', cannot: [], operations: back.operations, expects: [] },
    };
  },
};

/** `jottings KIND/NAME`: the history of a workload under another word. */
const jottings: CommandEntry = {
  ...history,
  word: 'jottings',
  permission: 'jottings',
  help: {
    usage: 'jottings KIND/NAME',
    summary: 'What was noted.',
    examples: ['jottings deployment/web -n shop'],
    overview: [['jottings deployment/web', 'what was noted']],
  },
  read: (words, defaults, unknown) => history.read(words, defaults, unknown),
  format: (command) => (command.type === 'history' ? ['jottings', ...places(command)] : undefined),
};

const t = useSlackApp();
let removals: (() => void)[] = [];

beforeEach(() => {
  board = { text: '', annotations: {} };
  removals = [operations.add(writeNote), remedies.add(takeNote), commands.add(jottings)];
});

afterEach(() => {
  for (const remove of removals) remove();
});

/** Slack before the flows of bot and worker, with records in memory. */
async function open() {
  const world = changeWorld();
  const { reach } = planReach(memoryCluster(), {}, { remediation: { ...allowAll, remedies: remedies.ids() } });
  const worker = world.worker({
    cluster: memoryCluster(),
    remediation: reach.remediation,
    plan: async (request, how) => await makePlan(request, reach, how),
  });
  const bot = world.bot();
  await t.start({
    now: world.now,
    changes: {
      ...t.changes.door,
      newId: newApprovalId,
      request: async (approval) => await requestOnce(approval, bot),
      refused: async (wish) => await refuseRequest(wish, bot),
      decide: async (click) => await decide(click, bot),
      get: async (of, id) => await bot.approvals.get(of, id),
      list: async (of, which) => await bot.approvals.list(of, which),
      history: async (of, about) => await historyOf(of, about, bot.audit),
    },
  });
  const latest = async () => (await bot.approvals.list(team, { limit: 1 }))[0]?.id ?? '';
  /** Approved by someone else, with the button of the plan as it is drawn. */
  const approve = async (id: string) => {
    const plan = drawPlan(world.stored(id));
    const { action_id: action, value } = buttonsOf(plan).find((one) => one.action_id === changeIds.approve) ?? {};
    await t.click(action, value, { user: { id: 'UBEN', team_id: team } });
  };
  return { world, worker, latest, approve };
}

test('an operation, a remedy and a command are one file each', async () => {
  const { world, worker, latest, approve } = await open();

  const help = JSON.stringify(await t.slash('help'));
  expect(help).toContain('note deployment/web tested');
  expect(help).toContain('jottings deployment/web');
  expect(JSON.stringify(await t.slash('help jot'))).toContain('note KIND/NAME WORD');
  expect(await helpText('plan', terminalCommands)).toContain('note KIND/NAME WORD');

  await t.slash('jot deployment/web tested -n shop');
  await world.settle(worker);
  const asked = await latest();
  expect(world.stored(asked)).toMatchObject({ state: 'pending', request: { remedy: 'take-note' } });
  expect(JSON.stringify(drawPlan(world.stored(asked)).blocks)).toMatch(/take a note[\s\S]*note .*tested/);

  await approve(asked);
  await world.settle(worker);
  expect(board.text).toBe('tested');
  expect(world.stored(asked)).toMatchObject({
    state: 'done',
    outcome: expect.stringMatching(/^fixed in \d+ s: the note is "tested"$/),
    results: [{ outcome: 'fixed', detail: 'the note is "tested"' }],
  });
  const result = JSON.stringify(drawResult(world.stored(asked)).blocks);
  expect(result).toContain('✅ fixed · the note is');
  expect(result).not.toContain('running the intended image');

  await t.slash(`undo ${asked}`);
  await world.settle(worker);
  const undone = await latest();
  expect(world.stored(undone)).toMatchObject({ state: 'pending', request: { remedy: 'undo', undoes: asked } });
  await approve(undone);
  await world.settle(worker);
  expect(board.text).toBe('');
  expect(world.stored(asked)).toMatchObject({ undoneBy: undone });

  for (const typed of ['history deployment/web -n shop', 'jottings deployment/web -n shop']) {
    const told = JSON.stringify(await t.slash(typed));
    expect(told).toContain(asked);
    expect(told).toContain('take-note');
  }
  expect(world.actions(asked)).toEqual(
    expect.arrayContaining(['requested', 'approved', 'executed', 'verified', 'undone']),
  );
  expect(world.records.events()).toContainEqual(
    expect.objectContaining({ action: 'executed', remedy: 'take-note', after: 'deployment/web: tested' }),
  );
  expect(world.incidents).toEqual([]);
});

test('a worker that does not know the remedy says so', async () => {
  const { world, worker, latest } = await open();
  await t.slash('note deployment/web tested -n shop');
  // The worker is older than the bot.
  removals[1]?.();
  await world.settle(worker);
  expect(world.stored(await latest())).toMatchObject({
    state: 'failed',
    outcome: 'This worker does not know the remedy take-note.',
  });
});

test('what was removed is gone', async () => {
  for (const remove of removals) remove();
  const { world } = await open();
  expect(JSON.stringify(await t.slash('note deployment/web tested'))).toContain('neither a command nor a kind');
  expect(JSON.stringify(await t.slash('help'))).not.toContain('jottings');
  expect(world.records.events()).toEqual([]);
});
