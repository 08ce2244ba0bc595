import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startCluster } from '../../src/sandbox/cluster/cluster.ts';
import { createClient } from '../sandbox/cluster/client.ts';
import { type Nodes, startNodes } from '../support/nodes.ts';
import { type Kubectl, openKubectl } from './support/kubectl.ts';
import { namespace, type Step, steps } from './support/kubectl-steps.ts';

const cluster = inject('cluster');

interface Stage {
  readonly kubectl: Kubectl;
  readonly stop: () => Promise<void>;
}

describe('kubectl says the same to the simulated cluster and to a real one', () => {
  let real: Stage;
  let simulated: Stage;

  beforeAll(async () => {
    const pretended = await startCluster();
    const server = { url: pretended.httpsUrl, token: pretended.adminToken, caPem: pretended.caPem };
    [real, simulated] = await Promise.all([open(cluster), open(server, pretended.stop)]);
  });

  afterAll(async () => {
    const api = createClient({ ...cluster, stop: () => Promise.resolve() });
    await api.removeNamespace(namespace);
    await api.close();
    await Promise.all([real?.stop(), simulated?.stop()]);
  });

  it.each(steps)(
    '$what: $args',
    async (step) => {
      const [expected, actual] = await Promise.all([run(real.kubectl, step), run(simulated.kubectl, step)]);
      expect(actual).toEqual(expected);
    },
    60_000,
  );
});

async function open(
  server: { readonly url: string; readonly token: string; readonly caPem: string },
  stopServer: () => Promise<void> = () => Promise.resolve(),
): Promise<Stage> {
  const kubectl = await openKubectl(cluster, server);
  await kubectl.run(['create', 'namespace', namespace]);
  const nodes = await startNodes(server);
  pushImages(nodes);
  await fetch(`${nodes.control}/behaviours`, {
    method: 'POST',
    body: JSON.stringify({ match: { container: 'app' }, behaviour: { logs: ['line 1', 'line 2', 'line 3'] } }),
  });
  const stop = async () => {
    await nodes.stop();
    await kubectl.close();
    await stopServer();
  };
  return { kubectl, stop };
}

function pushImages({ registries }: Nodes): void {
  for (const tag of ['1', '2', '3']) registries.change('ghcr.io', { push: { repository: 'acme/web', tags: [tag] } });
}

async function run(kubectl: Kubectl, { args, input, until, unordered, last }: Step): Promise<unknown> {
  const deadline = Date.now() + 25_000;
  for (;;) {
    const { code, stdout, stderr } = await kubectl.try(['-n', namespace, ...args], input);
    if (until === undefined || until.test(stdout + stderr) || Date.now() > deadline) {
      const lines = (text: string) => {
        const all = comparable(text);
        if (unordered === true) return all.sort();
        return last === true ? all.slice(-1) : all;
      };
      return { code, stdout: lines(stdout), stderr: lines(stderr) };
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Lines without what differs from one run to the next: generated names, times, addresses, widths of columns. */
function comparable(text: string): string[] {
  return (
    text
      .replaceAll(/\b(web|applied)-[a-z0-9]{6,10}-[a-z0-9]{5}\b/g, '$1-HASH-POD')
      .replaceAll(/\b(web|applied)-[a-z0-9]{6,10}\b/g, '$1-HASH')
      .replaceAll(/\b(agent|db|now)-[a-z0-9]{5}\b/g, '$1-POD')
      .replaceAll(/\b(\d+[dhms])+\b/g, 'AGE')
      .replaceAll(/ \(x\d+ over AGE\)/g, '')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/\w{3}, \d\d \w{3} \d{4} [\d:]+ \+0000/g, 'TIME')
      .replaceAll(/Reason: +(ErrImagePull|ImagePullBackOff)/g, 'Reason: REFUSED')
      // Go's form of a value until 1.34, JSON since; `creationTimestamp: null` in templates was a line until then.
      .replaceAll(/Invalid value: (map\[|v1\.|\{).*?: (?=`|field)/g, 'Invalid value: ')
      .replaceAll(/@@ .* @@/g, '')
      .replaceAll(/(LIVE|MERGED)-\d+/g, '$1')
      .replaceAll(/\d{4}-\d\d-\d\d [\d:.]+ \+0000/g, 'TIME')
      .replaceAll(/pod-template-hash=\S+/g, 'pod-template-hash=HASH')
      .replaceAll(/kube-api-access-\w{5}/g, 'kube-api-access-POD')
      .replaceAll(/\bnode-[12]\b/g, 'NODE')
      .replaceAll(/10\.244\.\d+\.\d+/g, 'IP')
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
      .split('\n')
      .map((line) => line.replaceAll(/\s+/g, ' ').trim())
      .filter((line) => line !== '')
  );
}
