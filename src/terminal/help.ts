const general = `imagecheck finds out why a container image does not run as it should in Kubernetes.

Usage: imagecheck COMMAND [ARGUMENTS] [OPTIONS]

  check KIND/NAME -n NS     diagnose a deployment, statefulset, daemonset, job, cronjob or pod
  image REF [as NS/SA]      resolve an image as a service account's pods would
  explain TEXT              what an error text means (or on standard input)

  all                       Slack bot and worker in one process
  bot                       the Slack side only: no cluster rights
  worker                    the cluster side only: no Slack tokens
  sandbox                   a pretend Slack, cluster and registries to try it all
  slack-manifest            the app manifest to create the Slack app from

  help [COMMAND]            this text, or one command's
  --version                 the version

Exit codes: 0 healthy, 1 problems found, 2 usage or configuration, 3 could not tell.
`;

const topics: Readonly<Record<string, string>> = {
  check: `Usage: imagecheck check KIND/NAME -n NAMESPACE [OPTIONS]
       imagecheck check NAME            (looked up; more than one match is listed)

  -n, --namespace NS        namespace of the workload
      --kubeconfig FILE     kubeconfig instead of $KUBECONFIG or ~/.kube/config
      --context NAME        context of the kubeconfig
  -c, --cluster ID          cluster of the configuration
      --config FILE         imagecheck.yaml: registries, credentials, mirrors
      --json                the report as JSON (docs/report.schema.json)
  -w, --watch               again every 5 s until interrupted
      --strict              exit 1 for warnings, too
      --save-snapshot FILE  write what was read, redacted
      --from-snapshot FILE  diagnose from such a file, without any network

Examples:
  imagecheck check deployment/web -n prod
  imagecheck check sts/db -n data --json | jq .status
`,
  image: `Usage: imagecheck image REF [as NAMESPACE/SERVICEACCOUNT] [OPTIONS]

  Resolves an image and says whether nodes could run it. With "as" it uses that service account's pull secrets.
  Options: --kubeconfig, --context, -c, --config, --json, --strict as for check.
`,
  explain: `Usage: imagecheck explain TEXT
       kubectl describe pod web-0 | imagecheck explain

  Says what a kubelet, containerd, CRI-O or registry message means. A text alone is never certain: it names the probe
  that would confirm it. Option: --json.
`,
  bot: 'Usage: imagecheck bot [--config FILE]\n\n  The Slack side. Needs SLACK_BOT_TOKEN, SLACK_APP_TOKEN (or SLACK_SIGNING_SECRET) and REDIS_URL.\n',
  worker:
    'Usage: imagecheck worker [--config FILE] [-c CLUSTER]\n\n  The cluster side: answers the questions of one cluster. Needs REDIS_URL and a kubeconfig or a service account.\n',
  all: 'Usage: imagecheck all [--config FILE]\n\n  Bot and worker in one process, for small installations.\n',
  sandbox: `Usage: imagecheck sandbox [--port N] [--headless --ready-file FILE] [--kubeconfig FILE]

  A page that looks like a Slack channel, a simulated cluster, simulated ACR, ECR, GHCR and Docker Hub, and imagecheck
  itself between them. Needs REDIS_URL or a redis-server; npm run sandbox brings one.
`,
  'slack-manifest':
    'Usage: imagecheck slack-manifest [--config FILE] > manifest.json\n\n  The manifest to create the Slack app from, with the least scopes.\n',
};

/** Help for the command line, or for one command of it. */
export function helpText(topic: string | undefined): string {
  return (topic === undefined ? undefined : topics[topic]) ?? general;
}
