import { expect, it } from 'vitest';
import type { RemedyId } from '../../../src/model/change/change.ts';
import { remedies } from '../../../src/remedies/index.ts';
import { optOutOf } from '../../../src/remedies/parts/opt-out.ts';

const ref = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;

it.each([
  [{}, 'set-image', undefined],
  [{ 'imagecheck.dev/protect': 'true' }, 'set-image', 'protected'],
  [{ 'imagecheck.dev/protect': 'True ' }, 'undo', 'protected'],
  [{ 'imagecheck.dev/protect': 'yes please' }, 'force-repull', 'protected'],
  [{ 'imagecheck.dev/protect': 'false' }, 'force-repull', undefined],
  [{ 'imagecheck.dev/allow': 'force-repull, roll-back' }, 'roll-back', undefined],
  [{ 'imagecheck.dev/allow': 'force-repull, roll-back' }, 'set-image', 'allow force-repull, roll-back only'],
  [{ 'imagecheck.dev/allow': 'force-repull' }, 'undo', undefined],
  [{ 'imagecheck.dev/allow': '' }, 'force-repull', 'allow no remedy'],
  [{ 'imagecheck.dev/allow': 'force-repull', 'imagecheck.dev/protect': 'true' }, 'force-repull', 'protected'],
  // Look-alikes.
  [{ 'example.imagecheck.dev/protect': 'true', 'imagecheck.dev/protected': 'true' }, 'set-image', undefined],
  [{ 'imagecheck.dev/allow': 'force-repulls' }, 'force-repull', 'allow no remedy'],
] as const)('%j and %s', (annotations, remedy: RemedyId, expected) => {
  const why = optOutOf({ ref, annotations }, remedy, remedies.ids());
  if (expected === undefined) expect(why).toBeUndefined();
  else expect(why).toContain(expected);
});
