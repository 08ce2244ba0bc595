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
