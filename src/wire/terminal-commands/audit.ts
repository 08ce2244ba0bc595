import type { TerminalCommand } from '../../terminal/command.ts';

/** `imagecheck audit` */
export const terminalAudit: TerminalCommand = {
  name: 'audit',
  section: 'processes',
  overview: ['audit', 'who requested, approved and executed which change; exports and verifies it'],
  flags: {
    since: { type: 'string' },
    json: { type: 'boolean' },
    csv: { type: 'boolean' },
    workload: { type: 'string' },
    approval: { type: 'string' },
    cluster: { type: 'string', short: 'c' },
    verify: { type: 'boolean' },
    config: { type: 'string' },
  },
  help: `Usage: imagecheck audit [--since 30d] [--workload NAMESPACE/KIND/NAME] [--approval ID] [--json|--csv]
       imagecheck audit --verify

Lists what was asked for, approved, refused, done and undone, oldest first, from Redis (REDIS_URL). Every record is
chained to the one before it by its hash; --verify follows the chain.

      --since DURATION      30d, 12h, 90m: only what was recorded since then
      --workload NS/KIND/NAME  only this workload: prod/deployment/web
      --approval ID         only this approval
  -c, --cluster ID          only this cluster
      --json                the records as a JSON array
      --csv                 the records as CSV (RFC 4180)
      --verify              say whether the chain is whole
      --config FILE         imagecheck.yaml

Exit codes: 0 listed, or the chain is whole; 1 the chain is broken, with the place; 2 usage or configuration; 3 Redis
cannot be reached.

Examples:
  imagecheck audit --since 30d --csv > changes.csv
  imagecheck audit --workload prod/deployment/web
`,
  run: async (args) => (await import('../audit.ts')).audit(args),
};
