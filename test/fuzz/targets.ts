import { kubernetesTargets } from './kubernetes.ts';
import { recordTargets } from './records.ts';
import { registryTargets } from './registry.ts';
import { slackTargets } from './slack.ts';
import type { Target } from './target.ts';
import { textTargets } from './texts.ts';

/** Everything that reads what somebody else wrote. */
export const targets: readonly Target[] = [
  ...textTargets,
  ...registryTargets,
  ...kubernetesTargets,
  ...slackTargets,
  ...recordTargets,
];
