import { diffExcerpt } from '../../flows/change/show/diff-excerpt.ts';
import { commandsOf } from '../../flows/change/show/intent-lines.ts';
import type { Plan } from '../../model/change/plan.ts';
import { formatSubject } from '../../model/subject/subject.ts';
import { codeBlock, type Formatted, format } from '../blocks/blocks.ts';

/** What a message has room for beside the plan itself; the buttons show all of it. */
const most = { targets: 6, commands: 6, diffText: 1400, commandText: 1400 } as const;

/**
 * The changed lines of what the API server's dry run gave, a few per target. They were stored as text, so they are
 * marked as somebody else's words; the lines of the intent above are what gets approved. Nothing where there is no diff.
 */
export function drawDiffExcerpt({ intent, targets }: Plan): Formatted[] {
  const diffs = intent.targets.flatMap(({ subject }, index) => {
    const parts = (targets[index]?.dryRuns ?? []).map(({ diff }) => diffExcerpt(diff)).filter((part) => part !== '');
    return parts.length === 0 ? [] : [{ head: formatSubject(subject), parts }];
  });
  if (diffs.length === 0) return [];
  const left = diffs.length - most.targets;
  const shown = [
    ...diffs.slice(0, most.targets).flatMap(({ head, parts }) => [...(diffs.length === 1 ? [] : [head]), ...parts]),
    ...(left > 0 ? [`… ${left} more ${left === 1 ? 'workload' : 'workloads'}`] : []),
  ];
  return [format`*Diff* (server-side dry run; *Full diff* has all of it):`, codeBlock(shown.join('\n'), most.diffText)];
}

/** The commands that do the same, whole ones only, and only such as belong to the intent: people run them. */
export function drawCommandExcerpt({ intent, kubectl }: Plan): Formatted[] {
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
      : [format`*Or do it yourself with kubectl*${more}:`, codeBlock(shown.join('\n'), most.commandText)]),
    ...(strange === 0
      ? []
      : [
          format`⚠️ *${strange} recorded ${strange === 1 ? 'line is' : 'lines are'} not shown*: not commands of this plan.`,
        ]),
  ];
}
