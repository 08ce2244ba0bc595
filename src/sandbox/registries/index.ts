import { UserError } from '../../errors.ts';
import type { Fault } from '../serving/faults.ts';
import { type Change, type ChangeResult, changeRegistry, describeRegistry } from './control.ts';
import { type PersonalityId, type SimulatedRegistry, startRegistry } from './server.ts';

/** A registry host to simulate. */
export interface RegistryHost {
  readonly host: string;
  readonly personality: PersonalityId;
  /** 0 or nothing picks a free one. */
  readonly port?: number;
}

/** The simulated registries of a sandbox. */
export interface SimulatedRegistries {
  /** Host as images name it -> `http://127.0.0.1:N`. */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly hosts: readonly string[];
  registry(host: string): SimulatedRegistry | undefined;
  /** One step of the control API; throws `UserError` for a host that is not simulated. */
  change(host: string, change: Change): ChangeResult;
  describe(): readonly ReturnType<typeof describeRegistry>[];
  /** Sets a fault at one host or at all of them; `undefined` clears it. False when there is no such host. */
  setFault(fault: Fault | undefined, host?: string): boolean;
  stop(): Promise<void>;
}

/** Starts a registry for each host; one that is listed twice is started once. Their clocks start from `now`. */
export async function startRegistries(options: {
  readonly hosts: readonly RegistryHost[];
  readonly now: () => Date;
}): Promise<SimulatedRegistries> {
  const offsets = new Map<string, number>();
  const running = new Map<string, SimulatedRegistry>();
  const stop = async (): Promise<void> => {
    await Promise.all([...running.values()].map((registry) => registry.stop()));
  };
  try {
    for (const entry of options.hosts) {
      if (running.has(entry.host)) continue;
      const now = () => new Date(options.now().getTime() + (offsets.get(entry.host) ?? 0));
      running.set(entry.host, await startRegistry({ ...entry, now }));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    endpoints: Object.fromEntries([...running].map(([host, { url }]) => [host, url])),
    hosts: [...running.keys()],
    registry: (host) => running.get(host),
    change: (host, change) => {
      const registry = running.get(host);
      if (registry === undefined) {
        const remedy = `Registries: ${[...running.keys()].join(', ')}.`;
        throw new UserError(`there is no registry ${host}`, { remedy });
      }
      return changeRegistry(registry, change, (offsetMs) => offsets.set(host, offsetMs));
    },
    describe: () => [...running.values()].map(describeRegistry),
    setFault: (fault, host) => {
      const meant = [...running.values()].filter((registry) => host === undefined || registry.host === host);
      for (const { faults } of meant) faults.set(fault);
      return meant.length > 0;
    },
    stop,
  };
}
