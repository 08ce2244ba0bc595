import type { RemedyId } from '../model/change/change.ts';
import { addPullSecret } from './add-pull-secret.ts';
import { forceRepull } from './force-repull.ts';
import type { Remedy } from './parts/remedy.ts';
import { rollBack } from './roll-back.ts';
import { setImage } from './set-image.ts';
import { setPullPolicy } from './set-pull-policy.ts';
import { undo } from './undo.ts';

/** A remedy whatever its parameters are; they are parsed with its own schema before anything else. */
const listed = [forceRepull, setImage, setPullPolicy, rollBack, addPullSecret, undo] as const;

/** Every remedy, each once. */
export const remedies: readonly Remedy[] = listed.map((remedy) => remedy as unknown as Remedy);

const byId = new Map<RemedyId, Remedy>(remedies.map((remedy) => [remedy.id, remedy]));

/** The remedy of that id. */
export function remedyOf(id: RemedyId): Remedy {
  const remedy = byId.get(id);
  if (remedy === undefined) throw new Error(`no remedy ${id}`);
  return remedy;
}
