import { remedies } from '../../src/remedies/index.ts';
import type { Remedy } from '../../src/remedies/parts/remedy.ts';

/** The remedy of that id. Throws when there is none. */
export function remedyOf(id: string): Remedy {
  const remedy = remedies.find(id);
  if (remedy === undefined) throw new Error(`there is no remedy ${id}`);
  return remedy;
}
