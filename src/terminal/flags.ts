import type { Flag } from './command.ts';

type Flags = Readonly<Record<string, Flag>>;

/** Flags of commands that read one workload or image. `readingOptions` is their part of the help. */
export const readingFlags = {
  namespace: { type: 'string', short: 'n' },
  cluster: { type: 'string', short: 'c' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  config: { type: 'string' },
  json: { type: 'boolean' },
  watch: { type: 'boolean', short: 'w' },
  strict: { type: 'boolean' },
  'save-snapshot': { type: 'string' },
} as const satisfies Flags;

export const readingOptions = `  -n, --namespace NS        namespace of the workload (of the service account)
      --kubeconfig FILE     kubeconfig instead of $KUBECONFIG or ~/.kube/config
      --context NAME        context of the kubeconfig
  -c, --cluster ID          cluster of the configuration
      --config FILE         imagecheck.yaml: registries, credentials, mirrors
      --json                the report as JSON (docs/report.schema.json)
  -w, --watch               repeat every 5 s until interrupted; prints when the answer changes
      --strict              exit 1 for warnings, too
      --save-snapshot FILE  write what was read, redacted
`;

/** `--wait`, of commands that can follow what they look at. */
export const waitFlag = { wait: { type: 'string', alone: '10m' } } as const satisfies Flags;

/** Flags of commands that plan a change. `planningOptions` is their part of the help. */
export const planningFlags = {
  namespace: { type: 'string', short: 'n' },
  cluster: { type: 'string', short: 'c' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  config: { type: 'string' },
  json: { type: 'boolean' },
} as const satisfies Flags;

export const planningOptions = `  -n, --namespace NS        namespace of the workload
      --kubeconfig FILE     kubeconfig instead of $KUBECONFIG or ~/.kube/config
      --context NAME        context of the kubeconfig
  -c, --cluster ID          cluster of the configuration
      --config FILE         imagecheck.yaml: registries, credentials, mirrors
      --json                as JSON
`;
