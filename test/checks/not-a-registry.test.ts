import { describe, expect, it } from 'vitest';
import { notARegistry } from '../../src/checks/not-a-registry.ts';
import type { ImageProbe } from '../../src/model/snapshot/snapshot.ts';
import { concluded } from '../support/checks.ts';
import { as, found, html } from '../support/probes.ts';
import { aContainer, aLog, aSnapshot, crashed, env, type Patch, type Story, waiting } from '../support/snapshot.ts';

const image = 'shop.registry.test/acme/web:1';
const containers = [aContainer({ image })];
const backOff = waiting('ImagePullBackOff', `Back-off pulling image "${image}"`);

function failing(attempts: ImageProbe['attempts'], text?: string, more: Story = {}) {
  const state: Patch<object> = text === undefined ? backOff : waiting('ErrImagePull', text);
  return aSnapshot({ containers, state, probe: { attempts }, ...more });
}

describe('not-a-registry', () => {
  const page = 'json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)';
  it.each([
    ['our probe gets a page', failing([as('workload', html)]), ['fail not_a_registry likely']],
    [
      'the kubelet gets a page',
      failing(
        [as('workload', found('x'))],
        'failed to unpack image on snapshotter overlayfs: unexpected media type text/html for sha256:907e: not found',
      ),
      ['fail html_instead_of_manifest certain'],
    ],
    [
      'asked about, nothing runs',
      aSnapshot({ containers, podCount: 0, probe: { attempts: [as('workload', html)] } }),
      ['warn not_a_registry likely'],
    ],
    [
      'the program gets a page',
      aSnapshot({ containers, state: crashed(1), logs: [aLog('web', [page])] }),
      ['fail not_a_registry possible'],
    ],
    // Look-alikes.
    ['a page here, but the pods run', aSnapshot({ containers, probe: { attempts: [as('workload', html)] } }), []],
    [
      'the reference itself is at fault',
      aSnapshot({
        containers: [aContainer({ image, env: env({ BUNDLE_REF: `sha256:${'a'.repeat(64)}` }) })],
        state: crashed(1),
        logs: [aLog('web', [page])],
      }),
      [],
    ],
    ['a crash without such a line', aSnapshot({ containers, state: crashed(1) }), []],
  ])('%s', (_, snapshot, expected) => {
    expect(concluded(notARegistry, snapshot)).toEqual(expected);
  });
});
