import { accessRules } from './access.ts';
import { answerRules, contentRules } from './content.ts';
import { kubernetesRules, lastRules } from './kubernetes.ts';
import { networkRules } from './network.ts';
import { pipelineRules } from './pipeline.ts';
import type { Rule } from './rule.ts';
import { runtimeRules, startRules } from './runtime.ts';

/** Every rule; the first that matches decides, so specific rules stand before general ones. */
export const rules: readonly Rule[] = [
  ...kubernetesRules,
  ...runtimeRules,
  ...answerRules,
  ...networkRules,
  ...pipelineRules,
  ...accessRules,
  ...startRules,
  ...contentRules,
  ...lastRules,
];
