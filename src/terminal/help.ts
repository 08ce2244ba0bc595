import { UserError } from '../errors.ts';
import { nearestNames } from '../model/text/nearest-names.ts';

const general = `imagecheck finds out why a container image isn't running in Kubernetes.

Usage: imagecheck COMMAND [ARGUMENTS] [OPTIONS]

  check KIND/NAME -n NS     diagnose a deployment, statefulset, daemonset, job, cronjob or pod
  image REF [as NS/SA]      resolve an image as a service account's pods would
  explain TEXT              what an error text means (or on standard input)
  plan REMEDY KIND/NAME     what a remedy would change, tried on the API server
  fix REMEDY KIND/NAME      the same plan, executed with your own permissions once you confirm it

  all                       Slack bot and worker in one process
  bot                       the Slack side only: no cluster permissions
  worker                    the cluster side only: no Slack tokens
  sandbox                   a simulated Slack, cluster and registries to try everything
  rbac --namespaces A,B     the worker's permissions as Roles for these namespaces, for kubectl apply
  keys                      a new pair of keys: the bot signs approvals, workers verify them
  audit                     who requested, approved and executed which change; exports and verifies it
  slack-manifest            the app manifest to create the Slack app from

  help [COMMAND]            this text, or one command's
  --version                 the version

Exit codes: 0 healthy, 1 problems found, 2 usage or configuration, 3 inconclusive.
`;

const readingOptions = `  -n, --namespace NS        namespace of the workload (of the service account)
      --kubeconfig FILE     kubeconfig instead of $KUBECONFIG or ~/.kube/config
      --context NAME        context of the kubeconfig
  -c, --cluster ID          cluster of the configuration
      --config FILE         imagecheck.yaml: registries, credentials, mirrors
      --json                the report as JSON (docs/report.schema.json)
  -w, --watch               repeat every 5 s until interrupted; prints when the answer changes
      --strict              exit 1 for warnings, too
      --save-snapshot FILE  write what was read, redacted
`;

/**
 * Every remedy as it is typed; if it is too long for the column, its meaning is on a separate line. Loaded only when
 * shown.
 */
async function remedyLines(): Promise<string> {
  const { remedies } = await import('../remedies/index.ts');
  const lines = remedies.all().flatMap(({ command }) => command?.terminal ?? []);
  const told = [...lines, ['undo ID', 'take back what a change did'] as const].map(([typed, meaning]) => {
    if (meaning === '') return `  ${typed}\n`;
    return typed.length < 45 ? `  ${typed.padEnd(46)}${meaning}\n` : `  ${typed}\n${' '.repeat(48)}${meaning}\n`;
  });
  return `Remedies:\n${told.join('')}`;
}

const planOptions = `  -n, --namespace NS        namespace of the workload
      --kubeconfig FILE     kubeconfig instead of $KUBECONFIG or ~/.kube/config
      --context NAME        context of the kubeconfig
  -c, --cluster ID          cluster of the configuration
      --config FILE         imagecheck.yaml: registries, credentials, mirrors
      --json                as JSON
`;

const topics: Readonly<Record<string, string | (() => Promise<string>)>> = {
  check: `Usage: imagecheck check KIND/NAME -n NAMESPACE [OPTIONS]
       imagecheck check NAME            (looked up; more than one match is listed)
       imagecheck check --from-snapshot FILE

${readingOptions}      --from-snapshot FILE  the report of such a file, without any network

Exit codes: 0 healthy, 1 something fails, 2 usage, configuration or no such workload, 3 nothing fails, but what could
change that is not known.

Examples:
  imagecheck check deployment/web -n prod
  imagecheck check sts/db -n data --json | jq .status
`,
  image: `Usage: imagecheck image REF [as NAMESPACE/SERVICEACCOUNT] [OPTIONS]
       imagecheck image REF --offline [--json]
       imagecheck image --jsonl < LINES

Resolves an image and says whether nodes could run it. With "as" it uses that service account's pull secrets.

${readingOptions}      --offline             only take the reference apart; exit 2 when it is none
      --jsonl               the same for lines {"id","input"} on standard input

Examples:
  imagecheck image ghcr.io/acme/web:1.2 as prod/default
  imagecheck image "$IMAGE" --offline --json
`,
  explain: `Usage: imagecheck explain TEXT [--json]
       kubectl describe pod web-0 | imagecheck explain
       imagecheck explain --jsonl < LINES

Says what a kubelet, containerd, CRI-O or registry message means. A text alone is never the whole evidence: the answer
names the probe that would confirm it.

      --json                the explanation as JSON
      --jsonl               lines {"id","message","image"?,"event_reason"?} in, lines {"id","cause","also","confidence",
                            "meaning","next"} out; exit 2 at the end when a line was something else

Example:
  imagecheck explain 'Failed to pull image "web": ... 429 Too Many Requests'
`,
  plan: async () => `Usage: imagecheck plan REMEDY KIND/NAME [WHAT] -n NAMESPACE [OPTIONS]

Shows what a remedy would change, what that costs, and the way back. The API server is asked by a dry run; nothing is
changed.

${await remedyLines()}
${planOptions}
Exit codes: 0 it can be done, 1 it should not or cannot be, 2 usage, configuration or a name that needs a choice.

Example:
  imagecheck plan set-image deployment/web web=:1.2 -n prod
`,
  fix: async () => `Usage: imagecheck fix REMEDY KIND/NAME [WHAT] -n NAMESPACE [OPTIONS]
       imagecheck fix undo ID

Shows the plan, asks, makes the plan again, and changes the cluster only when it is still the same plan; then watches
until the pods run the intended image. Everything is done with your own rights. Slack is not needed; Redis is used for
audit records when it can be reached.

${await remedyLines()}
${planOptions}      --yes                 do not ask; needs --digest, so nothing happens that was not shown
      --digest DIGEST       the digest that imagecheck plan printed at the end of the plan
      --reason TEXT         why; goes to the audit record and the Kubernetes Event
      --audit-file FILE     where audit records go, as JSON lines, when Redis cannot be reached; standard error otherwise

Exit codes: 0 done, 1 not done or not fixed, 2 usage or configuration, 3 inconclusive, 130 interrupted.

Examples:
  imagecheck fix repull deployment/web -n prod
  imagecheck fix set-image deployment/web :1.2 -n prod --yes --digest 3fa94b1c90ab@2026-11-21T12:00:00Z
`,
  bot: 'Usage: imagecheck bot [--config FILE]\n\n  The Slack side. Needs SLACK_BOT_TOKEN, SLACK_APP_TOKEN (or SLACK_SIGNING_SECRET) and REDIS_URL.\n',
  worker:
    'Usage: imagecheck worker [--config FILE] [--cluster ID]\n\n  The cluster side: answers the questions of one cluster. Needs REDIS_URL and a kubeconfig or a service account.\n',
  all: 'Usage: imagecheck all [--config FILE]\n\n  Bot and worker in one process, for small installations.\n',
  sandbox: `Usage: imagecheck sandbox [--port N] [--headless --ready-file FILE] [--kubeconfig FILE]

  A page that looks like a Slack channel, a simulated cluster, simulated ACR, ECR, GHCR and Docker Hub, and imagecheck
  itself between them. Needs REDIS_URL or a redis-server; npm run sandbox brings one.
`,
  rbac: `Usage: imagecheck rbac --namespaces A,B [OPTIONS] > rights.yaml

Prints the rights that manifests/ grants in the whole cluster as Roles of these namespaces instead. What is read by name
(service accounts, ConfigMaps, pull secrets) is limited to the names that workloads use now, which takes the right to
read them. The Roles for pull secrets and logs, and the ClusterRole for nodes and namespaces, may be left out: reports
then say what was not seen.

      --service-account NS/NAME   who gets the rights; imagecheck/imagecheck-worker when left out
      --remediation FAMILY,…      remedies as well: workload-images, pod-deletion, pull-secrets-writing (docs/rights.md)
      --kubeconfig FILE           kubeconfig instead of $KUBECONFIG or ~/.kube/config
      --context NAME              context of the kubeconfig
  -c, --cluster ID                cluster of the configuration
      --config FILE               imagecheck.yaml

Example:
  imagecheck rbac --namespaces prod,staging | kubectl apply -f -
`,
  keys: `Usage: imagecheck keys [--json]

  Makes a new pair of Ed25519 keys and prints it: the private key for the bot's Secret, the public key for the
  configuration of every worker, and how keys are changed. Nothing is written or kept.

      --json                {"variable","privateKey","publicKey"}
`,
  audit: `Usage: imagecheck audit [--since 30d] [--workload NAMESPACE/KIND/NAME] [--approval ID] [--json|--csv]
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
  'slack-manifest':
    'Usage: imagecheck slack-manifest [--config FILE] [--url https://HOST/slack/events] > manifest.json\n\n  The manifest to create the Slack app from, with the least scopes. With --url Slack calls that address (mode http).\n',
};

/** Help for the command line, or for one command. Throws a `UserError` for an unknown command. */
export async function helpText(topic: string | undefined): Promise<string> {
  if (topic === undefined) return general;
  const text = Object.hasOwn(topics, topic) ? topics[topic] : undefined;
  if (text !== undefined) return typeof text === 'string' ? text : await text();
  if (topic === 'help' || topic === 'version') return general;
  const [near] = nearestNames(topic, Object.keys(topics), 1);
  throw new UserError(`no command ${topic}.`, {
    remedy: near === undefined ? 'imagecheck help lists them.' : `Did you mean imagecheck help ${near}?`,
  });
}
