import type { TerminalCommand } from '../../terminal/command.ts';

/** `imagecheck rbac` */
export const terminalRbac: TerminalCommand = {
  name: 'rbac',
  section: 'processes',
  overview: ['rbac --namespaces A,B', "the worker's permissions as Roles for these namespaces, for kubectl apply"],
  flags: {
    namespaces: { type: 'string' },
    'service-account': { type: 'string' },
    remediation: { type: 'string' },
    kubeconfig: { type: 'string' },
    context: { type: 'string' },
    cluster: { type: 'string', short: 'c' },
    config: { type: 'string' },
  },
  help: `Usage: imagecheck rbac --namespaces A,B [OPTIONS] > rights.yaml

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
  run: async (args) => (await import('../rbac.ts')).rbac(args),
};
