import { redact } from '../text/redact.ts';
import { mapFact } from '../values/fact.ts';
import { mapStrings } from '../values/map-strings.ts';
import type { PodTemplate } from '../workload/workload.ts';
import type { ImageProbe, Neighbour, RunningImage, Snapshot } from './snapshot.ts';

const mark = '[redacted]';

/** Variables whose whole value is hidden, whatever it looks like; the exceptions name or locate a secret, and are none. */
const secretName = /pass(?:word|wd|phrase)?|secret|token|credential|private|api_?key|access_?key|auth(?!or)/i;
const harmlessName = /_(?:NAME|FILE|PATH|DIR|REF|URL|URI|HOST|REALM|ENDPOINT|TYPE|ENABLED|REGISTRY|REPOSITORY)$/i;

/** Names and times that Kubernetes and registries make up: there are very many of them, and none holds a secret. */
const identifiers = new Set([
  'name',
  'uid',
  'kind',
  'namespace',
  'node',
  'revision',
  'digest',
  'configDigest',
  'imageId',
  'phase',
  'type',
  'status',
  'reason',
  'at',
  'createdAt',
  'deletedAt',
  'firstAt',
  'lastAt',
  'finishedAt',
  'runningSince',
  'takenAt',
  'pods',
]);

/** Annotations longer than this are other programs' data: `last-applied-configuration` repeats every variable. */
const longestAnnotation = 256;

/**
 * The snapshot without what its owner would not want to post or mail: values of secret-looking variables, tokens and
 * passwords in messages, long annotations. Everything that checks compare stays, and applying it twice changes nothing.
 * Reports are made from snapshots that went through this, so a saved one gives the same report again.
 */
export function redactSnapshot(snapshot: Snapshot): Snapshot {
  const kept = new Map<string, string>();
  const clean = (text: string): string => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const cleaned = redact(text);
    kept.set(text, cleaned);
    return cleaned;
  };
  const hidden = hideValues(snapshot);
  return mapStrings(hidden, (text, key) => (key !== undefined && identifiers.has(key) ? text : clean(text)));
}

type Env = Snapshot['environment'][string];
type WithEnv = { readonly env: Env };

function hideValues(snapshot: Snapshot): Snapshot {
  const { workload } = snapshot;
  return {
    ...snapshot,
    template: hideTemplate(snapshot.template),
    workload: {
      ...workload,
      template: hideTemplate(workload.template),
      annotations: shortOnly(workload.annotations),
    },
    serviceAccount: mapFact(snapshot.serviceAccount, (account) => ({
      ...account,
      annotations: shortOnly(account.annotations),
    })),
    environment: mapEntries(snapshot.environment, (entries) => entries.map(hideEntry)),
    neighbours: mapFact(snapshot.neighbours, (all) => all.map(hideNeighbour)),
    images: snapshot.images.map(hideProbe),
    running: snapshot.running.map(hideRunning),
  };
}

function hideTemplate(template: PodTemplate): PodTemplate {
  return { ...template, containers: template.containers.map(hideEnv) };
}

function hideNeighbour(neighbour: Neighbour): Neighbour {
  return { ...neighbour, containers: neighbour.containers.map(hideEnv) };
}

function hideProbe(probe: ImageProbe): ImageProbe {
  return { ...probe, configs: mapFact(probe.configs, (configs) => configs.map(hideLines)) };
}

function hideRunning(running: RunningImage): RunningImage {
  return { ...running, config: mapFact(running.config, hideLines) };
}

function hideEnv<C extends WithEnv>(container: C): C {
  return { ...container, env: container.env.map(hideEntry) };
}

function hideEntry(entry: Env[number]): Env[number] {
  return entry.value === undefined || !isSecretName(entry.name) ? entry : { ...entry, value: mark };
}

/** `NAME=value` lines of an image's config. */
function hideLines<C extends { readonly env: readonly string[] }>(config: C): C {
  const env = config.env.map((line) => {
    const [name = ''] = line.split('=', 1);
    return line.includes('=') && isSecretName(name) ? `${name}=${mark}` : line;
  });
  return { ...config, env };
}

function isSecretName(name: string): boolean {
  return secretName.test(name) && !harmlessName.test(name);
}

function shortOnly(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return mapEntries(annotations, (value) => (value.length > longestAnnotation ? mark : value));
}

function mapEntries<T>(record: Readonly<Record<string, T>>, change: (value: T) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
