import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { reportOfSnapshot } from '../../src/flows/ask/diagnose.ts';
import type { Snapshot } from '../../src/model/snapshot/snapshot.ts';
import { known } from '../../src/model/values/fact.ts';
import { anImage, aProbe, as, digestOf, found, notFound, refused } from '../support/probes.ts';
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
    const snapshot = situation(id);
    const { says = [], never = [] } = seen[id] ?? {};
    const report = reportOfSnapshot(snapshot);
    const [finding] = report.findings;
    const acceptable = [right, ...also_acceptable];
    expect(acceptable).toContain(finding?.cause);
    const sure = report.findings.filter(({ confidence, status }) => confidence === 'certain' && status === 'fail');
    expect(sure.map(({ cause }) => cause).filter((cause) => !acceptable.includes(cause))).toEqual([]);
    expect(report.status).not.toBe(report.findings.some(({ status }) => status === 'fail') ? 'healthy' : 'problems');
    const words = JSON.stringify(finding);
    for (const word of says) expect(words).toMatch(word);
    for (const word of never) expect(words).not.toMatch(word);
  });

  it.each<[string, Snapshot, string, RegExp?]>([
    [
      's3, but the node lists other images only',
      {
        ...situation('s3'),
        nodeImages: [{ node: 'node-1', listed: 12, names: [] }],
      },
      'never_pull',
      /node doesn.t have the image/,
    ],
    [
      's3, but its list is full, so it may have it',
      { ...situation('s3'), nodeImages: [{ node: 'node-1', listed: 50, names: [] }] },
      'never_pull',
      /finds no copy on the node that it may use/,
    ],
    [
      's4, but the pull began just now',
      aSnapshot({
        workload: { ready: 0 },
        state: creating,
        pod: { createdAt: minutesAgo(1) },
        events: known([
          anEvent('web-7d9f-1', 'Pulling', 'Pulling image "ghcr.io/acme/web:1f2c9aa"', { lastAt: minutesAgo(1) }),
        ]),
      }),
      'progressing',
    ],
    ['s6, but the registry has the image', aSnapshot(), 'healthy'],
    [
      's6, but only the nodes may read it',
      aSnapshot({ probe: { attempts: [as('workload', refused(401))] } }),
      'healthy',
    ],
    [
      's18, but it is the network plugin',
      withoutSandbox(
        'Failed to create pod sandbox: plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized',
      ),
      'not_image_related',
    ],
  ])('%s', (_, snapshot, expected, words) => {
    const { status, findings } = reportOfSnapshot(snapshot);
    expect(findings[0]?.cause ?? status).toBe(expected);
    if (words !== undefined) expect(findings[0]?.title).toMatch(words);
  });

  it('a public registry that refuses the image that runs as one that is absent is a warning', () => {
    const attempts = [as('workload', refused(403, { hint: 'never-published' }))];
    const { status, findings } = reportOfSnapshot(aSnapshot({ probe: { attempts } }));
    expect(findings[0]?.title).toMatch(/probably no longer has it/);
    expect(findings[0]?.next).toMatch(/^See whether the registry still has it/);
    expect([status, findings.map((one) => `${one.status} ${one.cause} ${one.confidence}`)]).toEqual([
      'healthy',
      ['warn image_not_found possible'],
    ]);
  });
});

function situation(id: string): Snapshot {
  const { snapshot } = seen[id] ?? {};
  if (snapshot === undefined) throw new Error(`no snapshot for ${id}`);
  return snapshot;
}
