import { describe, expect, it } from 'vitest';
import { pullError } from '../../src/checks/pull-error.ts';
import type { ImageProbe } from '../../src/model/snapshot/snapshot.ts';
import { known, unknown } from '../../src/model/values/fact.ts';
import { concluded, diagnosed, textOf } from '../support/checks.ts';
import { anImage, as, found, notProbed } from '../support/probes.ts';
import {
  aContainer,
  aLog,
  anEvent,
  aSnapshot,
  crashed,
  minutesAgo,
  type Patch,
  type Story,
  waiting,
} from '../support/snapshot.ts';

const image = 'shop.registry.test/acme/web:1';
const containers = [aContainer({ image })];
const backOff = waiting('ImagePullBackOff', `Back-off pulling image "${image}"`);

function failing(attempts: ImageProbe['attempts'], text?: string, more: Story = {}) {
  const state: Patch<object> = text === undefined ? backOff : waiting('ErrImagePull', text);
  return aSnapshot({ containers, state, ...more, probe: { attempts, ...more.probe } });
}

const timeout = `failed to do request: Head "https://shop.registry.test/v2/acme/web/manifests/1": dial tcp 10.0.0.1:443: i/o timeout`;
const hubLimit =
  'failed to pull and unpack image: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit';

describe('pull-error', () => {
  it.each([
    [
      'a cause that no other check owns',
      failing(
        [as('workload', found('x'))],
        'media type "application/vnd.docker.distribution.manifest.v1+prettyjws" is no longer supported since containerd v2.1, please rebuild the image',
      ),
      ['fail schema1_unsupported certain'],
    ],
    [
      'the kubelet only waits, and it resolves now',
      failing([as('workload', found('x'))], undefined, { probe: { manifest: known(anImage('x')) } }),
      ['fail backoff_only likely'],
    ],
    [
      'the kubelet only waits, and nobody could ask',
      failing([as('workload', notProbed('deadline'))]),
      ['fail backoff_only possible'],
    ],
    [
      'a missing Secret',
      aSnapshot({ containers, state: waiting('CreateContainerConfigError', 'secret "aws-ecr-credentials" not found') }),
      ['fail not_image_related certain'],
    ],
    [
      'the log of a crashing container',
      aSnapshot({
        containers,
        state: crashed(1),
        logs: [aLog('web', ['botocore.exceptions.NoCredentialsError: Unable to locate credentials'])],
      }),
      ['fail no_credentials likely'],
    ],
    [
      'the log of a container that runs',
      aSnapshot({ containers, logs: [aLog('web', ['Unable to locate credentials'])] }),
      ['warn no_credentials likely'],
    ],
    [
      'no node for it',
      aSnapshot({
        containers,
        workload: { ready: 0 },
        pod: { unschedulable: '0/3 nodes are available: 3 Insufficient cpu.', containers: [] },
      }),
      ['fail not_image_related certain'],
    ],
    [
      'one pod more than fits',
      aSnapshot({
        containers,
        podCount: 2,
        workload: { ready: 1 },
        pod: (index) => (index === 0 ? {} : { unschedulable: 'Insufficient cpu', containers: [] }),
      }),
      ['fail not_image_related certain'],
    ],
    [
      'pods that admission refuses',
      aSnapshot({
        containers,
        podCount: 0,
        workload: { desired: 1 },
        events: known([
          anEvent(
            'web-7d9f',
            'FailedCreate',
            'Error creating: admission webhook "verify.test" denied the request: image is not signed',
            { object: { kind: 'ReplicaSet', name: 'web-7d9f' } },
          ),
        ]),
      }),
      ['fail admission_denied certain'],
    ],
    [
      'pods over the quota, and the events have expired',
      aSnapshot({
        containers,
        podCount: 0,
        workload: {
          desired: 1,
          conditions: [
            { type: 'ReplicaFailure', status: 'True', message: 'pods "web-1" is forbidden: exceeded quota' },
          ],
        },
      }),
      ['fail not_image_related certain'],
    ],
    [
      'pods that cannot be read',
      aSnapshot({ containers, pods: unknown('forbidden', 'list pods') }),
      ['unknown unknown certain'],
    ],
    ['nothing wrong', aSnapshot({ containers }), []],
  ])('%s', (_, snapshot, expected) => {
    expect(concluded(pullError, snapshot)).toEqual(expected);
  });

  it('says that the events could not be read', () => {
    const blind = failing([as('workload', notProbed('deadline'))], undefined, {
      events: unknown('forbidden', 'list events'),
    });
    expect(textOf(blind)).toContain('no right to list events');
  });

  it('only warns of a debug container that cannot be pulled', () => {
    const debug = aContainer({ name: 'debugger', type: 'ephemeral', image: 'registry.test/tools:x' });
    const snapshot = aSnapshot({
      containers: [...containers, debug],
      // A pod is Ready without its debug containers.
      workload: { ready: 1 },
      state: (container) =>
        container === debug
          ? waiting(
              'ErrImagePull',
              'failed to resolve reference "registry.test/tools:x": registry.test/tools:x: not found',
            )
          : {},
      probe: { manifest: known(anImage('x')) },
    });
    expect(diagnosed(snapshot)).toEqual(['warn pull-error image_not_found likely']);
  });

  it('prefers the pod’s current status to old events, and an event with a cause to a status without', () => {
    const now = failing([], 'no space left on device', {
      events: known([anEvent('web-7d9f-1', 'Failed', `Failed to pull image "${image}": toomanyrequests: rate limit`)]),
    });
    expect(diagnosed(now)).toEqual(['fail node-disk disk_full certain']);
    const late = failing([], undefined, {
      events: known([
        anEvent('web-7d9f-1', 'Failed', `Failed to pull image "${image}": ${hubLimit}`, { lastAt: minutesAgo(50) }),
        anEvent('web-7d9f-1', 'Failed', `Failed to pull image "${image}": ${timeout}`, { lastAt: minutesAgo(2) }),
        anEvent('other-pod', 'Failed', `Failed to pull image "${image}": no space left on device`),
      ]),
    });
    expect(diagnosed(late)).toEqual(['fail registry-unreachable network_timeout likely']);
  });

  it.each([
    ['botocore.exceptions.NoCredentialsError: Unable to locate credentials', 'annotate the service account'],
    ['denied: Your authorization token has expired. Reauthenticate and try again.', 'programs don’t use pull secrets'],
  ])('does not send the reader of a program’s own line to the pull secret: %s', (line, said) => {
    const snapshot = aSnapshot({ containers, state: crashed(1), logs: [aLog('web', [line])] });
    expect(pullError.run(snapshot).findings[0]?.next).toContain(said);
  });

  it('says in the title what is wrong, and in the conclusion the rest', () => {
    const parent = `failed to prepare extraction snapshot "extract-1 sha256:${'5f'.repeat(32)}": parent snapshot sha256:${'5f'.repeat(32)} does not exist: not found`;
    const [finding] = pullError.run(failing([as('workload', found('x'))], parent)).findings;
    expect(finding?.title).toMatch(/can't be pulled: the image store of the node is damaged[^.…]*$/);
    expect(finding?.conclusion).toMatch(/^The registry/);
  });
});
