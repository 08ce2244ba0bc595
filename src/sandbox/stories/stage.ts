import { UserError } from '../../errors.ts';
import type { Fields } from '../cluster/objects/object.ts';
import type { Change } from '../registries/control.ts';
import type { SimulatedRegistries } from '../registries/index.ts';
import { mirrorAddress } from '../registries/mirror.ts';
import type { Stage } from './index.ts';
import type { Kubernetes } from './kubernetes.ts';
import { namespacesOf, type Story } from './story.ts';
import type { World } from './world.ts';

/** The parts of the sandbox that stories use. */
export interface Theatre {
  readonly kubernetes: Kubernetes;
  readonly registries: SimulatedRegistries;
  /** Base URL of the kubelet's control API. */
  readonly kubeletControl: string;
  readonly nodes: readonly string[];
  readonly now: () => Date;
}

type Login = { readonly username: string; readonly password: string };

/** Gives each story a world that remembers how to undo the changes made in it. */
export function createStages(theatre: Theatre): (story: Story) => Stage {
  const nodes = shareNodes(theatre);
  return (story) => {
    const undoes: Undo[] = [];
    return {
      world: worldFor(theatre, nodes, (undo) => void undoes.push(undo)),
      undo: async () => {
        await Promise.all(namespacesOf(story).map((name) => theatre.kubernetes.deleteNamespace(name)));
        for (const undo of undoes.toReversed()) await undo();
      },
    };
  };
}

type Undo = () => Promise<void> | void;

function worldFor(theatre: Theatre, nodes: SharedNodes, later: (undo: Undo) => void): World {
  const { kubernetes, registries, kubeletControl, now } = theatre;
  return {
    kubernetes,
    now,
    registry: (host, change) => {
      for (const undo of undoOf(change)) later(() => void registries.change(host, undo));
      return registries.change(host, change);
    },
    kubelet: async (path, body) => {
      const { image } = body;
      if ((path === '/images' || path === '/pulls') && typeof image === 'string') {
        later(() => send(kubeletControl, 'DELETE', `${path}?image=${encodeURIComponent(image)}`));
      }
      await send(kubeletControl, 'POST', path, body);
    },
    nodeIdentity: async (host, login) => {
      later(() => nodes.set(() => nodes.identities.delete(host)));
      await nodes.set(() => nodes.identities.set(host, login));
    },
    brokenMirror: async (host) => {
      later(() => nodes.set(() => nodes.mirrored.delete(host)));
      await nodes.set(() => nodes.mirrored.add(host));
    },
  };
}

/** Stories share the nodes, so the settings that each story adds are kept here and sent as a whole. */
interface SharedNodes {
  readonly identities: Map<string, Login>;
  readonly mirrored: Set<string>;
  readonly set: (change: () => unknown) => Promise<void>;
}

function shareNodes({ kubeletControl, nodes }: Theatre): SharedNodes {
  const identities = new Map<string, Login>();
  const mirrored = new Set<string>();
  return {
    identities,
    mirrored,
    set: async (change) => {
      change();
      const mirrors = [...mirrored].map((host) => ({ host, url: `http://${mirrorAddress}` }));
      const setting = { credentials: Object.fromEntries(identities), mirrors };
      await Promise.all(nodes.map((node) => send(kubeletControl, 'POST', `/nodes/${node}`, setting)));
    },
  };
}

/** Reverts a change. */
function undoOf(change: Change): readonly Change[] {
  if ('push' in change) {
    const { repository, tags } = change.push;
    return [{ remove: { repository, ...(tags === undefined ? {} : { tags }) } }];
  }
  if ('repository' in change) return [{ remove: { repository: change.repository.name } }];
  if ('account' in change) {
    const { username, password } = change.account;
    return [{ removeAccount: { username, password } }];
  }
  if ('narrowQuota' in change) return [{ endNarrowQuota: change.narrowQuota.id }];
  if ('outage' in change) return [{ endOutage: change.outage.id }];
  return [];
}

async function send(base: string, method: 'POST' | 'DELETE', path: string, body?: Fields): Promise<void> {
  const answer = await fetch(new URL(path, base), {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!answer.ok)
    throw new UserError(`the kubelet's control API answered ${answer.status} to ${path}`, {
      remedy: await answer.text(),
    });
}
