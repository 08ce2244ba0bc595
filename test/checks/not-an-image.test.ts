import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../src/model/image/outcome.ts';
import { known } from '../../src/model/values/fact.ts';
import { diagnosed, textOf } from '../support/checks.ts';
import { as, digestOf, found } from '../support/probes.ts';
import { aContainer, aSnapshot, type Story, waiting } from '../support/snapshot.ts';

const reference = 'ghcr.io/acme/web:1f2c9aa';

function artifact(artifactType: string): Manifest {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  return { digest: digestOf(reference), mediaType, artifactType, body: { kind: 'artifact' } };
}

function named(artifactType: string, story: Story = {}) {
  const probe = { attempts: [as('workload', found(reference))], manifest: known(artifact(artifactType)) };
  return aSnapshot({ probe, ...story });
}

const asked: Story = { podCount: 0, pods: known([]), asked: { reference } };
const chart = 'application/vnd.cncf.helm.config.v1+json';

describe('not-an-image', () => {
  it.each([
    [chart, /is a Helm chart, not a container image.*helm install/],
    ['application/vnd.wasm.config.v0+json', /is a WebAssembly module.*RuntimeClass/],
    ['application/vnd.dev.cosign.simplesigning.v1+json', /is a signature or attestation/],
    ['application/vnd.acme.model', /is an OCI artifact \(application\/vnd\.acme\.model\).*oras pull/],
  ])('says what it is and what it is for: %s', (type, words) => {
    expect(diagnosed(named(type, asked))).toEqual(['fail not-an-image reference_format certain']);
    expect(textOf(named(type, asked))).toMatch(words);
  });

  it('explains a pull that fails because of it', () => {
    const state = waiting('ImagePullBackOff', `Back-off pulling image "${reference}"`);
    expect(diagnosed(named(chart, { state }))).toEqual(['fail not-an-image reference_format certain']);
  });

  it('only warns of a pod to come', () => {
    expect(diagnosed(named(chart, { podCount: 0, pods: known([]), workload: { desired: 0 } }))).toEqual([
      'warn not-an-image reference_format likely',
    ]);
  });

  it.each<[string, Story]>([
    ['that runs, as a WebAssembly runtime does', {}],
    [
      'that a volume will mount',
      {
        containers: [aContainer({ name: 'volume/model', type: 'volume', image: reference })],
        podCount: 0,
        pods: known([]),
        workload: { desired: 0 },
      },
    ],
  ])('says nothing of one %s', (_, story) => {
    expect(diagnosed(named('application/vnd.wasm.config.v0+json', story))).toEqual([]);
  });
});
