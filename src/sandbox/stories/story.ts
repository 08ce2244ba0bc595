import type { WorkloadRef } from '../../model/workload/workload.ts';
import type { RegistryHost } from '../registries/index.ts';
import { type Random, randomFrom } from './random.ts';
import type { World } from './world.ts';

/** An incident (or its harmless twin) that can be set up in the simulated world. */
export interface Story {
  readonly id: string;
  /** The incident write-up that it is based on: `000`. */
  readonly seed: string;
  readonly title: string;
  /** What someone on call sees, in one sentence. */
  readonly summary: string;
  /** The story that this one resembles, with a different cause. */
  readonly twinOf?: string;
  /** Workloads to ask about; the command uses the first. */
  readonly workloads: readonly [WorkloadRef, ...WorkloadRef[]];
  /** Additional namespaces besides those of the workloads. */
  readonly moreNamespaces?: readonly string[];
  readonly hosts: readonly RegistryHost[];
  /** Uses only the Kubernetes API and the control APIs; resolves when the incident is visible. */
  readonly setUp: (world: World) => Promise<void>;
}

/** A story whose names are not chosen yet. */
export interface StoryKind {
  readonly id: string;
  /** Creates the story with the names of the write-up, or with others. */
  readonly make: (random?: Random) => Story;
}

/** Defines a story by its names: `names` are those of the write-up, `vary` draws others of the same form. */
export function defineStory<N>(
  id: string,
  names: N,
  vary: (random: Random) => N,
  tell: (names: N) => Omit<Story, 'id'>,
): StoryKind {
  return { id, make: (random) => ({ id, ...tell(random === undefined ? names : vary(random)) }) };
}

/** All kinds with names drawn from one seed; no two names are similar. */
export function vary(kinds: readonly StoryKind[], seed: number): readonly Story[] {
  const used = new Set<string>();
  return kinds.map(({ make }, index) => make(randomFrom(seed * 1000 + index, used)));
}

/** The command to type for a story. */
export function commandOf({ workloads: [{ kind, name, namespace }] }: Story): string {
  return `/imagecheck ${kind.toLowerCase()} ${name} -n ${namespace}`;
}

/** Every namespace that a story creates. */
export function namespacesOf({ workloads, moreNamespaces = [] }: Story): readonly string[] {
  return [...new Set([...workloads.map(({ namespace }) => namespace), ...moreNamespaces])];
}
