/** One topic of the help, for whoever draws it; every example is a command that parses. */
export interface HelpTopic {
  readonly topic: string;
  readonly usage: string;
  readonly summary: string;
  readonly examples: readonly string[];
}

/** What can be asked, in the order to show it. */
export const helpTopics: readonly HelpTopic[] = [
  {
    topic: 'check',
    usage: '<kind> [namespace/]name [-n namespace] [-c cluster] [--dm]',
    summary:
      'Finds out why the images of a workload do not run as they should. Kinds: deployment, statefulset, daemonset, job, cronjob, pod and their short forms; without a kind the name is looked up; without a name there is a picker.',
    examples: ['deployment web -n prod', 'sts/db -n prod -c dev-eu', 'prod/web', 'deployment'],
  },
  {
    topic: 'image',
    usage: 'image REF [as namespace/serviceaccount] [-c cluster] [--dm]',
    summary: 'Asks the registry for an image: as nobody and as the bot, or with the pull secrets of a service account.',
    examples: ['image ghcr.io/acme/web:1.2', 'image ghcr.io/acme/web:1.2 as prod/default'],
  },
  {
    topic: 'explain',
    usage: 'explain TEXT',
    summary: 'Says what an error message means and what to do. Asks neither a cluster nor a registry.',
    examples: ['explain Failed to pull image "redis:alpin": docker.io/library/redis:alpin: not found'],
  },
  {
    topic: 'repull',
    usage: 'repull KIND/NAME [only CONTAINER…] [-n namespace] [-c cluster]',
    summary:
      'Has the pods pull their images again: shows the plan; it happens when somebody who may has approved it. The same for every command that changes something.',
    examples: ['repull deployment/web -n prod', 'repull web only sidecar'],
  },
  {
    topic: 'set-image',
    usage: 'set-image KIND/NAME [container=]REF|:tag|sha256:… [policy POLICY]',
    summary: 'Sets another tag, repository or digest; several with their containers. Without an image there is a form.',
    examples: [
      'set-image deployment/web :1.2 -n prod',
      'set-image deployment/web web=ghcr.io/acme/web:1.2 sidecar=:3',
      'set-image web',
    ],
  },
  {
    topic: 'pull-policy',
    usage: 'pull-policy KIND/NAME Always|IfNotPresent|Never [CONTAINER…]',
    summary: 'Sets when nodes pull the image: of all containers, or of those that are named.',
    examples: ['pull-policy deployment/web Always -n prod'],
  },
  {
    topic: 'roll-back',
    usage: 'roll-back KIND/NAME [to REVISION]',
    summary: 'Goes back to the images, pull policies and pull secrets of the revision before, or of the one named.',
    examples: ['roll-back deployment/web -n prod', 'roll-back deployment/web to 4'],
  },
  {
    topic: 'add-pull-secret',
    usage: 'add-pull-secret KIND/NAME REGISTRY [secret NAME] [on template|service-account [NAME]]',
    summary:
      "Gives the workload a registry's configured credential as a pull secret. Without a registry there is a form.",
    examples: ['add-pull-secret deployment/web ghcr.io -n prod', 'add-pull-secret web docker.io on template'],
  },
  {
    topic: 'undo',
    usage: 'undo ID',
    summary:
      'Takes back a change, by the id that its plan and its result show. It is planned and approved like any other.',
    examples: ['undo 7F3K2QXD'],
  },
  {
    topic: 'approvals',
    usage: 'approvals [-c cluster]',
    summary: 'Lists the plans that wait for a decision.',
    examples: ['approvals'],
  },
  {
    topic: 'history',
    usage: 'history [KIND/NAME] [-n namespace] [-c cluster]',
    summary: 'Lists what was changed, by whom and with what result: of one workload, or everywhere.',
    examples: ['history deployment/web -n prod', 'history'],
  },
  {
    topic: 'use',
    usage: 'use [-c cluster] [-n namespace]',
    summary: "Sets this channel's default cluster and namespace; without options it shows them.",
    examples: ['use -c dev-eu -n prod', 'use'],
  },
  {
    topic: 'help',
    usage: 'help [topic]',
    summary: 'Shows this, or one topic of it.',
    examples: ['help', 'help image'],
  },
];
