import type { Config } from '../config.ts';
import { diagnose } from '../flows/ask/diagnose.ts';
import { type RememberedWork, rememberingWork } from '../flows/change/work/put-back.ts';
import { workerRights } from '../kubernetes/rights/worker-rights.ts';
import type { Log } from '../log.ts';
import type { ClusterSetting } from '../model/settings/settings.ts';
import { startConsumer } from '../queue/consumer.ts';
import { createProducer } from '../queue/producer.ts';
import { type Receiver, type Running, startWorker } from '../roles.ts';
import type { Company } from '../timing/company.ts';
import { every, type Repeated } from '../timing/every.ts';
import { changeWork } from './changes.ts';
import { watchKeys } from './key-watch.ts';
import { openReach } from './reach.ts';
import type { Records } from './records.ts';

const rightsWithinMs = 5_000;
/** How often a worker looks whether Redis still has what it is working on. */
const putBackEveryMs = 2_000;

/** What a worker shares with the rest of its process. */
interface WorkerSurroundings {
  readonly config: Config;
  readonly log: Log;
  readonly id: string;
  readonly version: string;
  /** Awaited before each job starts. */
  readonly admit?: () => Promise<void>;
  /** What else runs in this process, for every cluster. */
  readonly company: Company;
}

/** Starts the worker of one cluster: takes its jobs, reads the cluster and its registries, records the answers. */
export async function startClusterWorker(
  cluster: ClusterSetting,
  { store, client, onQueueError: onError }: Records,
  { config, log, id, version, admit, company }: WorkerSurroundings,
): Promise<Running & Pick<Receiver, 'isTaking'>> {
  const reach = await openReach(config, cluster, store.contents);
  const workerId = `${id}-${cluster.id}`;
  const work = rememberingWork(store.approvals, cluster.id);
  const producer = createProducer({ connection: client, prefix: store.queuePrefix, onError });
  const keys = await watchKeys(store.approvals, config.signing, log);
  const running = await startWorker({
    cluster: cluster.id,
    id: workerId,
    version,
    missingRights: await reach.missingRights(workerRights, AbortSignal.timeout(rightsWithinMs)),
    keys: keys.state,
    workers: store.workers,
    deps: {
      asks: store.asks,
      reports: store.reports,
      outbox: store.outbox,
      answers: store.answers,
      cluster: reach.cluster,
      diagnose: (target, how) => diagnose(target, reach, { ...how, deadlineMs: config.timeouts.checkMs }),
      change: changeWork(config, reach, { ...store, approvals: work.approvals }, { workerId, queue: producer }),
    },
    consume: (handlers, onRefused) =>
      startConsumer({
        connection: client,
        prefix: store.queuePrefix,
        cluster: cluster.id,
        handlers,
        onRefused,
        deadlineMs: config.timeouts.checkMs + 5_000,
        company,
        ...(admit === undefined ? {} : { admit }),
        onError,
      }),
    log,
  });
  const puttingBack = putBackLost(work, store, log);
  return {
    isTaking: () => running.isTaking(),
    stop: async (deadlineMs) => {
      void puttingBack.stop();
      await running.stop(deadlineMs);
      await Promise.all([keys.stop(), producer.close(), reach.close()]);
    },
  };
}

function putBackLost(work: RememberedWork, { outbox }: Records['store'], log: Log): Repeated {
  return every(putBackEveryMs, async () => {
    for (const approval of await work.putBack(outbox)) log.warn({ approval }, 'put a lost record back');
  });
}
