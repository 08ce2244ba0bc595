import type { Rollout } from '../../model/change/rollout.ts';
import { isSameTemplate, type WholeTemplate } from './template-differences.ts';

/** A ReplicaSet of a Deployment, or a ControllerRevision of a DaemonSet. */
export interface MadeRevision {
  readonly name: string;
  readonly number: number;
  readonly createdAt: string;
  readonly template: WholeTemplate | undefined;
}

/** What one read of a Deployment says. */
interface Told {
  readonly template: WholeTemplate | undefined;
  /** Its annotation `deployment.kubernetes.io/revision`. */
  readonly number: string | undefined;
  readonly updated: number;
}

/**
 * The ReplicaSet of a Deployment's template. The template decides, as for the controller (`FindNewReplicaSet`: the oldest
 * that has it). Numbers are of other moments: a ReplicaSet that comes back gets its number before the Deployment does, and
 * one that is numbered from a cache may have less than it should. Where no template is the same, the number decides; and
 * while the controller counts no pod as updated, it has not made one (`dc.sync` of a scaling event or a pause says that a
 * template was observed and makes nothing of it).
 */
export function replicaSetOf(made: readonly MadeRevision[], told: Told): Pick<Rollout, 'revision' | 'unmade'> {
  const [oldest] = having(made, told.template).sort((left, right) => left.createdAt.localeCompare(right.createdAt));
  if (oldest !== undefined) return { revision: oldest.name };
  if (told.updated === 0) return { unmade: true };
  return named(made.find(({ number }) => String(number) === told.number) ?? newest(made));
}

/** The ControllerRevision of a DaemonSet's template; the newest that has it, as the controller keeps (`dedupCurHistories`). */
export function controllerRevisionOf(
  made: readonly MadeRevision[],
  template: WholeTemplate | undefined,
): Pick<Rollout, 'revision'> {
  return named(newest(having(made, template)) ?? newest(made));
}

function having(made: readonly MadeRevision[], template: WholeTemplate | undefined): MadeRevision[] {
  if (template === undefined) return [];
  return made.filter((one) => one.template !== undefined && isSameTemplate(one.template, template));
}

function newest(made: readonly MadeRevision[]): MadeRevision | undefined {
  return [...made].sort((left, right) => right.number - left.number)[0];
}

function named(made: MadeRevision | undefined): Pick<Rollout, 'revision'> {
  return made === undefined ? {} : { revision: made.name };
}
