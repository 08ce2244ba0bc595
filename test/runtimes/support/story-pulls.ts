import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseImage } from '../../../src/model/image/image.ts';
import { at, type Fields, records, text } from '../../../src/sandbox/cluster/objects/object.ts';
import type { ApiClient } from '../../../src/sandbox/kubelet/api-client.ts';
import type { Behaviour, Match } from '../../../src/sandbox/kubelet/behaviour.ts';
import { lookup } from '../../../src/sandbox/kubelet/keyring.ts';
import { type Closing, createClosing } from '../../../src/sandbox/parts/closing.ts';
import { openCluster } from '../../../src/sandbox/parts/parts.ts';
import { startRegistries } from '../../../src/sandbox/registries/index.ts';
import { startBrokenMirror } from '../../../src/sandbox/registries/mirror.ts';
import { createKubernetes } from '../../../src/sandbox/stories/kubernetes.ts';
import { createStages } from '../../../src/sandbox/stories/stage.ts';
import type { Story } from '../../../src/sandbox/stories/story.ts';
import type { Surroundings } from '../../support/pulls/world.ts';
import type { Login } from './cri.ts';

/** A container or image volume of a story, as the kubelet pulls for it. */
export interface StoryPull {
  readonly namespace: string;
  readonly image: string;
  readonly login?: Login;
  /** What the simulated kubelet says of its failed pull; undefined where the image was pulled. */
  readonly said?: string;
  /** The story itself says what becomes of this pull: it hangs, or the node is damaged in a way that is not set up. */
  readonly isStaged?: true;
}

export interface StoryWorld extends Surroundings {
  readonly pulls: readonly StoryPull[];
  readonly stop: () => Promise<void>;
}

/** Sets stories up in a simulated cluster and gives the pulls of their pods; the registries stay as they are. */
export async function startStoryWorld(stories: readonly Story[]): Promise<StoryWorld> {
  const closing = createClosing();
  try {
    return await start(stories, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function start(stories: readonly Story[], closing: Closing): Promise<StoryWorld> {
  const now = () => new Date();
  const directory = await mkdtemp(join(tmpdir(), 'imagecheck-runtimes-'));
  closing.add(() => rm(directory, { recursive: true, force: true }));
  const registries = await startRegistries({ hosts: stories.flatMap(({ hosts }) => hosts), now });
  closing.add(() => registries.stop());
  const mirror = await startBrokenMirror();
  closing.add(() => mirror.stop());
  const { api, kubeletControl, nodes } = await openCluster(undefined, directory, registries, mirror, closing);
  const stopping = new AbortController();
  closing.add(() => stopping.abort());
  const kubernetes = createKubernetes(api, stopping.signal);
  const openStage = createStages({ kubernetes, registries, kubeletControl, nodes, now });
  const mirrors: Record<string, string> = {};
  const identities: Record<string, Login> = {};
  const staged = new Set<unknown>();
  await Promise.all(
    stories.map((story) => {
      const { world } = openStage(story);
      return story.setUp({
        ...world,
        brokenMirror: async (host) => {
          mirrors[host] = mirror.url;
          await world.brokenMirror(host);
        },
        nodeIdentity: async (host, login) => {
          identities[host] = login;
          await world.nodeIdentity(host, login);
        },
        kubelet: async (path, body) => {
          if (path === '/pulls') staged.add(body['image']);
          const { behaviour, match } = body as { behaviour?: Behaviour; match?: Match };
          if (behaviour?.pullError !== undefined) staged.add(match?.namespace);
          await world.kubelet(path, body);
        },
      });
    }),
  );
  const all = await pullsOf(api, identities);
  const pulls = all.map((pull) =>
    staged.has(pull.image) || staged.has(pull.namespace) ? { ...pull, isStaged: true as const } : pull,
  );
  return { endpoints: registries.endpoints, mirrors, pulls, stop: () => closing.close() };
}

async function pullsOf(api: ApiClient, identities: Readonly<Record<string, Login>>): Promise<readonly StoryPull[]> {
  const { body } = await api.send('GET', '/api/v1/pods');
  const { body: all } = await api.send('GET', '/api/v1/secrets');
  const secrets = records(all, 'items');
  return records(body, 'items').flatMap((pod) => {
    const namespace = text(pod, 'metadata', 'namespace');
    const names = records(pod, 'spec', 'imagePullSecrets').map(({ name }) => name);
    const own = secrets.filter(
      (secret) =>
        text(secret, 'metadata', 'namespace') === namespace && names.includes(text(secret, 'metadata', 'name')),
    );
    const waiting = records(pod, 'spec', 'containers').map((container) => ({
      image: text(container, 'image'),
      message: messageOf(pod, text(container, 'name')),
    }));
    const volumes = records(pod, 'spec', 'volumes').map((volume) => text(volume, 'image', 'reference'));
    // A container that waits for the image of a volume says so with the name of that image.
    const held = (image: string) => waiting.find(({ message }) => message.includes(`"${image}"`))?.message ?? '';
    return [
      ...volumes.filter((image) => image !== '').map((image) => ({ image, message: held(image) })),
      ...waiting.map(({ image, message }) => ({
        image,
        message: volumes.some((volume) => volume !== '' && message.includes(`"${volume}"`)) ? '' : message,
      })),
    ].map(({ image, message }) => pullOf(namespace, image, own, identities, message));
  });
}

function pullOf(
  namespace: string,
  image: string,
  secrets: readonly Fields[],
  identities: Readonly<Record<string, Login>>,
  message: string,
): StoryPull {
  const parsed = parseImage(image);
  const name = parsed.ok ? `${parsed.image.registry}/${parsed.image.repository}` : image;
  const [login] = lookup(name, secrets, identities);
  const [, said] = /^(?:Back-off pulling image "[^"]*": ErrImagePull: )?(.*)$/s.exec(message) ?? [];
  return {
    namespace,
    image,
    ...(login === undefined ? {} : { login: { username: login.username, password: login.password } }),
    ...(message === '' || said === undefined ? {} : { said }),
  };
}

/** What is said of a container whose image could not be pulled; empty for every other one. */
function messageOf(pod: Fields, name: string): string {
  const status = records(pod, 'status', 'containerStatuses').find((container) => text(container, 'name') === name);
  const waiting = at(status, 'state', 'waiting');
  return ['ErrImagePull', 'ImagePullBackOff'].includes(text(waiting, 'reason')) ? text(waiting, 'message') : '';
}
