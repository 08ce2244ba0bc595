import type { SandboxCluster } from '../cluster/cluster.ts';
import type { SimulatedRegistries } from '../registries/index.ts';
import type { Fault, Faults } from '../serving/faults.ts';

/** The parts that can have faults, by name. */
export interface Components {
  readonly names: readonly string[];
  /** False when no part has this name. */
  setFault(name: string, fault: Fault | undefined): boolean;
}

/** `slack`, `cluster`, `mirror`, every registry by its host, and `registries` for all registries at once. */
export function createComponents(parts: {
  readonly slack: Faults;
  /** Undefined for a real cluster. */
  readonly cluster: SandboxCluster | undefined;
  readonly mirror: Faults;
  readonly registries: SimulatedRegistries;
}): Components {
  const { registries, cluster, slack, mirror } = parts;
  const single = new Map<string, Pick<Faults, 'set'>>([
    ['slack', slack],
    ...(cluster === undefined ? [] : [['cluster', cluster.faults] as const]),
    ['mirror', mirror],
  ]);
  return {
    names: [...single.keys(), 'registries', ...registries.hosts],
    setFault: (name, fault) => {
      if (name === 'registries') return registries.setFault(fault);
      single.get(name)?.set(fault);
      return single.has(name) || registries.setFault(fault, name);
    },
  };
}
