import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { applyOperation, knownOperation, operations, unknownWords } from '../../src/operations/index.ts';
import { writerThat } from '../support/any-operation.ts';
import { memoryKeychain } from '../support/in-memory.ts';
import { scaleKind } from '../support/test-operation.ts';

const target = { kind: 'Deployment', namespace: 'shop', name: 'web', uid: 'u1' } as const;
const restart = { type: 'edit-template', target, edits: [{ field: 'restartedAt', to: 'now' }] };
const how = {
  signal: new AbortController().signal,
  dryRun: false,
  mark: { approval: 'AAAA1111', changeCause: 'x' },
  keychain: memoryKeychain(),
};

describe('the list of operations', () => {
  it('has every file, each once, under the name of its file', () => {
    const files = readdirSync(new URL('../../src/operations/', import.meta.url))
      .filter((name) => name.endsWith('.ts') && name !== 'index.ts')
      .map((name) => name.slice(0, -3));
    expect(
      operations
        .all()
        .map(({ type }) => type)
        .sort(),
    ).toEqual(files.sort());
  });

  it('takes another one for as long as it is wanted, and none twice', () => {
    const remove = operations.add(scaleKind());
    expect(knownOperation({ type: 'scale', target, to: 3 })?.kind.type).toBe('scale');
    expect(() => operations.add(scaleKind())).toThrow('already');
    remove();
    expect(knownOperation({ type: 'scale', target, to: 3 })).toBeUndefined();
  });
});

describe('reading a stored operation', () => {
  it.each<[string, { readonly type: string }, string | undefined]>([
    ['one that is known', restart, undefined],
    ['another type', { type: 'convert-image' }, 'does not know its step "convert-image"'],
    ['a field that is not known', { ...restart, slowly: true } as { type: string }, 'does not know all fields'],
    ['such a field of its target', { ...restart, target: { ...target, zone: 'a' } } as { type: string }, 'all fields'],
    ['such an edit', { ...restart, edits: [{ field: 'replicas', to: 3 }] } as { type: string }, 'all fields'],
  ])('%s', async (_, operation, words) => {
    const writer = writerThat(async () => ({ kind: 'applied', diff: '', before: '', after: '' }));
    const applied = await applyOperation(operation, { changes: writer }, how);
    if (words === undefined) {
      expect(unknownWords([operation])).toBeUndefined();
      expect(applied.kind).toBe('applied');
    } else {
      expect(unknownWords([restart, operation])).toContain(words);
      expect(applied).toEqual({ kind: 'refused', message: expect.stringContaining(words) });
    }
  });

  it('is refused where there is no way to do it', async () => {
    const remove = operations.add({ ...scaleKind(), needs: 'registry' });
    const applied = await applyOperation({ type: 'scale', target, to: 3 }, { changes: writerThat(never) }, how);
    remove();
    expect(applied).toEqual({ kind: 'refused', message: 'this worker has no way to change a registry' });
  });
});

function never(): never {
  throw new Error('nothing is changed here');
}
