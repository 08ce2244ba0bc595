import type { Target } from '../model/ask.ts';
import { known, valueOr } from '../model/fact.ts';
import type { Snapshot } from '../model/snapshot.ts';
import type { Workload } from '../model/workload.ts';
import type { Reading } from '../ports.ts';
import type { Progress, Reach } from './collect.ts';
import { collectImages } from './collect-images.ts';
import { readPullSecrets } from './read-pull-secrets.ts';

type ImageTarget = Extract<Target, { type: 'image' }>;

/**
 * A snapshot of one image without a workload: as a service account's pods would pull it, or anonymously and as the bot.
 * The checks see a workload that has no pods yet.
 */
export async function collectImage(
  target: ImageTarget,
  reach: Reach,
  reading: Reading,
  progress: Progress,
): Promise<Snapshot> {
  const { cluster } = reach;
  const workload = wouldBe(target, reach.now().toISOString());
  const nodesRead = cluster.nodes(reading);
  const noPods = Promise.resolve(known([]));
  const secrets = target.as === undefined ? undefined : await readPullSecrets(workload, noPods, cluster, reading);
  const nodes = await nodesRead;
  const platforms = valueOr(nodes, []).map(({ platform }) => platform);
  const facts = {
    workload,
    pods: [],
    revisions: known([]),
    keyring: secrets?.keyring ?? [],
    platforms,
    alwaysRead: true,
  };
  const images = await collectImages(facts, reach, reading, progress);
  return {
    takenAt: reach.now().toISOString(),
    cluster: cluster.id,
    workload,
    template: workload.template,
    revisions: known([]),
    pods: known([]),
    events: known([]),
    serviceAccount: secrets?.serviceAccount ?? known({ name: 'none', pullSecretNames: [], annotations: {} }),
    pullSecrets: secrets?.pullSecrets ?? [],
    nodes,
    environment: {},
    logs: [],
    images: images.probes,
    running: [],
    neighbours: known([]),
    knownRepositories: [],
    notSeen: nodes.known
      ? []
      : [`nodes (${nodes.missingRight === undefined ? nodes.why : `no right to ${nodes.missingRight}`})`],
  };
}

function wouldBe({ reference, as }: ImageTarget, createdAt: string): Workload {
  return {
    ref: { kind: 'Pod', namespace: as?.namespace ?? 'default', name: 'image' },
    uid: '',
    template: {
      containers: [{ name: 'image', type: 'main', image: reference, env: [], envFrom: [], command: [], args: [] }],
      serviceAccount: as?.serviceAccount ?? 'default',
      pullSecretNames: [],
      placement: { nodeSelector: {}, affinityTerms: [], tolerations: [] },
      labels: {},
    },
    selector: '',
    ready: 0,
    paused: false,
    createdAt,
    owners: [],
    managers: [],
    annotations: {},
  };
}
