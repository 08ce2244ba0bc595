import type { ImageProbe, Snapshot } from '../../model/snapshot/snapshot.ts';
import { accessOf } from './access.ts';
import { perSnapshot } from './per-snapshot.ts';
import { ruleFailing } from './pull-failing.ts';
import { ruleRunning, ruleUntried } from './pull-prospects.ts';
import { secretsFor } from './pull-secrets.ts';
import { isRewritten } from './rewritten.ts';
import { saidAbout } from './said.ts';
import { useOf } from './seen.ts';
import type { PullCase, PullOwner, PullVerdict } from './verdict.ts';

/** A verdict with the facts it is based on. */
export interface PullRuling extends PullVerdict, PullCase {}

/** Verdicts of the same kind at the same registry: one finding, however many images. */
export interface PullGroup extends PullVerdict {
  readonly rulings: readonly [PullRuling, ...PullRuling[]];
}

/** The rulings about a snapshot's pulls that one check reports. */
export function pullGroups(snapshot: Snapshot, owner: PullOwner): readonly PullGroup[] {
  const groups = new Map<string, [PullRuling, ...PullRuling[]]>();
  for (const ruling of rulingsOf(snapshot)) {
    if (ruling.owner !== owner) continue;
    const { probe } = ruling;
    const { status, cause, confidence, reason, masked } = ruling;
    const registry = probe.image.known ? probe.image.value.registry : '';
    const key = [status, cause, confidence, reason, masked === true, registry].join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [ruling]);
    else group.push(ruling);
  }
  return [...groups.values()].map((rulings) => {
    const [{ status, cause, confidence, reason, masked }] = rulings;
    return { owner, status, cause, confidence, reason, rulings, ...(masked === true ? { masked } : {}) };
  });
}

const rulingsOf = perSnapshot((snapshot): readonly PullRuling[] =>
  snapshot.images.flatMap((probe) => ruleImage(snapshot, probe) ?? []),
);

const rulingByProbe = perSnapshot((snapshot) => new Map(rulingsOf(snapshot).map((ruling) => [ruling.probe, ruling])));

/** The one verdict about an image, if there is any. Pods come first, our own probe second, text last. */
export function rulePull(snapshot: Snapshot, probe: ImageProbe): PullRuling | undefined {
  return rulingByProbe(snapshot).get(probe);
}

function ruleImage(snapshot: Snapshot, probe: ImageProbe): PullRuling | undefined {
  const use = useOf(snapshot, probe);
  const pull: PullCase = {
    snapshot,
    probe,
    use,
    said: use.use === 'failing' ? saidAbout(snapshot, probe, use.seen) : [],
    access: accessOf(probe),
    secrets: secretsFor(snapshot, probe),
  };
  const verdict = ruleUse(pull);
  return verdict === undefined ? undefined : { ...pull, ...verdict };
}

function ruleUse(pull: PullCase): PullVerdict | undefined {
  const { use, seen } = pull.use;
  if (use === 'runs') return ruleRunning(pull);
  if (use !== 'failing') return isRewritten(pull.snapshot, pull.probe) ? undefined : ruleUntried(pull);
  // A debug container that cannot start does not affect the workload.
  const onlyDebugging = seen.every(({ state }) => state.type === 'ephemeral');
  return { ...ruleFailing(pull), ...(onlyDebugging ? { status: 'warn' as const } : {}) };
}
