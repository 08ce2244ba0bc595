import { imageOf } from '../model/image/tags.ts';
import { registryIn } from '../model/snapshot/readable.ts';
import type { Snapshot } from '../model/snapshot/snapshot.ts';
import { cut } from '../model/text/words.ts';
import type { Container, EnvEntry } from '../model/workload/workload.ts';
import { type Draft, defineCheck, type Note } from './evidence/check.ts';
import { valueAt } from './evidence/lookup.ts';
import { perSnapshot, probeOf } from './evidence/per-snapshot.ts';
import { rulePull } from './evidence/pull.ts';
import { imageName } from './evidence/pull-draft.ts';
import { troubledContainers } from './evidence/seen.ts';

/** Rulings that a wrong host or owner explains. */
const explained = new Set([
  'image-missing',
  'access-denied',
  'registry-unreachable',
  'not-a-registry',
  'pull-secret-missing',
]);

/**
 * A REGISTRY variable of the container names a different registry from its image. Many programs fetch from elsewhere on
 * purpose, so it is a warning only if the container is in trouble.
 */
export const registryEnvMismatch = defineCheck({
  id: 'registry-env-mismatch',
  *run(snapshot) {
    const troubled = troubledContainers(snapshot);
    for (const container of snapshot.template.containers) {
      const image = imageOf(container.image);
      if (image === undefined || container.type === 'ephemeral' || container.type === 'volume') continue;
      for (const entry of variablesOf(snapshot, container)) {
        const host = registryIn(entry.name, entry.value ?? '');
        if (host === undefined || host === image.registry) continue;
        yield conclude(snapshot, container, entry, host, troubled);
      }
    }
  },
});

function variablesOf({ environment }: Snapshot, container: Container): readonly EnvEntry[] {
  return (valueAt(environment, container.name) ?? container.env).filter(({ from }) => from !== 'image');
}

const knownPlaces = perSnapshot(({ knownRepositories }) => {
  const images = knownRepositories.flatMap((text) => imageOf(text) ?? []);
  return new Set(images.map(({ registry, repository }) => `${registry}/${repository}`));
});

function conclude(
  snapshot: Snapshot,
  container: Container,
  entry: EnvEntry,
  host: string,
  troubled: ReadonlySet<string>,
): Draft | Note {
  const image = imageOf(container.image);
  const probe = probeOf(snapshot, container.image);
  const ruling = probe === undefined ? undefined : rulePull(snapshot, probe);
  const pullFails = ruling !== undefined && ruling.status !== 'pass' && explained.has(ruling.owner);
  const registry = image?.registry ?? '';
  if (!pullFails && !troubled.has(container.name)) {
    return {
      note: `Container ${container.name}: ${entry.name} is ${cut(host, 80)}, its image comes from ${cut(registry, 80)}.`,
    };
  }
  const elsewhere = knownPlaces(snapshot).has(`${host}/${image?.repository}`);
  return {
    status: 'warn',
    cause: 'registry_env_mismatch',
    confidence: pullFails && elsewhere ? 'likely' : 'possible',
    title: `Container ${container.name}: ${entry.name} is ${cut(host, 80)}, but the image is from ${cut(registry, 80)}`,
    containers: [container.name],
    images: [container.image],
    evidence: [
      {
        source: 'environment',
        subject: `container ${container.name}`,
        observed: `${entry.name}=${cut(entry.value ?? '', 160)} (${entry.from})`,
      },
      { source: 'spec', subject: `container ${container.name}`, observed: `image: ${container.image}` },
      ...(elsewhere && probe !== undefined
        ? [
            {
              source: 'spec' as const,
              subject: 'other workloads',
              observed: `use ${cut(imageName(probe).replace(registry, host), 160)}`,
            },
          ]
        : []),
    ],
    next: 'If the program is meant to use one registry, make the image and the variable agree; a template may have filled in two different values.',
    prevent: { sentence: 'Set the registry in one place (chart value or kustomize images) and derive both from it.' },
  };
}
