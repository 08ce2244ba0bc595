import type { TerminalCommand } from '../../terminal/command.ts';

/** `imagecheck worker` */
export const terminalWorker: TerminalCommand = {
  name: 'worker',
  section: 'processes',
  overview: ['worker', 'the cluster side only: no Slack tokens'],
  flags: { config: { type: 'string' }, cluster: { type: 'string', short: 'c' } },
  help: 'Usage: imagecheck worker [--config FILE] [--cluster ID]\n\n  The cluster side: answers the questions of one cluster. Needs REDIS_URL and a kubeconfig or a service account.\n',
  async run(args) {
    (await import('../frugal.ts')).startFrugally();
    return (await import('../serve.ts')).serve('worker', args);
  },
};
