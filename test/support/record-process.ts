import { setInterval } from 'node:timers';
import { sampleApproval, sampleEvent } from './approval-samples.ts';
import { openStore } from './store.ts';

/**
 * A process of its own that works on records: `URL PREFIX hold TEAM ID LEASE_MS` holds an approval and renews it until
 * it is killed; `URL PREFIX append KEY COUNT` appends COUNT events of keys KEY-0, KEY-1, …; `URL PREFIX create` creates
 * approvals until it is killed, and prints the id of each once it is stored.
 */
const [url = '', prefix = '', mode, ...rest] = process.argv.slice(2);
const store = await openStore(url, 'worker', { prefix });

if (mode === 'hold') {
  const [team = '', id = '', leaseMs = ''] = rest;
  const held = await store.approvals.hold(team, id, 'process', Number(leaseMs));
  process.stdout.write(`${held ? 'held' : 'refused'}\n`);
  setInterval(() => void store.approvals.renew(team, id, 'process', Number(leaseMs)), Number(leaseMs) / 4);
} else if (mode === 'append') {
  const [key = '', count = ''] = rest;
  const indices = Array.from({ length: Number(count) }, (_, index) => index);
  await Promise.all(
    indices.map((index) => store.audit.append([sampleEvent({ detail: `${index}` })], `${key}-${index}`)),
  );
  process.stdout.write('done\n');
  await store.end();
} else {
  for (;;) {
    const approval = sampleApproval();
    await store.approvals.create(approval, { audit: [sampleEvent({ approval: approval.id })] });
    process.stdout.write(`${approval.id}\n`);
  }
}
