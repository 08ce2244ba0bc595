import { helpTopics } from '../../commands/command-help.ts';
import { kindOf } from '../../commands/command-words.ts';
import { code, context, type Drawn, type Formatted, format, join, message, prose, sections } from '../blocks/blocks.ts';

type Examples = readonly (readonly [string, string])[];

const questions: Examples = [
  ['deployment web -n prod', 'why it does not run as it should; also statefulset, daemonset, job, cronjob, pod'],
  ['web', 'looks a bare name up; asks back when there are several'],
  ['deployment', 'choose cluster, namespace and workload from a form'],
  ['image ghcr.io/acme/web:1.2', 'whether an image is there, and for whom'],
  ['image ghcr.io/acme/web:1.2 as prod/default', "the same with that service account's pull secrets"],
  ['explain Failed to pull image …', 'what an error text means; from the text alone'],
  ['use -c dev-eu -n prod', 'what this channel means when a command names neither'],
];

const changes: Examples = [
  ['repull deployment/web -n prod', 'pull the image again, and restart'],
  ['set-image deployment/web :1.2', 'another tag, repository or digest; without an image a form opens'],
  ['pull-policy deployment/web Always', 'when nodes pull the image'],
  ['roll-back deployment/web', 'the images of the revision before'],
  ['add-pull-secret deployment/web ghcr.io', "a registry's configured credential as a pull secret"],
  ['undo 7F3K2QXD', 'take back what a change did'],
  ['approvals', 'what waits for a decision'],
  ['history deployment/web -n prod', 'what was changed, by whom and with what result'],
];

/** What can be typed, with examples that work as they stand: everything, or one topic of it. */
export function drawHelp(clusters: readonly string[], topic?: string): Drawn {
  const shown = clusters.slice(0, 20).map((cluster) => code(cluster, 80));
  const tail = context(shown.length === 0 ? [] : [format`Clusters: ${join(shown, ', ')}`]);
  const lines = topic === undefined ? undefined : topicLines(topic);
  if (lines !== undefined) return message({ text: format`imagecheck help`, body: sections(lines), tail });
  return message({
    text: format`imagecheck finds out why a container image does not run as it should. Try: /imagecheck deployment web -n prod`,
    body: sections([
      ...(topic === undefined ? [] : [format`There is no topic ${code(topic, 80)}. All that there is:`]),
      format`*imagecheck* finds out why a container image does not run as it should, and says so with evidence in a thread.`,
      ...questions.map(exampleLine),
      format`*To change something:* each shows a plan, and nothing happens before somebody who may has approved it.`,
      ...changes.map(exampleLine),
      format`*Everywhere:* ${code('-n NAMESPACE')}, ${code('-c CLUSTER')}, ${code('--dm')} (answers you directly). ${code('/imagecheck help set-image')} tells more of one command.`,
      format`*In a thread* mention me instead, with the same words: ${code('@imagecheck deployment web -n prod')}. On a message with an error: *More actions → Explain this error*.`,
    ]),
    tail,
  });
}

function exampleLine([command, meaning]: Examples[number]): Formatted {
  return format`• ${code(`/imagecheck ${command}`)}  ${meaning}`;
}

function topicLines(word: string): Formatted[] | undefined {
  const name = kindOf(word) !== undefined ? 'check' : word === 'rollback' ? 'roll-back' : word;
  const found = helpTopics.find(({ topic }) => topic === name);
  if (found === undefined) return undefined;
  return [
    format`${code(`/imagecheck ${found.usage}`, 300)}`,
    format`${prose(found.summary, 600)}`,
    ...found.examples.map((example) => format`• ${code(`/imagecheck ${example}`, 300)}`),
  ];
}
