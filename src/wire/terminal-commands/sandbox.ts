import type { TerminalCommand } from '../../terminal/command.ts';

/** `imagecheck sandbox` */
export const terminalSandbox: TerminalCommand = {
  name: 'sandbox',
  section: 'processes',
  overview: ['sandbox', 'a simulated Slack, cluster and registries to try everything'],
  flags: {
    headless: { type: 'boolean' },
    'ready-file': { type: 'string' },
    port: { type: 'string' },
    kubeconfig: { type: 'string' },
  },
  help: `Usage: imagecheck sandbox [--port N] [--headless --ready-file FILE] [--kubeconfig FILE]

  A page that looks like a Slack channel, a simulated cluster, simulated ACR, ECR, GHCR and Docker Hub, and imagecheck
  itself between them. Needs REDIS_URL or a redis-server; npm run sandbox brings one.
`,
  run: async (args) => (await import('../sandbox.ts')).sandbox(args),
};
