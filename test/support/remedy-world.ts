import type { RemedyId } from '../../src/model/change/change.ts';
import type { Rollout } from '../../src/model/change/rollout.ts';
import { type Fact, known, unknown } from '../../src/model/values/fact.ts';
import type { Identity, ImageFacts, Planned, Refusal, RemedyWorld } from '../../src/remedies/parts/remedy.ts';
import { typed } from './any-operation.ts';
import { amd64, digestOf } from './probes.ts';
import { remedyOf } from './remedies.ts';
import { aRollout } from './rollout.ts';
import { aSnapshot, now, type Story } from './snapshot.ts';

/** Facts of an image whose digest is that of the word. */
export function imageFacts(word: string, patch: Partial<ImageFacts> = {}): Fact<ImageFacts> {
  const digest = digestOf(word);
  return known({
    reference: word,
    digest,
    digests: [digest],
    platforms: [amd64],
    referrers: known([]),
    streaming: false,
    ...patch,
  });
}

export function anIdentity(patch: Partial<Identity> = {}): Identity {
  return {
    uid: 'uid-secret',
    type: 'kubernetes.io/dockerconfigjson',
    owners: [],
    annotations: {},
    managers: [],
    ...patch,
  };
}

/** How a world differs; images by reference, where a word stands for the facts of that word. */
export interface WorldStory extends Partial<Omit<RemedyWorld, 'snapshot' | 'images' | 'rollout'>> {
  readonly story?: Story;
  readonly images?: Readonly<Record<string, string | Fact<ImageFacts>>>;
  readonly rollout?: Partial<Rollout> | RemedyWorld['rollout'];
}

/** A world around a healthy Deployment in which every image of the template is what its pods run. */
export function aWorld({ story, images = {}, rollout = {}, ...patch }: WorldStory = {}): RemedyWorld {
  const snapshot = aSnapshot(story);
  const own = snapshot.template.containers.map(({ image }) => [image, imageFacts(image)] as const);
  const given = Object.entries(images).map(
    ([text, facts]) => [text, typeof facts === 'string' ? imageFacts(facts) : facts] as const,
  );
  return {
    snapshot,
    rollout: 'kind' in rollout ? rollout : { kind: 'found', value: aRollout(rollout) },
    budgets: known([]),
    images: new Map([...own, ...given]),
    absentImages: new Set(),
    secrets: new Map(),
    serviceAccount: { kind: 'found', value: anIdentity({ uid: 'uid-account' }) },
    earlierTemplates: unknown('not needed'),
    credentials: [],
    trustedOwners: [],
    at: now,
    ...patch,
  };
}

/** An image that the registry does not have. */
export function absent(text: string): Pick<WorldStory, 'images' | 'absentImages'> {
  return { images: { [text]: unknown('404 manifest unknown') }, absentImages: new Set([text]) };
}

/** Parses parameters from people and proposals with the remedy of that id. */
export function planOf(id: RemedyId, params: unknown, world: RemedyWorld): Planned | Refusal {
  const remedy = remedyOf(id);
  return remedy.plan(remedy.params.parse(params), world);
}

/** The plan, or a failed test that says why it was refused. */
export function planned(id: RemedyId, params: unknown, world: RemedyWorld): Planned {
  const plan = planOf(id, params, world);
  if (plan.kind === 'refused') throw new Error(`refused: ${plan.why}`);
  return plan;
}

/** Operations, one line each: `edit image main/web a → b`. */
export function operationTexts({ operations }: Pick<Planned, 'operations'>): readonly string[] {
  return operations.map(typed).flatMap((operation) => {
    switch (operation.type) {
      case 'edit-template':
        return operation.edits.map((edit) => {
          if (edit.field === 'imagePullSecrets') return `edit ${edit.change} pull secret ${edit.name}`;
          if (edit.field === 'restartedAt') return `edit restartedAt ${edit.to}`;
          return `edit ${edit.field} ${edit.container.type}/${edit.container.name} ${edit.from} → ${edit.to}`;
        });
      case 'delete-pods':
        return [
          operation.onlyNotReady === true ? 'delete pods not Ready' : `delete pods before ${operation.createdBefore}`,
        ];
      case 'edit-service-account':
        return [`account ${operation.target.name} ${operation.change} ${operation.pullSecret}`];
      case 'write-pull-secret':
        return [`write ${operation.name} ${operation.key} from ${operation.registry} over ${operation.uid}`];
      case 'restore-pull-secret':
        return [`restore ${operation.name} of ${operation.approval}`];
      default:
        return operation satisfies never;
    }
  });
}
