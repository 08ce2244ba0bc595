import type { KnownBlock, ModalView } from '@slack/types';
import type { Approval } from '../../model/approval.ts';
import { formatWorkload } from '../../model/workload.ts';
import { codeBlock, type Formatted, format, label, limits, prose, sections } from '../blocks.ts';
import { changeIds, type DecideMeta } from '../change-ids.ts';

/** Characters of text in one view; Slack takes 250 kB of JSON in all. */
const mostText = 90_000;
const mostBlocks = 95;
/** One code block per section; the fences and the note of a cut take the rest. */
const chunk = 2700;

/** Every target with its changes and its whole diff, as the API server's dry run gave it. */
export function drawDiff(approval: Approval): ModalView {
  const { plan, id } = approval;
  const lines = plan?.intent.targets.flatMap(({ workload }, index) => {
    const planned = plan.targets[index];
    const head = format`*${prose(formatWorkload(workload), 260)}* in ${prose(workload.namespace, 63)}`;
    const changes = (planned?.changes ?? []).map((line) => prose(line, 500));
    const diffs = (planned?.dryRuns ?? []).flatMap(({ diff, message }) => [
      ...(message === undefined ? [] : [prose(message, 600)]),
      ...(diff.trim() === '' ? [] : chunks(diff).map((part) => codeBlock(part, 2900))),
    ]);
    return [head, ...changes, ...(diffs.length === 0 ? [format`no diff: the API server gave none`] : diffs)];
  });
  return view(`Plan ${id}: diff`, within(lines ?? []));
}

/** The commands that do the same by hand. */
export function drawCommands({ plan, id }: Approval): ModalView {
  const commands = plan?.kubectl ?? [];
  const lines =
    commands.length === 0
      ? [format`There is no command that does the same.`]
      : [
          format`The same by hand, with your own rights:`,
          ...chunks(commands.join('\n')).map((part) => codeBlock(part, 2900)),
        ];
  return view(`Plan ${id}: kubectl`, within(lines));
}

/** Until the store has answered. */
export function drawLoading(): ModalView {
  return view('One moment', sections([format`⏳ Reading the plan…`]));
}

export function drawUnavailable(why: string): ModalView {
  return view('Not to be had', sections([format`⚠️ ${prose(why, 500)}`]));
}

export function drawRejectModal(meta: DecideMeta): ModalView {
  return form(meta, changeIds.rejectModal, `Reject ${meta.value.approval}`, 'Reject', [
    input(changeIds.reason, 'Why not? Everyone in the thread reads it.', { multiline: true, optional: false }),
  ]);
}

export function drawTicketModal(meta: DecideMeta): ModalView {
  return form(meta, changeIds.ticketModal, `Approve ${meta.value.approval}`, 'Approve', [
    input(changeIds.ticket, 'Ticket that this change belongs to', { multiline: false, optional: false }),
  ]);
}

export function drawBreakGlassModal(meta: DecideMeta): ModalView {
  const warning = format`🚨 This approves the plan *alone*, without the usual votes. The security channel is told at once, and somebody reviews it later.`;
  return form(meta, changeIds.breakGlassModal, 'Break glass', 'Approve alone', [
    ...sections([warning]),
    input(changeIds.reason, 'Why can it not wait?', { multiline: true, optional: false }),
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

/** As many lines as a view holds; what is left out is counted. */
function within(lines: readonly Formatted[]): KnownBlock[] {
  const kept: KnownBlock[] = [];
  let size = 0;
  for (const [index, line] of lines.entries()) {
    size += line.formatted.length;
    if (size > mostText || kept.length >= mostBlocks) {
      const left = lines.length - index;
      return [
        ...kept,
        ...sections([
          format`… and ${left} more parts, which do not fit into Slack: ${'imagecheck plan'} in a terminal shows all.`,
        ]),
      ];
    }
    kept.push(...sections([line]));
  }
  return kept;
}
