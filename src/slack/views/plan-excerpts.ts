import { commandsOf } from '../../flows/change/intent-lines.ts';
import type { Plan } from '../../model/plan.ts';
import { formatWorkload } from '../../model/workload.ts';
import { codeBlock, type Formatted, format } from '../blocks.ts';

/** What a message has room for beside the plan itself; the buttons show all of it. */
const most = {
  targets: 6,
  linesPerTarget: 6,
  lineLength: 160,
  commands: 6,
  diffText: 1400,
  commandText: 1400,
} as const;
/** The marks that every change writes; they tell nothing about this one. */
const ownMark =
  /^[+-]\s*(?:imagecheck\.dev\/(?:last-approval|earlier-approvals)|kubernetes\.io\/change-cause|annotations):/;

/**
 * The changed lines of what the API server's dry run gave, a few per target. They were stored as text, so they are
 * marked as somebody else's words; the lines of the intent above are what gets approved. Nothing where there is no diff.
 */
export function diffExcerpt({ intent, targets }: Plan): Formatted[] {
  const diffs = intent.targets.flatMap(({ workload }, index) => {
    const lines = (targets[index]?.dryRuns ?? []).flatMap(({ diff }) => changedLines(diff));
    return lines.length === 0 ? [] : [{ head: formatWorkload(workload), lines }];
  });
  if (diffs.length === 0) return [];
  const shown = diffs.slice(0, most.targets).flatMap(({ head, lines }) => {
    const left = lines.length - most.linesPerTarget;
    return [
      ...(diffs.length === 1 ? [] : [head]),
      ...lines.slice(0, most.linesPerTarget).map((line) => cutLine(line)),
      ...(left > 0 ? [`… ${left} more ${left === 1 ? 'line' : 'lines'}`] : []),
    ];
  });
  const left = diffs.length - most.targets;
  if (left > 0) shown.push(`… ${left} more ${left === 1 ? 'workload' : 'workloads'}`);
  return [
    format`*Diff*, in the API server’s words (*Full diff* has all of it):`,
    codeBlock(shown.join('\n'), most.diffText),
  ];
}

/** The commands that do the same, whole ones only, and only such as belong to the intent: people run them. */
export function commandExcerpt({ intent, kubectl }: Plan): Formatted[] {
  const { commands, strange } = commandsOf(intent.targets, kubectl);
  const shown: string[] = [];
  let size = 0;
  for (const command of commands.slice(0, most.commands)) {
    // Escaping makes at most five characters of one; a command that is cut does something else.
    size += command.length + 1 + 4 * command.replaceAll(/[^&<>]/g, '').length;
    if (size >= most.commandText) break;
    shown.push(command);
  }
  const left = commands.length - shown.length;
  const more = left > 0 ? format` (${left} more: *kubectl*)` : format``;
  return [
    ...(shown.length === 0
      ? []
      : [format`*By hand* the same, with your own rights${more}:`, codeBlock(shown.join('\n'), most.commandText)]),
    ...(strange === 0
      ? []
      : [
          format`⚠️ *${strange} recorded ${strange === 1 ? 'line is' : 'lines are'} not shown*: not commands of this plan.`,
        ]),
  ];
}

/** Added and removed lines of a unified diff, without its heads and without the indentation of the object. */
function changedLines(diff: string): readonly string[] {
  return diff
    .split('\n')
    .filter((line) => /^[+-]/.test(line) && !/^(?:\+\+\+|---) /.test(line) && !ownMark.test(line))
    .map((line) => `${line.slice(0, 1)} ${line.slice(1).trim()}`);
}

function cutLine(line: string): string {
  return line.length <= most.lineLength ? line : `${line.slice(0, most.lineLength - 1)}…`;
}
