import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KubeletEvent, parseKubeletEvent } from '../../src/explain/kubelet-events.ts';

describe('parseKubeletEvent', () => {
  it.each<[message: string, wanted: KubeletEvent | undefined]>([
    ['Successfully pulled image "nginx"', { kind: 'pulled', image: 'nginx' }],
    ['Successfully pulled image "nginx" in 850ms', { kind: 'pulled', image: 'nginx', durationMs: 850 }],
    [
      'Successfully pulled image "nginx" in 1m2.3s (1m4s including waiting)',
      { kind: 'pulled', image: 'nginx', durationMs: 62_300, withWaitingMs: 64_000 },
    ],
    [
      'Successfully pulled image "nginx" in 1.2s (1.3s including waiting). Image size: 12345 bytes.',
      { kind: 'pulled', image: 'nginx', durationMs: 1200, withWaitingMs: 1300, sizeBytes: 12_345 },
    ],
    ['Successfully pulled image "nginx" in 1h0m0.5s', { kind: 'pulled', image: 'nginx', durationMs: 3_600_500 }],
    ['Successfully pulled image "nginx" in 512.3µs', { kind: 'pulled', image: 'nginx', durationMs: 1 }],
    ['Container image "nginx:1" already present on machine', { kind: 'present', image: 'nginx:1' }],
    [
      'Container image "nginx:1" already present on machine and can be accessed by the pod',
      { kind: 'present', image: 'nginx:1' },
    ],
    ['Pulling image "nginx:1"', { kind: 'pulling', image: 'nginx:1' }],
    ['Back-off pulling image "nginx:1"', { kind: 'back-off', image: 'nginx:1' }],
    [
      'Back-off pulling image "nginx:1": ErrImagePull: a: b\nc',
      { kind: 'back-off', image: 'nginx:1', reason: 'ErrImagePull: a: b\nc' },
    ],
    ['Failed to pull image "nginx:1": rpc error: x', { kind: 'failed', image: 'nginx:1', reason: 'rpc error: x' }],
    [
      '(combined from similar events): Failed to pull image "nginx:1": x',
      { kind: 'failed', image: 'nginx:1', reason: 'x' },
    ],
    [
      'Failed to apply default image tag "A:B": couldn\'t parse image name "A:B": x',
      { kind: 'invalid-name', image: 'A:B', reason: 'couldn\'t parse image name "A:B": x' },
    ],
    ['Container image "nginx:1" is not present with pull policy of Never', { kind: 'never-pulled', image: 'nginx:1' }],
    [
      'Unable to retrieve some image pull secrets (a, b); attempting to pull the image may not succeed.',
      { kind: 'secrets-missing', names: ['a', 'b'] },
    ],
    ['Error: ImagePullBackOff', undefined],
    ['Started container web', undefined],
    ['Successfully pulled image "nginx" in soon', undefined],
    ['', undefined],
  ])('%j', (message, wanted) => {
    expect(parseKubeletEvent(message)).toEqual(wanted);
  });

  it('reads back every duration that Go writes', () => {
    fc.assert(
      fc.property(fc.nat(59), fc.nat(59), fc.nat(999), (minutes, seconds, milliseconds) => {
        const go = `${minutes}m${seconds}.${String(milliseconds).padStart(3, '0')}s`;
        const wanted = (minutes * 60 + seconds) * 1000 + milliseconds;
        expect(parseKubeletEvent(`Successfully pulled image "x" in ${go}`)).toEqual({
          kind: 'pulled',
          image: 'x',
          durationMs: wanted,
        });
      }),
    );
  });
});
