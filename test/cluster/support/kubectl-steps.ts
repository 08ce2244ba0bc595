/** One command, and what is compared of its output. */
export interface Step {
  readonly what: string;
  readonly args: readonly string[];
  readonly input?: string;
  /** Lines in any order. */
  readonly unordered?: boolean;
  /** Only how it ends: what is said on the way depends on who looks faster. */
  readonly last?: boolean;
  /** Repeated until the output matches; the commands before only asked for it. */
  readonly until?: RegExp;
}

export const namespace = 'kubectl';

const image = (tag: string) => `ghcr.io/acme/web:${tag}`;

const manifest = (tag: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: applied
  labels: { app: applied }
spec:
  replicas: 1
  selector: { matchLabels: { app: applied } }
  template:
    metadata: { labels: { app: applied } }
    spec:
      containers:
        - name: app
          image: ${image(tag)}
          env:
            - { name: A, value: "1" }
            - { name: B, value: "2" }
${more}        - name: side
          image: ${image('1')}
`;

const controller = (kind: string, name: string) => `apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: app, image: "${image('1')}" }] }
`;

const failing = `apiVersion: v1
kind: Pod
metadata: { name: failing, labels: { app: failing } }
spec: { containers: [{ name: app, image: ghcr.io/acme/nothing:1 }] }
`;

/** Everything that a pull which is refused again and again brings forth. */
const settled = /Back-off pulling[^]*Error: ImagePullBackOff|Error: ImagePullBackOff[^]*Back-off pulling/;

const events = '-o=custom-columns=TYPE:.type,REASON:.reason,KIND:.involvedObject.kind,MESSAGE:.message';
const images = '-o=jsonpath={.spec.template.spec.containers[*].image}';

/** What people type; every command has to say the same to the simulated cluster and to a real one. */
export const steps: readonly Step[] = [
  { what: 'create deployment', args: ['create', 'deployment', 'web', `--image=${image('1')}`, '--replicas=2'] },
  {
    what: 'rollout status of a new one',
    args: ['rollout', 'status', 'deployment/web', '--timeout=30s'],
    last: true,
  },
  { what: 'get deployments', args: ['get', 'deployments'] },
  { what: 'get deployments wide', args: ['get', 'deploy', '-o', 'wide'] },
  { what: 'get replicasets', args: ['get', 'rs'] },
  { what: 'get pods', args: ['get', 'pods'], until: /Running[^]*Running/ },
  { what: 'get pods wide', args: ['get', 'pods', '-o', 'wide'], unordered: true },
  { what: 'get by label, as names', args: ['get', 'pods,rs,deploy', '-l', 'app=web', '-o', 'name'] },
  { what: 'describe deployment', args: ['describe', 'deployment', 'web'] },
  { what: 'wait', args: ['wait', '--for=condition=Available', 'deployment/web', '--timeout=20s'] },
  { what: 'a pod that cannot be pulled', args: ['apply', '-f', '-'], input: failing },
  { what: 'get a failing pod', args: ['get', 'pod', 'failing'], until: /ImagePullBackOff/ },
  // Events of one second are sorted by nothing else, and the next pull may begin in between.
  { what: 'describe a failing pod', args: ['describe', 'pod', 'failing'], until: settled, unordered: true },
  {
    what: 'get events',
    args: ['get', 'events', '--field-selector=involvedObject.name=failing', events],
    unordered: true,
    until: settled,
  },
  {
    what: 'events of one object',
    args: ['events', '--for=pod/failing', '--types=Warning', '--no-headers'],
    unordered: true,
    until: /Error: ImagePullBackOff/,
  },
  { what: 'delete pod', args: ['delete', 'pod', 'failing', '--grace-period=0', '--force'] },
  { what: 'apply creates', args: ['apply', '-f', '-'], input: manifest('1') },
  { what: 'apply of the same', args: ['apply', '-f', '-'], input: manifest('1') },
  { what: 'apply on the server without storing', args: ['apply', '-f', '-', '--dry-run=server'], input: manifest('2') },
  { what: 'diff', args: ['diff', '-f', '-'], input: manifest('2') },
  {
    what: 'apply changes',
    args: ['apply', '-f', '-'],
    input: manifest('2', '            - { name: C, value: "3" }\n'),
  },
  { what: 'apply keeps what others own and removes its own', args: ['apply', '-f', '-'], input: manifest('2') },
  { what: 'images after apply', args: ['get', 'deployment', 'applied', images] },
  {
    what: 'environment after apply',
    args: ['get', 'deployment', 'applied', '-o=jsonpath={.spec.template.spec.containers[0].env}'],
  },
  { what: 'replace', args: ['replace', '-f', '-'], input: manifest('1') },
  { what: 'images after replace', args: ['get', 'deployment', 'applied', images] },
  { what: 'set image', args: ['set', 'image', 'deployment/web', `web=${image('2')}`] },
  { what: 'set image of the same', args: ['set', 'image', 'deployment/web', `web=${image('2')}`] },
  {
    what: 'set image without storing',
    args: ['set', 'image', 'deployment/web', `web=${image('3')}`, '--dry-run=server'],
  },
  { what: 'rollout status', args: ['rollout', 'status', 'deployment/web', '--timeout=30s'], last: true },
  { what: 'rollout history', args: ['rollout', 'history', 'deployment/web'] },
  { what: 'rollout history of one', args: ['rollout', 'history', 'deployment/web', '--revision=1'] },
  { what: 'rollout undo', args: ['rollout', 'undo', 'deployment/web'] },
  { what: 'images after undo', args: ['get', 'deployment', 'web', images] },
  { what: 'rollout history after undo', args: ['rollout', 'history', 'deployment/web'], until: /\n3/ },
  { what: 'rollout undo to a revision', args: ['rollout', 'undo', 'deployment/web', '--to-revision=2'] },
  { what: 'rollout undo to a revision that is gone', args: ['rollout', 'undo', 'deployment/web', '--to-revision=77'] },
  { what: 'rollout restart', args: ['rollout', 'restart', 'deployment/web'] },
  {
    what: 'rollout status after restart',
    args: ['rollout', 'status', 'deployment/web', '--timeout=30s'],
    last: true,
  },
  { what: 'rollout pause', args: ['rollout', 'pause', 'deployment/web'] },
  { what: 'rollout restart of a paused one', args: ['rollout', 'restart', 'deployment/web'] },
  { what: 'rollout resume', args: ['rollout', 'resume', 'deployment/web'] },
  { what: 'scale', args: ['scale', 'deployment/web', '--replicas=1'] },
  { what: 'set resources', args: ['set', 'resources', 'deployment/web', '--limits=memory=64Mi'] },
  { what: 'set env', args: ['set', 'env', 'deployment/web', 'MODE=test'] },
  { what: 'patch', args: ['patch', 'deployment', 'web', '-p', '{"spec":{"minReadySeconds":1}}'] },
  {
    what: 'patch of the same',
    args: ['patch', 'deployment', 'web', '-p', '{"spec":{"minReadySeconds":1}}'],
    // Until the controllers have settled, a status written between kubectl's read and its patch counts as a change.
    until: /\(no change\)/,
  },
  { what: 'label', args: ['label', 'deployment/web', 'tier=front'] },
  { what: 'annotate', args: ['annotate', 'deployment/web', 'imagecheck.dev/note=yes'] },
  { what: 'a StatefulSet', args: ['apply', '-f', '-'], input: controller('StatefulSet', 'db') },
  { what: 'a DaemonSet', args: ['apply', '-f', '-'], input: controller('DaemonSet', 'agent') },
  { what: 'status of a StatefulSet', args: ['rollout', 'status', 'statefulset/db', '--timeout=30s'], last: true },
  { what: 'status of a DaemonSet', args: ['rollout', 'status', 'daemonset/agent', '--timeout=30s'], last: true },
  { what: 'set image of a StatefulSet', args: ['set', 'image', 'statefulset/db', `app=${image('2')}`] },
  { what: 'set image of a DaemonSet', args: ['set', 'image', 'daemonset/agent', `app=${image('2')}`] },
  { what: 'history of a StatefulSet', args: ['rollout', 'history', 'statefulset/db'], until: /\n2/ },
  { what: 'history of a DaemonSet', args: ['rollout', 'history', 'daemonset/agent'], until: /\n2/ },
  { what: 'undo of a StatefulSet', args: ['rollout', 'undo', 'statefulset/db'] },
  { what: 'undo of a DaemonSet', args: ['rollout', 'undo', 'daemonset/agent'] },
  { what: 'images of a StatefulSet after undo', args: ['get', 'statefulset', 'db', images] },
  { what: 'images of a DaemonSet after undo', args: ['get', 'daemonset', 'agent', images] },
  { what: 'get statefulset', args: ['get', 'statefulset'], until: /1\/1/ },
  { what: 'get daemonset', args: ['get', 'daemonset'], until: /2 +2 +2 +2 +2/ },
  { what: 'create cronjob', args: ['create', 'cronjob', 'nightly', `--image=${image('1')}`, '--schedule=0 3 * * *'] },
  { what: 'create job from a cronjob', args: ['create', 'job', 'now', '--from=cronjob/nightly'] },
  { what: 'get jobs', args: ['get', 'jobs,cronjobs'] },
  {
    what: 'create secret docker-registry',
    args: [
      'create',
      'secret',
      'docker-registry',
      'pull',
      '--docker-server=ghcr.io',
      '--docker-username=a',
      '--docker-password=b',
    ],
  },
  { what: 'get secrets', args: ['get', 'secrets'] },
  { what: 'describe secret', args: ['describe', 'secret', 'pull'] },
  { what: 'create configmap', args: ['create', 'configmap', 'settings', '--from-literal=a=1'] },
  { what: 'create of what is there', args: ['create', 'configmap', 'settings', '--from-literal=a=1'] },
  { what: 'get configmaps', args: ['get', 'configmaps'] },
  { what: 'logs', args: ['logs', 'deployment/applied', '-c', 'app', '--tail=2'], until: /line/ },
  { what: 'logs without a container', args: ['logs', 'deployment/applied', '--tail=1'] },
  { what: 'logs of a container that is not there', args: ['logs', 'deployment/applied', '-c', 'none'] },
  { what: 'logs before the last start', args: ['logs', 'deployment/applied', '-c', 'app', '--previous'] },
  { what: 'auth can-i', args: ['auth', 'can-i', 'list', 'pods'] },
  {
    what: 'auth can-i as an account',
    args: ['auth', 'can-i', 'get', 'secrets', '--as=system:serviceaccount:kubectl:default'],
  },
  { what: 'auth whoami', args: ['auth', 'whoami', '--as=ana', '-o=jsonpath={.status.userInfo.username}'] },
  { what: 'get nodes', args: ['get', 'nodes'] },
  { what: 'get what does not exist', args: ['get', 'deployment', 'nobody'] },
  { what: 'get a kind that does not exist', args: ['get', 'unicorns'] },
  {
    what: 'apply of what is not valid',
    args: ['apply', '-f', '-'],
    input: manifest('1').replace('app: applied } }\n  template', 'app: other } }\n  template'),
  },
  { what: 'get in an empty place', args: ['get', 'pods', '-n', 'default'] },
  { what: 'delete', args: ['delete', 'deployment', 'web', 'applied'] },
  { what: 'delete what does not exist', args: ['delete', 'deployment', 'web'] },
  { what: 'their pods are gone', args: ['get', 'pods', '-l', 'app in (web,applied)'], until: /No resources/ },
];
