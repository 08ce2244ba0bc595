import { describe, expect, it } from 'vitest';
import { invalidReference } from '../../src/checks/invalid-reference.ts';
import { concluded } from '../support/checks.ts';
import { aContainer, aSnapshot, waiting } from '../support/snapshot.ts';

const image = 'shop.registry.test/acme/web:1';

describe('invalid-reference', () => {
  it.each([
    ['upper case', 'registry.test/Acme/web:1', ['fail invalid_image_name certain']],
    ['an unfilled variable', '${REGISTRY}/web:1', ['fail invalid_image_name certain']],
    ['a doubled colon', 'registry.test/web::1', ['fail invalid_image_name certain']],
    ['absurdly long', `registry.test/${'a'.repeat(5000)}`, ['fail invalid_image_name certain']],
    ['a valid one', image, []],
  ])('%s', (_, text, expected) => {
    const bad = waiting('InvalidImageName', `couldn't parse image name "${text}": invalid reference format`);
    const snapshot = aSnapshot({
      containers: [aContainer({ image: text })],
      ...(expected.length > 0 ? { state: bad } : {}),
    });
    expect(concluded(invalidReference, snapshot)).toEqual(expected);
    expect(invalidReference.run(snapshot).findings.every(({ title }) => title.length <= 240)).toBe(true);
  });

  it('says what was probably meant', () => {
    const text = 'registry.test/Acme/web:1';
    const snapshot = aSnapshot({ containers: [aContainer({ image: text })], state: waiting('InvalidImageName') });
    expect(invalidReference.run(snapshot).findings[0]?.proposals[0]?.params).toEqual({
      container: 'web',
      image: 'registry.test/acme/web:1',
    });
  });

  it('is a warning before a pod exists', () => {
    const snapshot = aSnapshot({ containers: [aContainer({ image: 'Registry/Web' })], podCount: 0 });
    expect(concluded(invalidReference, snapshot)).toEqual(['warn invalid_image_name certain']);
  });
});
