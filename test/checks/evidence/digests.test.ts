import { describe, expect, it } from 'vitest';
import { compareRunning, digestOfImageId, isConfigId } from '../../../src/checks/evidence/digests.ts';
import type { RunningImage } from '../../../src/model/snapshot/snapshot.ts';
import { known, unknown } from '../../../src/model/values/fact.ts';
import { aConfig, amd64, anImage, anIndex, aProbe, arm64, as, digestOf, found } from '../../support/probes.ts';

const text = 'ghcr.io/acme/web:1';

function run(word: string, patch: Partial<RunningImage> = {}): RunningImage {
  return {
    container: 'web',
    digest: digestOf(word),
    pods: ['web-1'],
    manifest: unknown('not needed'),
    config: unknown('not needed'),
    ...patch,
  };
}

describe('what an imageID says', () => {
  const hex = digestOf('x');
  it.each([
    [`ghcr.io/acme/web@${hex}`, hex, false],
    [`docker-pullable://acme/web@${hex}`, hex, false],
    [`docker://${hex}`, hex, true],
    [hex, hex, true],
    ['', undefined, false],
    ['sha256:short', undefined, false],
  ])('%s', (imageId, digest, isConfig) => {
    expect(digestOfImageId(imageId)).toBe(digest);
    expect(isConfigId(imageId)).toBe(isConfig);
  });
});

describe('compareRunning', () => {
  const index = known(anIndex('now', [amd64, arm64]));
  const single = known(anImage('now'));
  const now = { attempts: [as('workload', found('now'))] };
  it.each([
    ['the digest of the tag', run('now'), now, [], 'same'],
    ['a platform child, as CRI-O reports it', run('now arm64'), { ...now, manifest: index }, [], 'same'],
    ['the config, as a side-loaded image reports it', run('now config'), { ...now, manifest: single }, [], 'same'],
    [
      'the same config behind a re-pushed manifest',
      run('earlier', { config: known(aConfig('now')) }),
      { ...now, manifest: single },
      [],
      'same',
    ],
    [
      'an index whose child the tag names now',
      run('earlier', { manifest: known(anIndex('now', [amd64])) }),
      { attempts: [as('workload', found('now amd64'))], manifest: known(anImage('now amd64')) },
      [],
      'same',
    ],
    ['another image', run('old'), { ...now, manifest: single }, [], 'other'],
    ['another image beside an index', run('old'), { ...now, manifest: index }, [], 'other'],
    ['an unread manifest', run('old'), now, [], { unclear: 'the tag’s manifest couldn’t be read' }],
    [
      'a config id beside an index without configs',
      run('some config'),
      { ...now, manifest: index },
      [digestOf('some config')],
      { unclear: 'the node reports only the image id, and the tag’s configs couldn’t be read' },
    ],
  ])('%s', (_, running, patch, imageIds, expected) => {
    expect(compareRunning(running, aProbe(text, ['web'], patch), imageIds)).toEqual(expected);
  });

  it('is unknown if nobody can resolve the tag', () => {
    const probe = aProbe(text, ['web'], { attempts: [] });
    expect(compareRunning(run('old'), probe, [])).toEqual({ unclear: 'not resolved' });
  });
});
