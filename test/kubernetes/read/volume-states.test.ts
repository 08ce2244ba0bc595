import { describe, expect, it } from 'vitest';
import { PodObject } from '../../../src/kubernetes/read/objects.ts';
import { podOf } from '../../../src/kubernetes/read/pods.ts';
import { templateOf } from '../../../src/kubernetes/read/template.ts';

const own = 'ghcr.io/acme/chat:1';
const model = 'acme/model:7b';

function pod(waiting?: { reason: string; message: string }, others: object[] = []) {
  return podOf(
    PodObject.parse({
      metadata: { name: 'chat-1' },
      spec: {
        containers: [{ name: 'model', image: own }, ...others],
        volumes: [
          { name: 'model', image: { reference: model, pullPolicy: 'Always' } },
          { name: 'scratch', emptyDir: {} },
          { name: 'empty', image: { reference: '' } },
        ],
      },
      status: {
        containerStatuses: [
          {
            name: 'model',
            state: waiting === undefined ? { running: { startedAt: '2026-03-10T10:00:00Z' } } : { waiting },
            ready: waiting === undefined,
          },
        ],
      },
    }),
  ).containers;
}

const backOff = (image: string) => ({ reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` });

describe('image volumes of a pod', () => {
  it.each([
    ['as it is written', backOff(model)],
    [
      'as the runtime writes it',
      { reason: 'ErrImagePull', message: 'failed to resolve image "docker.io/acme/model:7b": not found' },
    ],
  ])('wait instead of the container that mounts them, if the message names them %s', (_, waiting) => {
    expect(pod(waiting)).toEqual([
      expect.objectContaining({
        name: 'model',
        type: 'main',
        waiting: { reason: 'PodInitializing', message: 'waits for the image volume model' },
      }),
      expect.objectContaining({ name: 'volume/model', type: 'volume', image: model, pullPolicy: 'Always', waiting }),
    ]);
  });

  it('leave a container that waits for its own image alone', () => {
    const [container, volume] = pod(backOff(own));
    expect(container?.waiting).toEqual(backOff(own));
    expect(volume?.waiting).toBeUndefined();
  });

  it('are there once a container runs', () => {
    expect(pod()[1]).toMatchObject({ ready: true, runningSince: '2026-03-10T10:00:00Z' });
  });

  it('belong to the template', () => {
    const spec = {
      containers: [{ name: 'chat', image: own }],
      volumes: [{ name: 'model', image: { reference: model } }],
    };
    expect(templateOf({ spec }).containers.map(({ name, type, image }) => [name, type, image])).toEqual([
      ['chat', 'main', own],
      ['volume/model', 'volume', model],
    ]);
  });
});
