import { code, context, type Drawn, format, join, message, sections } from '../blocks.ts';

const examples: readonly (readonly [string, string])[] = [
  ['deployment web -n prod', 'why it does not run as it should; also statefulset, daemonset, job, cronjob, pod'],
  ['web', 'looks a bare name up; asks back when there are several'],
  ['deployment', 'choose cluster, namespace and workload from a form'],
  ['image ghcr.io/acme/web:1.2', 'whether an image is there, and for whom'],
  ['image ghcr.io/acme/web:1.2 as prod/default', "the same with that service account's pull secrets"],
  ['explain Failed to pull image …', 'what an error text means; from the text alone'],
  ['use -c dev-eu -n prod', 'what this channel means when a command names neither'],
];

/** What can be typed, with examples that work as they stand. */
export function drawHelp(clusters: readonly string[]): Drawn {
  const shown = clusters.slice(0, 20).map((cluster) => code(cluster, 80));
  return message({
    text: format`imagecheck finds out why a container image does not run as it should. Try: /imagecheck deployment web -n prod`,
    body: sections([
      format`*imagecheck* finds out why a container image does not run as it should, and says so with evidence in a thread.`,
      ...examples.map(([command, meaning]) => format`• ${code(`/imagecheck ${command}`)}  ${meaning}`),
      format`*Everywhere:* ${code('-n NAMESPACE')}, ${code('-c CLUSTER')}, ${code('--dm')} (answers you directly).`,
      format`*In a thread* mention me instead, with the same words: ${code('@imagecheck deployment web -n prod')}. On a message with an error: *More actions → Explain this error*.`,
    ]),
    tail: context(shown.length === 0 ? [] : [format`Clusters: ${join(shown, ', ')}`]),
  });
}
