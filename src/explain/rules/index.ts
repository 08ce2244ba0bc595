import { accessRules } from './access.ts';
import { bodyRules } from './bodies.ts';
import { answerRules, contentRules } from './content.ts';
import { kubernetesRules, lastRules } from './kubernetes.ts';
import { networkRules } from './network.ts';
import { configurationRules } from './node-configuration.ts';
import { artifactRules, indexRules, storeRules, unpackRules } from './node-store.ts';
import { pipelineRules } from './pipeline.ts';
import { registryWordRules } from './registry-words.ts';
import type { Rule } from './rule.ts';
import { runtimeRules, startRules } from './runtime.ts';

/** Every rule; the first that matches decides, so specific rules stand before general ones. */
export const rules: readonly Rule[] = [
  ...kubernetesRules,
  ...configurationRules,
  ...runtimeRules,
  ...registryWordRules,
  ...bodyRules,
  ...storeRules,
  ...artifactRules,
  ...indexRules,
  ...answerRules,
  ...networkRules,
  ...pipelineRules,
  ...accessRules,
  ...unpackRules,
  ...startRules,
  ...contentRules,
  ...lastRules,
];
