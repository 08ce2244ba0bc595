import type { Config } from '../config.ts';
import type { PlanReach } from '../flows/change/plan/plan.ts';
import type { RemediationSetting } from '../model/approval/approval-settings.ts';
import type { OpenReach } from './reach.ts';

/** What plans are made with: the cluster, the registries, and the limits of the configuration. */
export function planReach(
  { trustedOwners }: Pick<Config, 'trustedOwners'>,
  reach: OpenReach,
  remediation: RemediationSetting,
): PlanReach {
  return { ...reach, remediation, trustedOwners };
}
