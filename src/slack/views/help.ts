import type { CommandEntry } from '../../commands/command.ts';
import { kindOf } from '../../commands/grammar/kinds.ts';
import { commands } from '../../commands/index.ts';
import { code, context, type Drawn, type Formatted, format, join, message, prose, sections } from '../blocks/blocks.ts';

/** The available commands, with examples that work unchanged: all of them, or one topic. */
export function drawHelp(clusters: readonly string[], topic?: string): Drawn {
  const shown = clusters.slice(0, 20).map((cluster) => code(cluster, 80));
  const tail = context(shown.length === 0 ? [] : [format`Clusters: ${join(shown, ', ')}`]);
  const lines = topic === undefined ? undefined : topicLines(topic);
  if (lines !== undefined) return message({ text: format`imagecheck help`, body: sections(lines), tail });
  return message({
    text: format`imagecheck finds out why a container image isn’t running. Try: /imagecheck deployment web -n prod`,
    body: sections([
      ...(topic === undefined ? [] : [format`There is no topic ${code(topic, 80)}. All commands:`]),
      format`*imagecheck* finds out why a container image isn’t running, and answers with evidence in a thread.`,
      ...overview('questions'),
      format`*To change something:* every change starts as a plan. Nothing happens until an approver has approved it.`,
      ...overview('changes'),
      format`*Everywhere:* ${code('-n NAMESPACE')}, ${code('-c CLUSTER')}, ${code('--dm')} (answers you directly). ${code('/imagecheck help set-image')} explains one command.`,
      format`*In a thread* mention me instead, with the same words: ${code('@imagecheck deployment web -n prod')}. On a message with an error: *More actions → Explain this error*.`,
    ]),
    tail,
  });
}

function overview(section: CommandEntry['section']): Formatted[] {
  return commands
    .all()
    .filter((entry) => entry.section === section)
    .flatMap(({ help }) => help.overview)
    .map(([command, meaning]) => format`• ${code(`/imagecheck ${command}`)}  ${meaning}`);
}

function topicLines(word: string): Formatted[] | undefined {
  const found = commands.find(kindOf(word) === undefined ? word : 'check');
  if (found === undefined) return undefined;
  const { usage, summary, examples } = found.help;
  return [
    format`${code(`/imagecheck ${usage}`, 300)}`,
    format`${prose(summary, 600)}`,
    ...examples.map((example) => format`• ${code(`/imagecheck ${example}`, 300)}`),
  ];
}
