import type { Evidence } from '../../model/finding/finding.ts';
import { artifactIn, flagsOf, type NamedArtifact } from '../../model/snapshot/readable.ts';
import type { Snapshot } from '../../model/snapshot/snapshot.ts';
import { cut, shortDigest } from '../../model/text/words.ts';
import { type Container, type EnvEntry, formatWorkload } from '../../model/workload/workload.ts';
import { valueAt } from './lookup.ts';
import { templateContainer } from './per-snapshot.ts';

/**
 * One setting of a container that names an artifact which the container itself pushes or fetches (a bundle, a model).
 */
export interface ArtifactUse extends NamedArtifact {
  /** `job/smoke container push`. */
  readonly where: string;
  readonly variable: string;
  /** The kind of artifact, derived from the variable's name: `BUNDLE` of `MODELOPS_BUNDLE_REF`. */
  readonly subject: string;
}

/** A reference that does not lead to the artifact, or leads to a different one from the other container's. */
export interface ArtifactTrouble {
  /** `bare`: a digest without its repository. `same-digest`: one digest, two repositories. `repository`: two repositories for one thing. */
  readonly kind: 'bare' | 'same-digest' | 'repository';
  readonly text: string;
  readonly evidence: readonly Evidence[];
  readonly repository?: string;
  /** Identifies what disagrees, so that it is reported once. */
  readonly pair: string;
}

const maxUses = 200;

/** The artifact settings of the workload's containers, from environment variables and flags. */
export function ownArtifacts(snapshot: Snapshot, container: Container): readonly ArtifactUse[] {
  const env = valueAt(snapshot.environment, container.name) ?? container.env;
  const where = `${formatWorkload(snapshot.workload.ref)} container ${container.name}`;
  return usesIn(where, env, [...container.command, ...container.args]);
}

/** What is wrong with the artifact references of one container, on their own or compared with other containers. */
export function artifactTrouble(snapshot: Snapshot, name: string): readonly ArtifactTrouble[] {
  const container = templateContainer(snapshot, name);
  if (container === undefined) return [];
  const own = ownArtifacts(snapshot, container);
  if (own.length === 0) return [];
  const others = otherArtifacts(snapshot, name);
  // Digests first: a pair of repositories reported by digest is not reported again by repository alone.
  const byDigest = [...own].sort((a, b) => Number(b.digest !== undefined) - Number(a.digest !== undefined));
  const pairs = new Set<string>();
  const differing = byDigest
    .flatMap((use) => disagreements(use, own, others))
    .filter(({ pair }) => {
      const isNew = !pairs.has(pair);
      pairs.add(pair);
      return isNew;
    });
  return [...bareDigests(own), ...differing];
}

/** Containers and workloads to compare with; more would say the same. */
const mostOthers = 300;

function otherArtifacts(snapshot: Snapshot, name: string): readonly ArtifactUse[] {
  const siblings = snapshot.template.containers.filter((container) => container.name !== name);
  const neighbours = snapshot.neighbours.known ? snapshot.neighbours.value : [];
  return [
    ...siblings.slice(0, mostOthers).flatMap((container) => ownArtifacts(snapshot, container)),
    ...neighbours
      .slice(0, mostOthers)
      .flatMap(({ ref, containers }) =>
        containers.flatMap(({ name, env }) => usesIn(`${formatWorkload(ref)} container ${name}`, env, [])),
      ),
  ];
}

function usesIn(where: string, env: readonly EnvEntry[], words: readonly string[]): readonly ArtifactUse[] {
  const named = [
    ...env.flatMap(({ name, value }) =>
      value === undefined ? [] : [{ name: name.toUpperCase(), variable: name, value }],
    ),
    ...flagsOf(words),
  ];
  return named.slice(0, maxUses).flatMap(({ name, variable, value }) => {
    const found = artifactIn(name, value);
    return found === undefined ? [] : [{ where, variable, subject: subjectOf(name), ...found }];
  });
}

/** `BUNDLE` of `MODELOPS_BUNDLE_REF`, `BUNDLE_REPOSITORY` and `BUNDLES_DIGEST`. */
function subjectOf(name: string): string {
  const stem = name.replace(/_(REF|REFERENCE|DIGEST|REPOSITORY|REPO|REGISTRY(_URL|_REF)?|URI|URL)$/, '');
  return (stem.split('_').at(-1) ?? stem).replace(/S$/, '');
}

/** A digest alone cannot be located, unless the same container also has the repository. */
function bareDigests(own: readonly ArtifactUse[]): readonly ArtifactTrouble[] {
  return own
    .filter(({ digest, repository }) => digest !== undefined && repository === undefined)
    .filter(({ subject }) => !own.some((use) => use.subject === subject && use.repository !== undefined))
    .map((use) => ({
      kind: 'bare',
      text: `${use.variable} is a digest without a repository`,
      pair: use.variable,
      evidence: [evidenceOf(use)],
    }));
}

function disagreements(
  use: ArtifactUse,
  own: readonly ArtifactUse[],
  others: readonly ArtifactUse[],
): readonly ArtifactTrouble[] {
  const mine = repositoryFor(use, own);
  if (mine === undefined) {
    const known = others.find(({ subject, repository }) => subject === use.subject && repository !== undefined);
    return known?.repository === undefined || use.digest === undefined
      ? []
      : [
          {
            kind: 'repository',
            text: `${known.where} uses the repository ${cut(known.repository, 80)}`,
            pair: `${known.repository} ${known.where}`,
            evidence: [evidenceOf(known)],
            repository: known.repository,
          },
        ];
  }
  return (
    others
      .filter(
        (other) =>
          other.subject === use.subject && other.repository !== undefined && !sameRepository(other.repository, mine),
      )
      // Two complete references with different digests are two artifacts, so nothing disagrees.
      .filter((other) =>
        use.repository !== undefined && use.digest !== undefined ? other.digest === use.digest : true,
      )
      .slice(0, 2)
      .map((other) => ({
        kind: use.digest !== undefined && other.digest === use.digest ? 'same-digest' : 'repository',
        pair: `${mine} ${other.repository ?? ''} ${other.where}`,
        text: `${use.digest !== undefined && use.repository === undefined ? `${use.variable} names no repository` : use.variable}: ${cut(mine, 80)} here, ${cut(other.repository ?? '', 80)} in ${other.where}`,
        evidence: [evidenceOf(use), evidenceOf(other)],
        ...(other.repository === undefined ? {} : { repository: other.repository }),
      }))
  );
}

function repositoryFor(use: ArtifactUse, own: readonly ArtifactUse[]): string | undefined {
  return (
    use.repository ??
    own.find(({ subject, repository }) => subject === use.subject && repository !== undefined)?.repository
  );
}

function sameRepository(left: string, right: string): boolean {
  return left === right || left.endsWith(`/${right}`) || right.endsWith(`/${left}`);
}

function evidenceOf({ where, variable, repository, digest }: ArtifactUse): Evidence {
  const short = digest === undefined ? '' : shortDigest(digest);
  const value = repository === undefined ? short : digest === undefined ? repository : `${repository}@${short}`;
  return { source: 'environment', subject: where, observed: `${cut(variable, 80)}=${cut(value, 160)}` };
}
