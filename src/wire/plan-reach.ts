import type { Config } from '../config.ts';
import type { PlanReach } from '../flows/change/plan/plan.ts';
import type { RemediationSetting } from '../model/approval/approval-settings.ts';
import { defined } from '../model/values/defined.ts';
import type { OpenReach } from './reach.ts';

/** What plans are made with: the cluster, the registries, and the credentials of the configuration by their entry. */
export function planReach(
  { registries, trustedOwners }: Pick<Config, 'registries' | 'trustedOwners'>,
  reach: OpenReach,
  remediation: RemediationSetting,
): PlanReach {
  const withCredential = registries.filter(({ credential }) => credential !== undefined);
  return {
    ...reach,
    remediation,
    trustedOwners,
    credential: (name) => withCredential.find((entry) => entry.name === name)?.credential,
    credentials: withCredential.map(({ name, host, pathPrefix }) => ({ name, host, ...defined({ pathPrefix }) })),
  };
}
