import { describe, expect, it } from 'vitest';
import { known } from '../../src/model/values/fact.ts';
import { diagnosed, textOf } from '../support/checks.ts';
import { anEvent, aSnapshot, minutesAgo, waiting } from '../support/snapshot.ts';

const pause = '602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/pause:3.5';
const failed = 'Failed to create pod sandbox: rpc error: code = Unknown desc = ';

function held(message: string, pods = 1) {
  return aSnapshot({
    podCount: pods,
    workload: { ready: pods - 1, desired: pods },
    state: (_, index) => (index === 0 ? waiting('ContainerCreating') : {}),
    pod: (index) => ({ createdAt: minutesAgo(12), node: `node-${index + 1}` }),
    events: known([anEvent('web-7d9f-1', 'FailedCreatePodSandBox', `${failed}${message}`, { count: 40 })]),
  });
}

describe('sandbox-image', () => {
  it.each([
    [
      'no credential of the node',
      `failed to get sandbox image "${pause}": failed to pull image "${pause}": no basic auth credentials`,
      'fail sandbox-image no_credentials certain',
    ],
    [
      'a registry that the node does not reach',
      'failed to get sandbox image "registry.k8s.io/pause:3.10": failed to pull image "registry.k8s.io/pause:3.10": failed to do request: Head "https://registry.k8s.io/v2/pause/manifests/3.10": dial tcp: lookup registry.k8s.io: no such host',
      'fail sandbox-image dns_failure certain',
    ],
    ['a damaged store', 'image not known', 'fail sandbox-image node_image_store likely'],
    [
      'a network plugin',
      'plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized',
      'fail not-ready not_image_related likely',
    ],
    [
      'a name that is taken',
      'failed to reserve sandbox name "x": name is reserved',
      'fail not-ready not_image_related likely',
    ],
  ])('%s', (_, message, finding) => {
    expect(diagnosed(held(message))).toEqual([finding]);
  });

  it('sends nobody to the pull secrets of the workload, and shows that other nodes are fine', () => {
    const text = textOf(held(`failed to get sandbox image "${pause}": no basic auth credentials`, 3));
    expect(text).toMatch(/On the node, load the image by hand \(crictl pull 602401143452/);
    expect(text).toMatch(/started on node-2 and node-3/);
    expect(text).not.toMatch(/none of the pod’s pull secrets|add-pull-secret/);
  });
});
