import type { Diagnose } from '../../src/flows/ask/answer.ts';
import { openWorker } from './asking.ts';
import { sampleReport } from './asks.ts';

/*
 * A worker in its own process, to be killed: `worker-process.ts URL PREFIX BEHAVIOUR [LEASE_MS]`. It prints
 * `ready`, and `diagnosing` for every diagnosis that it starts. Behaviours: `answer`; `hang`, never ends;
 * `die-diagnosing`; `die-landed`, dies when the answer is recorded but not yet announced; `die-telling`, dies when the
 * first message of the answer is in the outbox.
 */
const [url = '', prefix = '', behaviour = 'answer', leaseMs] = process.argv.slice(2);

function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => {});
}

const diagnose: Diagnose = () => {
  process.stdout.write('diagnosing\n');
  if (behaviour === 'hang') return new Promise(() => {});
  if (behaviour === 'die-diagnosing') return die();
  return Promise.resolve({ kind: 'report', report: sampleReport() });
};

await openWorker(url, prefix, diagnose, {
  ...(leaseMs === undefined ? {} : { times: { leaseMs: Number(leaseMs) } }),
  spoil: ({ asks, outbox }) => ({
    asks: {
      ...asks,
      land: async (...landing) => {
        const landed = await asks.land(...landing);
        return behaviour === 'die-landed' ? die() : landed;
      },
    },
    outbox: {
      ...outbox,
      put: async (message, phase) => {
        await outbox.put(message, phase);
        if (behaviour === 'die-telling' && phase === 'final') await die();
      },
    },
  }),
});
process.stdout.write('ready\n');
