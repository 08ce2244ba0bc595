// Loaded before a role of the product, which then is one release newer: it knows a remedy and a kind of step that the
// release of this checkout does not know, and writes both into records of the same version.
import { z } from 'zod';
import { operations } from '../../src/operations/index.ts';
import { remedies } from '../../src/remedies/index.ts';
import { nothingMore, type Remedy } from '../../src/remedies/parts/remedy.ts';
import { isSameWish, mergeEqual } from '../../src/remedies/parts/wish.ts';
import { scaleKind } from '../support/test-operation.ts';

const Params = z.strictObject({ to: z.number().int() });

const scale: Remedy<z.infer<typeof Params>> = {
  id: 'scale',
  version: 1,
  title: 'Scale',
  doing: 'scale',
  params: Params,
  form: undefined,
  merge: mergeEqual,
  settled: (params) => params,
  isSameWish,
  command: {
    word: 'scale',
    example: 'NAME 3',
    help: {
      usage: 'scale KIND/NAME COUNT',
      summary: 'Sets the number of pods.',
      examples: ['scale deployment/web 3 -n prod'],
      overview: [['scale deployment/web 3', 'another number of pods']],
    },
    terminal: [['scale KIND/NAME COUNT', 'set the number of pods']],
    read: ({ words: [count = '2'] }) => ({ params: { to: Number(count) } }),
    format: ({ to }) => [String(to)],
  },
  needs: () => nothingMore,
  plan: ({ to }, { snapshot: { workload } }) => ({
    kind: 'planned',
    operations: [{ type: 'scale', target: { ...workload.ref, uid: workload.uid }, to }],
    expects: [],
    risk: 'medium',
    changes: [`${workload.ref.name} to ${to} pods`],
    effects: [],
    warnings: [],
    provenance: [],
    kubectl: [],
    undo: { cannot: ['scaling is not undone'], operations: [], expects: [] },
  }),
};

operations.add(scaleKind());
remedies.add(scale);
