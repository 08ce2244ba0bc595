import { formatCommand } from '../../../commands/parse.ts';
import type { Target } from '../../../model/ask/ask.ts';
import { type RemedyId, RemedyParams } from '../../../model/change/change.ts';
import type { DryRun } from '../../../model/change/plan.ts';
import { isTrustedMove } from '../../../model/image/trusted-move.ts';
import type { Workload } from '../../../model/workload/workload.ts';
import { formatWorkload, workloadKinds } from '../../../model/workload/workload.ts';
import { remedies } from '../../../remedies/index.ts';
import { optOutOf } from '../../../remedies/parts/opt-out.ts';
import type { Planned, Refusal, Remedy } from '../../../remedies/parts/remedy.ts';
import { collect } from '../../collect/collect.ts';
import { tellAsking } from '../../collect/collect-images.ts';
import { nearWorkloads } from '../../collect/find-workload.ts';
import { scopedTo } from '../../collect/scope.ts';
import { dryRunAll } from './dry-run.ts';
import { readWorld } from './facts.ts';
import { imagesSet, outsideSetting } from './limits.ts';
import { type Chosen, didYouMean, type Planning, refusal } from './reach.ts';

/** One target that can be changed, and everything that was found out about it. */
export interface TargetPlan {
  readonly kind: 'target';
  readonly chosen: Chosen;
  readonly workload: Workload;
  /** As the remedy understands them. */
  readonly params: RemedyParams;
  readonly planned: Planned;
  readonly dryRuns: readonly DryRun[];
  readonly warnings: readonly string[];
}

/** Where a plan comes from decides what it may do. */
export interface Origin {
  readonly remedy: Remedy;
  /** A finding's button requested it: images must stay with owners that the configuration trusts. */
  readonly isProposal: boolean;
  /** Only `undo`: the remedy that is reversed. */
  readonly undone?: RemedyId;
  /** How someone typed the single workload; a mistyped name gets suggestions, which `confined` limits. */
  readonly typed?: Target;
}

/** Reads one workload, lets the remedy plan, and refuses what owners, configuration or trust do not allow. */
export async function planTarget(chosen: Chosen, origin: Origin, planning: Planning): Promise<TargetPlan | Refusal> {
  const { reach, reading, progress, how } = planning;
  const { remedy } = origin;
  const parsed = remedy.params.safeParse(chosen.params);
  if (!parsed.success) return badParams(remedy.id, parsed.error);
  const read =
    chosen.snapshot === undefined
      ? await collect(chosen.workload, reach, reading, progress)
      : { kind: 'found' as const, value: chosen.snapshot };
  if (read.kind === 'absent') return await missing(chosen, origin, planning);
  if (read.kind === 'unknown') return unreadable(chosen, read);
  const snapshot = read.value;
  const { workload } = snapshot;
  const owned = ofAnOwner(workload, remedy.id, chosen.params);
  if (owned !== undefined) return owned;
  const optOut = optOutOf(workload, remedy.id, remedies.ids());
  if (optOut !== undefined) return refusal(optOut);
  const needs = remedy.needs(parsed.data, snapshot, chosen.undo);
  tellAsking(needs.images, progress);
  const { world, warnings } = await readWorld(snapshot, needs, chosen, planning);
  const planned = remedy.plan(parsed.data, world);
  if (planned.kind === 'refused') return planned;
  const limit =
    untrusted(planned, origin, reach.trustedOwners) ??
    outsideSetting(remedy.id, planned, reach.remediation, origin.undone);
  if (limit !== undefined) return limit;
  if (how.dryRun) progress('dry run on the API server');
  const dryRuns = how.dryRun ? await dryRunAll(planned.operations, remedy.id, planning) : [];
  // "The container" is the one that was shown: a container injected into the template later does not change the plan.
  const params = RemedyParams.parse(remedy.settled(parsed.data, planned, snapshot));
  return { kind: 'target', chosen: { ...chosen, params }, workload, params, planned, dryRuns, warnings };
}

function badParams(
  id: RemedyId,
  { issues }: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] },
): Refusal {
  const told = issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  return refusal(`This is not how ${id} is asked for: ${told.join('; ')}.`);
}

async function missing({ workload }: Chosen, { typed }: Origin, { reach, reading }: Planning): Promise<Refusal> {
  const why = `There is no ${formatWorkload(workload)} in ${workload.namespace}.`;
  if (typed === undefined) return refusal(why);
  return refusal(why, didYouMean(await nearWorkloads(workload, scopedTo(typed, reach.cluster), reading)));
}

function unreadable(
  { workload }: Chosen,
  { why, missingRight }: { readonly why: string; readonly missingRight?: string },
): Refusal {
  const right = missingRight === undefined ? undefined : `It takes the right to ${missingRight}.`;
  return refusal(`${formatWorkload(workload)} could not be read: ${why}.`, right);
}

/** A pod with a controller is recreated from the controller's template, so the controller is meant. */
function ofAnOwner({ ref, owners }: Workload, id: RemedyId, params: RemedyParams): Refusal | undefined {
  const last = owners.at(-1);
  if (ref.kind !== 'Pod' || id === 'undo' || last === undefined) return undefined;
  const names = owners.map(({ kind, name }) => `${kind.toLowerCase()}/${name}`);
  const why = `${formatWorkload(ref)} was made by ${names.join(' of ')}, which makes its pods again as its template says.`;
  const above = owners.findLast(({ kind }) => workloadKinds.some((known) => known === kind));
  const kind = workloadKinds.find((known) => known === above?.kind);
  if (above === undefined || kind === undefined) {
    return refusal(why, `The kind ${last.kind} cannot be changed here; change it where it is made.`);
  }
  const target = { type: 'workload' as const, kind, namespace: ref.namespace, name: above.name };
  const command = formatCommand({ type: 'change', remedy: id, target, params, dm: false });
  return refusal(why, `Ask for it there: ${command}`);
}

/** A program alone never proposes an image of another registry or owner; a person may still request it by name. */
function untrusted(
  { operations, kubectl }: Planned,
  { isProposal }: Origin,
  trustedOwners: readonly string[],
): Refusal | undefined {
  if (!isProposal) return undefined;
  const move = imagesSet(operations).find(({ from, to }) => !isTrustedMove(from, to, trustedOwners));
  if (move === undefined) return undefined;
  return refusal(
    `${move.to} is of another owner than ${move.from}, and trustedOwners of the configuration does not name it.`,
    'Ask for it by name with set-image, or add the owner to trustedOwners.',
    kubectl,
  );
}
