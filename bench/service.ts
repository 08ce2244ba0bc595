// A role of the product without its own rate limit towards Slack, for a simulated Slack without limits.

import { settle, startFrugally } from '../src/wire/frugal.ts';
import type { ServingRole } from '../src/wire/serve.ts';

startFrugally();
const [{ readConfig }, { createLog }, { startService }] = await Promise.all([
  import('../src/wire/configuration.ts'),
  import('../src/log.ts'),
  import('../src/wire/serve.ts'),
]);
const [role = 'all', file = ''] = process.argv.slice(2);
const config = readConfig({ file, role: role as ServingRole });
const log = createLog(config.log.level);
const service = await startService(role as ServingRole, config, {
  clusters: config.clusters,
  log,
  slackLimits: false,
  onFatal: (error) => {
    log.fatal({ error }, 'Slack rejected the reconnect');
    process.exit(1);
  },
});
process.once('SIGTERM', () => {
  void service.stop(5_000).then(() => process.exit());
});
settle({ roomy: role !== 'worker' });
log.info({ role, port: service.port }, 'ready');
