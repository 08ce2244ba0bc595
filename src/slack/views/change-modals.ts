import type { KnownBlock, ModalView } from '@slack/types';
import { changesOf, commandsOf } from '../../flows/change/show/intent-lines.ts';
import type { Approval } from '../../model/approval/approval.ts';
import {
  code,
  codeBlock,
  type Drawn,
  type Formatted,
  format,
  label,
  limits,
  prose,
  sections,
} from '../blocks/blocks.ts';
import { changeIds, type DecideMeta } from '../blocks/change-ids.ts';
import { subjectName } from './plan-targets.ts';

/**
 * Bytes of JSON in one view. Slack accepts 250 kB, but sends the view back with every press, and what our own server
 * reads before it knows the sender is limited (`http-server.ts`).
 */
const mostBytes = 58_000;
const mostBlocks = 95;
/** One code block per section; the rest is for the fences and the note about a cut. */
const chunk = 2700;

/**
 * Every target with its changes as listed in its intent, which is what gets approved; then the result of the API
 * server's dry run, as recorded.
 */
export function drawDiff({ plan, id }: Approval): ModalView {
  const targets = (plan?.intent.targets ?? []).map((target, index) => {
    const head = subjectName(target.subject);
    return { target, head, dryRuns: plan?.targets[index]?.dryRuns ?? [] };
  });
  const changes = targets.flatMap(({ target, head }) => [
    head,
    ...changesOf(target).map((line) => format`• ${prose(line, 600)}`),
  ]);
  const diffs = targets.flatMap(({ head, dryRuns }) => {
    const parts = dryRuns.flatMap(({ diff, message }) => [
      ...(message === undefined ? [] : [prose(message, 600)]),
      ...(diff.trim() === '' ? [] : chunks(diff).map((part) => codeBlock(part, 2900))),
    ]);
    return [head, ...(parts.length === 0 ? [format`no diff: the API server returned none`] : parts)];
  });
  return view(`Plan ${id}: diff`, within([...changes, format`*Diff* (server-side dry run)`, ...diffs]));
}

/**
 * The commands that do the same by hand: people run them with their own permissions, so only what belongs to the intent
 * is shown.
 */
export function drawCommands({ plan, id }: Approval): ModalView {
  const { commands, strange } = commandsOf(plan?.intent.targets ?? [], plan?.kubectl ?? []);
  const left =
    strange === 0 ? [] : [format`⚠️ *${strange} recorded lines are not shown*: they do not belong to this plan.`];
  const lines =
    commands.length === 0
      ? [format`No kubectl command does the same.`]
      : [format`Or do it yourself with kubectl:`, ...chunks(commands.join('\n')).map((part) => codeBlock(part, 2900))];
  return view(`Plan ${id}: kubectl`, within([...lines, ...left]));
}

/** Shown until the store has answered. */
export function drawLoading(what: string): ModalView {
  return view('Loading…', sections([format`⏳ Reading ${what}…`]));
}

export function drawUnavailable(why: string): ModalView {
  return view('Not available', sections([format`⚠️ ${prose(why, 500)}`]));
}

/** The result of a submitted form, in its place; buttons work in messages only. */
export function drawAnswer({ blocks }: Drawn): ModalView {
  const texts = blocks.filter(({ type }) => type === 'section' || type === 'context');
  return view('imagecheck', texts.length === 0 ? sections([format`Done.`]) : texts);
}

export function drawRejectModal(meta: DecideMeta): ModalView {
  return form(meta, changeIds.rejectModal, `Reject ${meta.value.approval}`, 'Reject', [
    input(changeIds.reason, 'Why not? Everyone in the thread sees it.', { multiline: true, optional: false }),
  ]);
}

export function drawTicketModal(meta: DecideMeta): ModalView {
  return form(meta, changeIds.ticketModal, `Approve ${meta.value.approval}`, 'Approve', [
    input(changeIds.ticket, 'Ticket for this change', { multiline: false, optional: false }),
  ]);
}

export function drawBreakGlassModal(meta: DecideMeta): ModalView {
  const warning = format`🚨 This approves the plan *alone*, without the usual votes. The security channel is notified at once, and someone reviews it later.`;
  return form(meta, changeIds.breakGlassModal, 'Break glass', 'Approve alone', [
    ...sections([warning]),
    input(changeIds.reason, 'Why can’t it wait?', { multiline: true, optional: false }),
    input(changeIds.ticket, 'Ticket, if there is one', { multiline: false, optional: true }),
  ]);
}

/** A text field; block and action have the same id. */
export function input(
  id: string,
  text: string,
  how: {
    readonly multiline: boolean;
    readonly optional: boolean;
    readonly initial?: string | undefined;
    readonly hint?: string | undefined;
    readonly placeholder?: string | undefined;
  },
): KnownBlock {
  const initial = (how.initial ?? '').slice(0, limits.sectionText);
  return {
    type: 'input',
    block_id: id,
    optional: how.optional,
    label: label(text, 200),
    ...(how.hint === undefined ? {} : { hint: label(how.hint, 500) }),
    element: {
      type: 'plain_text_input',
      action_id: id,
      multiline: how.multiline,
      max_length: how.multiline ? 1500 : 1024,
      ...(initial === '' ? {} : { initial_value: initial.slice(0, 1024) }),
      ...(how.placeholder === undefined ? {} : { placeholder: label(how.placeholder, 150) }),
    },
  };
}

function form(meta: DecideMeta, callback: string, title: string, submit: string, blocks: KnownBlock[]): ModalView {
  return {
    type: 'modal',
    callback_id: callback,
    private_metadata: JSON.stringify(meta),
    title: label(title, limits.modalTitle),
    submit: label(submit, limits.modalTitle),
    close: label('Cancel', limits.modalTitle),
    blocks,
  };
}

function view(title: string, blocks: KnownBlock[]): ModalView {
  return {
    type: 'modal',
    callback_id: 'plan_view',
    title: label(title, limits.modalTitle),
    close: label('Close', limits.modalTitle),
    blocks,
  };
}

/** Text of several lines in parts that each fit a section; escaping may make a part longer, so it is cut generously. */
function chunks(text: string): readonly string[] {
  const parts: string[] = [];
  for (const line of text.split('\n')) {
    const last = parts.at(-1);
    if (last !== undefined && last.length + line.length < chunk) parts[parts.length - 1] = `${last}\n${line}`;
    else parts.push(line);
  }
  return parts;
}

/** As many lines as a view can hold; if something is left out, it says so. */
function within(lines: readonly Formatted[]): KnownBlock[] {
  const blocks = sections(lines);
  let bytes = 0;
  const tooMany = blocks.findIndex((block, index) => {
    bytes += Buffer.byteLength(JSON.stringify(block)) + 1;
    return bytes > mostBytes || index >= mostBlocks;
  });
  const room = tooMany < 0 ? blocks.length : tooMany;
  if (room === blocks.length) return blocks;
  const rest = format`… and ${blocks.length - room} more parts that don’t fit into Slack. ${code('imagecheck plan')} in a terminal shows all of it.`;
  return [...blocks.slice(0, room), ...sections([rest])];
}
