import type { Evidence } from '../model/finding/finding.ts';
import { formatPlatform, type Platform } from '../model/image/outcome.ts';
import { canRun } from '../model/image/platform-fit.ts';
import type { ImageProbe, Node, Snapshot } from '../model/snapshot/snapshot.ts';
import { distinct, listed } from '../model/text/words.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { type Crash, crashEvidence, crashesOf, saysExecFormat } from './evidence/crashes.ts';
import { digestsOf } from './evidence/digests.ts';
import { logLinesIn } from './evidence/log-lines.ts';
import { probeOf, runsIn } from './evidence/per-snapshot.ts';
import { pullGroups } from './evidence/pull.ts';
import { groupText, imageName, pullDraft, waitingText } from './evidence/pull-draft.ts';
import { isRewritten } from './evidence/rewritten.ts';
import { isImageQuestion, livePods, useOf } from './evidence/seen.ts';
import { isIndex, offeredPlatforms, targetNodes, unfitNodes } from './evidence/targets.ts';

/**
 * The image does not match the nodes' platform. If an index lacks the node's platform, the pull is refused; a
 * single-platform image for another platform is pulled and then fails at its start with "exec format error"
 * (docs/facts/registries.md#manifests).
 */
export const platformMismatch = defineCheck({
  id: 'platform-mismatch',
  *run(snapshot) {
    for (const group of pullGroups(snapshot, 'platform-mismatch')) {
      const nodes = group.rulings.flatMap(({ use }) =>
        targetNodes(
          snapshot,
          use.seen.map(({ pod }) => pod),
        ),
      );
      const offered = group.rulings.flatMap(({ probe }) => offeredPlatforms(probe));
      yield pullDraft(group, {
        title: `${groupText(group)} has no image for ${platformsOf(nodes) || 'the platform of the node'}`,
        conclusion: [offered.length === 0 ? '' : `It offers ${platformList(offered)}.`, waitingText(group)]
          .filter(Boolean)
          .join(' '),
        ...advice(snapshot, nodes),
        extraEvidence: nodeEvidence(nodes),
      });
    }
    for (const crash of crashesOf(snapshot)) yield* atStart(snapshot, crash);
    for (const probe of snapshot.images) yield* ahead(snapshot, probe);
  },
});

/** A container that crashes at its start, with evidence that the binary is for another platform. */
function* atStart(snapshot: Snapshot, crash: Crash): Iterable<Draft> {
  const images = distinct(crash.seen.map(({ state }) => state.image));
  const probe = images.map((text) => probeOf(snapshot, text)).find((found) => found !== undefined);
  const nodes = targetNodes(
    snapshot,
    crash.seen.map(({ pod }) => pod),
  );
  const ran = platformsThatRan(snapshot, crash.container, probe);
  const lines = logLinesIn(snapshot, crash.container).filter(({ owner }) => owner === 'platform-mismatch');
  const said = saysExecFormat(
    crash,
    lines.map(({ evidence }) => evidence.observed),
  );
  const fits = ran.length === 0 || nodes.length === 0 ? undefined : nodes.every((node) => fitsAny(node, ran));
  // On the right platform the same message means a script without "#!", which is the program's own fault.
  if (fits === true || (!said && (fits === undefined || crash.end?.exitCode === 0))) return;
  const where = platformsOf(nodes);
  yield {
    status: crash.when === 'now' ? 'fail' : 'warn',
    cause: said ? 'exec_format' : 'platform_mismatch',
    confidence: said && fits === false ? 'certain' : 'likely',
    title:
      fits === false
        ? `Container ${crash.container} is built for ${platformList(ran)}, but its nodes are ${where}`
        : `Container ${crash.container} cannot start: exec format error`,
    containers: [crash.container],
    images: [...images],
    evidence: [
      ...lines.slice(0, 2).map(({ evidence }) => evidence),
      ...crashEvidence(crash),
      ...(fits === false && probe !== undefined
        ? [{ source: 'registry' as const, subject: imageName(probe), observed: `built for ${platformList(ran)}` }]
        : []),
      ...nodeEvidence(nodes),
    ],
    conclusion:
      fits === false
        ? 'The pull succeeded because this is a single-platform image, but the node can’t run its binary.'
        : 'Most often the image is for another architecture; a start script without "#!" in its first line causes the same error.',
    ...advice(snapshot, nodes),
  };
}

/**
 * The platform that the pods really run, from the config of the running digest, otherwise from the reference if it is
 * what runs. From an index the runtime takes the entry for its platform, so only the configs behind it can show another
 * one.
 */
function platformsThatRan(snapshot: Snapshot, container: string, probe: ImageProbe | undefined): readonly Platform[] {
  const running = runsIn(snapshot, container);
  const own = running.flatMap(({ config, manifest }) =>
    config.known && !(manifest.known && manifest.value.body.kind === 'index') ? [config.value.platform] : [],
  );
  if (own.length > 0) return own;
  if (probe === undefined || running.some(({ digest }) => isOtherImage(digest, probe))) return [];
  const inside = probe.configs.known ? probe.configs.value.map(({ platform }) => platform) : [];
  return inside.length > 0 ? inside : offeredPlatforms(probe);
}

/** Whether the running image differs from the one that the reference currently names, as far as that is known. */
function isOtherImage(running: string, probe: ImageProbe): boolean {
  return probe.digest.known && !digestsOf(probe).has(running);
}

/** Nodes that pods are on or may be scheduled on, and that the image does not fit: known before anything fails. */
function* ahead(snapshot: Snapshot, probe: ImageProbe): Iterable<Draft> {
  const { use, seen } = useOf(snapshot, probe);
  if (use === 'failing' || (use === 'runs' && !isIndex(probe)) || isRewritten(snapshot, probe)) return;
  const { nodes: known } = snapshot;
  if (!known.known && use !== 'runs' && offeredPlatforms(probe).length > 0) yield notCompared(probe, known);
  const nodes = targetNodes(snapshot, []);
  const unfit = unfitNodes(probe, nodes);
  if (unfit.length === 0) return;
  const used = new Set(seen.map(({ pod }) => pod.node));
  if (unfit.some(({ name }) => used.has(name))) return;
  const everywhere = unfit.length === nodes.length;
  // A person who asks about an image wants to know whether it runs here at all, not whether it runs everywhere.
  yield {
    status: everywhere && isImageQuestion(snapshot) ? 'fail' : 'warn',
    cause: 'platform_mismatch',
    confidence: everywhere ? 'certain' : 'likely',
    title: `${imageName(probe)} can’t run on ${unfit.length} of the ${nodes.length} nodes its pods can be scheduled on (${platformsOf(unfit)})`,
    containers: [...probe.containers],
    images: [probe.text],
    evidence: [
      {
        source: 'registry',
        subject: imageName(probe),
        observed: `${isIndex(probe) ? 'index with' : 'single image for'} ${platformList(offeredPlatforms(probe))}`,
      },
      ...nodeEvidence(unfit),
    ],
    ...advice(snapshot, unfit),
  };
}

function notCompared(probe: ImageProbe, nodes: Extract<Snapshot['nodes'], { known: false }>): Draft {
  const { why, missingRight } = nodes;
  return {
    status: 'unknown',
    cause: 'platform_mismatch',
    confidence: 'possible',
    title: `Couldn’t check whether ${imageName(probe)} (${platformList(offeredPlatforms(probe))}) fits the nodes`,
    containers: probe.containers,
    images: [probe.text],
    evidence: [
      {
        source: 'node',
        subject: 'nodes',
        observed: `not readable: ${missingRight === undefined ? why : `no right to ${missingRight}`}`,
      },
    ],
    next: 'Let imagecheck list nodes so it can compare their platforms with the image.',
  };
}

function fitsAny(node: Node, platforms: readonly Platform[]): boolean {
  return platforms.some((platform) => canRun(node.platform, platform));
}

function nodeEvidence(nodes: readonly Node[]): readonly Evidence[] {
  return distinct(nodes)
    .slice(0, 3)
    .map(({ name, platform }) => ({ source: 'node', subject: `node/${name}`, observed: formatPlatform(platform) }));
}

function platformList(platforms: readonly Platform[]): string {
  return listed(distinct(platforms.map(formatPlatform)), 4);
}

function platformsOf(nodes: readonly Node[]): string {
  return platformList(nodes.map(({ platform }) => platform));
}

/**
 * The nodes that the image does not fit, and all nodes that its pods use: a rebuild must keep the platforms that work.
 */
function advice(snapshot: Snapshot, unfit: readonly Node[]): Pick<Draft, 'next' | 'prevent'> {
  const used = targetNodes(snapshot, livePods(snapshot));
  const wanted = distinct([...used, ...unfit].map(({ platform: { os, architecture } }) => `${os}/${architecture}`));
  const target = wanted.length === 0 ? 'the nodes’ platform' : wanted.join(',');
  const habit = wanted.includes('linux/arm64') ? '' : ' (builds on Apple silicon are linux/arm64 by default)';
  return {
    next: `Rebuild and push for ${target}${habit}, or place the pods with a node selector on nodes that fit.`,
    prevent: {
      sentence: 'Build one index for every platform of the cluster.',
      snippet: `docker buildx build --platform ${wanted.length === 0 ? 'linux/amd64,linux/arm64' : target} -t IMAGE --push .`,
    },
  };
}
