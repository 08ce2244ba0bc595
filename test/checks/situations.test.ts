import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runChecks } from '../../src/checks/index.ts';
import type { Snapshot } from '../../src/model/snapshot/snapshot.ts';
import { known } from '../../src/model/values/fact.ts';
import { anImage, aProbe, as, digestOf, found, notFound } from '../support/probes.ts';
import { aContainer, aNode, anEvent, aSnapshot, minutesAgo, waiting } from '../support/snapshot.ts';

interface Labelled {
  readonly id: string;
  readonly kind: string;
  readonly right: string;
  readonly also_acceptable: readonly string[];
}

const { cases } = JSON.parse(readFileSync(new URL('../fixtures/field-cases.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly Labelled[];
};
const situations = cases.filter(({ kind }) => kind === 'situation');

const creating = waiting('ContainerCreating');

function of(image: string, pullPolicy: 'Never' | 'IfNotPresent' | 'Always' = 'IfNotPresent') {
  return [aContainer({ image, pullPolicy })];
}

/** A pod whose sandbox cannot be created, with the kubelet's words. */
function withoutSandbox(message: string): Snapshot {
  return aSnapshot({
    workload: { ready: 0 },
    state: creating,
    pod: { createdAt: minutesAgo(12) },
    events: known([anEvent('web-7d9f-1', 'FailedCreatePodSandBox', message, { count: 40 })]),
  });
}

/** What the product sees in each situation, and words that its answer needs or may not have. */
const seen: Readonly<Record<string, { snapshot: Snapshot; says?: readonly RegExp[]; never?: readonly RegExp[] }>> = {
  s2: {
    snapshot: aSnapshot({
      containers: of('producer:1.0', 'Never'),
      state: waiting('ErrImageNeverPull', 'Container image "producer:1.0" is not present with pull policy of Never'),
      nodeImages: [{ node: 'node-1', listed: 12, names: [] }],
      probe: { attempts: [as('workload', notFound())] },
    }),
    says: [/Load the image/],
  },
  s3: {
    snapshot: aSnapshot({
      containers: of('quay.io/acme/toy:1', 'Never'),
      state: waiting(
        'ErrImageNeverPull',
        'Container image "quay.io/acme/toy:1" is not present with pull policy of Never',
      ),
      nodes: known([aNode({ kubeletVersion: 'v1.35.0' })]),
      nodeImages: [
        { node: 'node-1', listed: 12, names: ['quay.io/acme/toy:1', `quay.io/acme/toy@${digestOf('toy')}`] },
      ],
    }),
    says: [/verif/],
    never: [/doesn.t have it|Load the image/],
  },
  s4: {
    snapshot: aSnapshot({
      workload: { ready: 0 },
      state: creating,
      pod: { createdAt: minutesAgo(600) },
      events: known([
        anEvent('web-7d9f-1', 'Pulling', 'Pulling image "ghcr.io/acme/web:1f2c9aa"', {
          type: 'Normal',
          lastAt: minutesAgo(600),
        }),
      ]),
    }),
  },
  s5: {
    snapshot: aSnapshot({
      containers: of('gcr.io/google-samples/kubernetes-bootcamp:v10'),
      podCount: 3,
      workload: { ready: 2, desired: 2 },
      pod: (index) =>
        index === 0
          ? { name: 'web-new', revision: 'web-new' }
          : { name: `web-old-${index}`, revision: 'web-old', createdAt: minutesAgo(900) },
      state: (_, index) =>
        index === 0
          ? waiting('ImagePullBackOff', 'Back-off pulling image "gcr.io/google-samples/kubernetes-bootcamp:v10"')
          : { image: 'gcr.io/google-samples/kubernetes-bootcamp:v2' },
      images: [
        aProbe('gcr.io/google-samples/kubernetes-bootcamp:v10', ['web'], {
          attempts: [as('workload', notFound('tag'))],
          tags: known(['v1', 'v2']),
        }),
        aProbe('gcr.io/google-samples/kubernetes-bootcamp:v2', ['web']),
      ],
    }),
    says: [/:v2/],
  },
  s6: {
    snapshot: aSnapshot({
      workload: { ref: { kind: 'StatefulSet', namespace: 'shop', name: 'web' } },
      probe: {
        attempts: [
          as('workload', {
            kind: 'not-found',
            what: 'repository',
            status: 404,
            code: 'NAME_UNKNOWN',
            message: 'repository name not known to registry',
          }),
        ],
      },
    }),
  },
  s7: {
    snapshot: aSnapshot({
      state: waiting(
        'CreateContainerError',
        `reading image "${'be'.repeat(32)}": locating image with ID "${'be'.repeat(32)}": image not known`,
      ),
      events: known([
        anEvent('web-7d9f-1', 'Pulled', 'Successfully pulled image "ghcr.io/acme/web:1f2c9aa" in 2s', {
          type: 'Normal',
        }),
      ]),
      probe: { attempts: [as('workload', found('x'))], manifest: known(anImage('x')) },
    }),
    says: [/crictl rmi/],
  },
  s17: {
    snapshot: aSnapshot({
      state: waiting(
        'ImageInspectError',
        'Failed to inspect image "": rpc error: code = Unknown desc = unable to convert a nil pointer to a runtime API image',
      ),
      probe: { attempts: [as('workload', found('x'))], manifest: known(anImage('x')) },
    }),
    never: [/can be pulled now|available now/],
  },
  s18: {
    snapshot: withoutSandbox(
      'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox image "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/pause:3.5": failed to pull image "602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/pause:3.5": failed to resolve reference: pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials',
    ),
    says: [/sandbox image/, /node/],
    never: [/pull secret to|add a pull secret/i],
  },
  s20: {
    snapshot: withoutSandbox('Failed to create pod sandbox: rpc error: code = Unknown desc = image not known'),
    says: [/node/],
  },
};

describe('situations from the field', () => {
  it.each(situations)('$id ($right): an acceptable cause', ({ id, right, also_acceptable }) => {
    const { snapshot, says = [], never = [] } = seen[id] ?? {};
    if (snapshot === undefined) throw new Error(`no snapshot for ${id}`);
    const [finding] = runChecks(snapshot).findings;
    expect([right, ...also_acceptable]).toContain(finding?.cause);
    const words = JSON.stringify(finding);
    for (const word of says) expect(words).toMatch(word);
    for (const word of never) expect(words).not.toMatch(word);
  });
});
