import type { WorkloadRef } from '../../model/workload/workload.ts';
import type { RegistryHost } from '../registries/index.ts';
import { type Random, randomFrom } from './random.ts';
import type { World } from './world.ts';

/** An incident (or its harmless twin) that can be set up in the pretend world. */
export interface Story {
  readonly id: string;
  /** The incident write-up that it comes from: `000`. */
  readonly seed: string;
  readonly title: string;
  /** What somebody on call sees, in a sentence. */
  readonly summary: string;
  /** The story that this one looks like without having its cause. */
  readonly twinOf?: string;
  /** What to ask about; the first is the one of the command. */
  readonly workloads: readonly [WorkloadRef, ...WorkloadRef[]];
  /** Namespaces besides those of the workloads. */
  readonly moreNamespaces?: readonly string[];
  readonly hosts: readonly RegistryHost[];
  /** Through the Kubernetes API and the control APIs only; resolves when the incident can be seen. */
  readonly setUp: (world: World) => Promise<void>;
}

/** A story whose names are not decided yet. */
export interface StoryKind {
  readonly id: string;
  /** With the names of the write-up, or with others. */
  readonly make: (random?: Random) => Story;
}

/** Defines a story over its names: `names` are those of the write-up, `vary` draws others of the same form. */
export function defineStory<N>(
  id: string,
  names: N,
  vary: (random: Random) => N,
  tell: (names: N) => Omit<Story, 'id'>,
): StoryKind {
  return { id, make: (random) => ({ id, ...tell(random === undefined ? names : vary(random)) }) };
}

/** All the kinds with names drawn from one seed; no name of one looks like one of another. */
export function vary(kinds: readonly StoryKind[], seed: number): readonly Story[] {
  const used = new Set<string>();
  return kinds.map(({ make }, index) => make(randomFrom(seed * 1000 + index, used)));
}

/** The command to type for a story. */
export function commandOf({ workloads: [{ kind, name, namespace }] }: Story): string {
  return `/imagecheck ${kind.toLowerCase()} ${name} -n ${namespace}`;
}

/** Every namespace that a story makes. */
export function namespacesOf({ workloads, moreNamespaces = [] }: Story): readonly string[] {
  return [...new Set([...workloads.map(({ namespace }) => namespace), ...moreNamespaces])];
}
