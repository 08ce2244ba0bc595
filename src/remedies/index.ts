import { addPullSecret } from './add-pull-secret.ts';
import { forceRepull } from './force-repull.ts';
import type { Remedy } from './parts/remedy.ts';
import { rollBack } from './roll-back.ts';
import { setImage } from './set-image.ts';
import { setPullPolicy } from './set-pull-policy.ts';
import { undo } from './undo.ts';

/** A remedy with any parameters; they are parsed with its own schema before anything else. */
const listed = [forceRepull, setImage, setPullPolicy, rollBack, addPullSecret, undo].map(
  (remedy) => remedy as unknown as Remedy,
);

const byId = new Map(listed.map((remedy) => [remedy.id, remedy]));

/** Every remedy, each once. A record may name an unknown one: a newer imagecheck wrote it. */
export const remedies = {
  all: (): readonly Remedy[] => [...byId.values()],
  ids: (): readonly string[] => [...byId.keys()],
  find: (id: string): Remedy | undefined => byId.get(id),
  /** Adds one for a limited time, and returns a function that removes it. Throws if that id already exists. */
  add<P>(remedy: Remedy<P>): () => void {
    if (byId.has(remedy.id)) throw new Error(`there is a remedy ${remedy.id} already`);
    byId.set(remedy.id, remedy);
    return () => void byId.delete(remedy.id);
  },
};
