import { PullFailure } from '../../../src/sandbox/kubelet/pull/failure.ts';
import { createNetwork } from '../../../src/sandbox/kubelet/pull/http.ts';
import { type PullingNode, pullImage } from '../../../src/sandbox/kubelet/pull/pull.ts';
import { mirrorAddress } from '../../../src/sandbox/registries/mirror.ts';
import type { PullCase } from './cases.ts';
import type { Answer } from './recorded.ts';
import { published, type Surroundings } from './world.ts';

/** The simulated kubelet's way of pulling in this world. */
export interface SimulatedPuller {
  readonly pull: (wanted: Pick<PullCase, 'image' | 'login'>) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

/** Pulls as a node with this runtime; its texts already contain the hosts' real names. */
export function simulatedPuller(
  world: Surroundings,
  version: string,
  localPull: boolean,
  timeoutMs = 5_000,
): SimulatedPuller {
  const mirrors = Object.entries(world.mirrors);
  const network = createNetwork(
    { ...world.endpoints, ...Object.fromEntries(mirrors.map(([, url]) => [mirrorAddress, url])) },
    timeoutMs,
  );
  const node: PullingNode = {
    os: 'linux',
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    runtime: `containerd://${version}`,
    localPull,
    mirrors: mirrors.map(([host]) => ({ host, url: `http://${mirrorAddress}` })),
  };
  return {
    pull: async ({ image, login }) => {
      try {
        await pullImage(network, node, image, login);
        return 'pulled';
      } catch (error) {
        if (!(error instanceof PullFailure)) throw error;
        return { code: error.code, message: published(error.message, world) };
      }
    },
    close: network.close,
  };
}
