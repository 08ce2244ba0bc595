import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { familiarImage, formatImage, isDigest, parseImage, pullReference } from '../../../src/model/image/image.ts';
import { cpuMsOf } from '../../support/cpu-time.ts';

interface ReferenceCase {
  readonly input: string;
  readonly valid: boolean;
  readonly domain?: string;
  readonly path?: string;
  readonly tag?: string;
  readonly digest?: string;
  readonly canonical?: string;
  readonly familiar?: string;
  readonly docker_ref?: string;
}
const fixture = JSON.parse(readFileSync(new URL('../../fixtures/image-refs.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly ReferenceCase[];
};
const hex = 'e6693c20186f837fc393390135d8a598a96a833917917789d63766cab6c59582';

describe('parseImage against the reference implementation', () => {
  it('has cases to compare with', () => {
    expect(fixture.cases.length).toBeGreaterThan(80);
  });

  it.each(fixture.cases)('$input', (wanted) => {
    const parsed = parseImage(wanted.input);
    if (!parsed.ok) {
      expect(wanted.valid).toBe(false);
      expect(parsed.reason).not.toBe('');
      return;
    }
    const { image } = parsed;
    expect({
      valid: true,
      domain: image.registry,
      path: image.repository,
      tag: image.tag ?? '',
      digest: image.digest ?? '',
      canonical: formatImage(image),
      familiar: familiarImage(image),
      docker_ref: formatImage(pullReference(image)),
    }).toEqual({
      valid: wanted.valid,
      domain: wanted.domain,
      path: wanted.path,
      tag: wanted.tag,
      digest: wanted.digest,
      canonical: wanted.canonical,
      familiar: wanted.familiar,
      docker_ref: wanted.docker_ref,
    });
  });
});

describe('parseImage on what people type', () => {
  it.each([
    ['', /empty/, undefined],
    [hex, /image id/, undefined],
    ['https://ghcr.io/acme/web:1', /scheme/, 'ghcr.io/acme/web:1'],
    ['ghcr.io/Acme/Web:V1', /lower case/, 'ghcr.io/acme/web:V1'],
    ['ghcr.io/acme/web:1.0+build.5', /tag/, 'ghcr.io/acme/web:1.0-build.5'],
    ['ghcr.io/acme/web:${TAG}', /variable/, undefined],
    ['{{ .Values.image }}', /variable/, undefined],
    ['server-<your student id>', /placeholder/, undefined],
    [':sha-0b293ab', /name before/, undefined],
    ['ghcr.io/acme/web:', /empty/, 'ghcr.io/acme/web'],
    ['ghcr.io/acme/web::1', /doubled/, 'ghcr.io/acme/web:1'],
    ['ghcr.io//acme/web', /path is empty/, 'ghcr.io/acme/web'],
    ['ghcr.io/acme/web :1', /white space/, 'ghcr.io/acme/web:1'],
    ['web@sha256:abc', /length/, undefined],
    [`web@sha256:${hex.toUpperCase()}`, /length/, `web@sha256:${hex}`],
    ['web@latest', /digest/, undefined],
    [`web:${'x'.repeat(129)}`, /128/, undefined],
    [`ghcr.io/${'x'.repeat(256)}`, /255/, undefined],
  ])('%s', (text, reason, suggestion) => {
    const parsed = parseImage(text);
    expect(parsed.ok).toBe(false);
    if (parsed.ok) return;
    expect(parsed.reason).toMatch(reason);
    expect(parsed.suggestion).toBe(suggestion);
  });

  it('takes a newline at the end for what it is', () => {
    expect(parseImage('nginx\n').ok).toBe(false);
    expect(parseImage(`nginx@sha256:${hex}\n`).ok).toBe(false);
  });
});

describe('isDigest', () => {
  it.each([
    [`sha256:${hex}`, true],
    [`sha512:${hex}${hex}`, true],
    [`sha384:${hex}${hex.slice(0, 32)}`, true],
    [`sha256:${hex.toUpperCase()}`, false],
    [`sha256:${hex}0`, false],
    [`md5:${hex}`, false],
    [`constructor:${hex}`, false],
    [hex, false],
    ['', false],
  ])('%s -> %s', (text, wanted) => {
    expect(isDigest(text)).toBe(wanted);
  });
});

const component = fc.stringMatching(/^[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,5})?$/);
const host = fc.oneof(
  fc.constantFrom('docker.io', 'ghcr.io', 'localhost', 'localhost:5000', '[::1]:5000', 'shop.azurecr.io'),
  fc.stringMatching(/^[a-z][a-z0-9]{0,8}\.[a-z]{2,4}(?::[1-9][0-9]{0,4})?$/),
);
const written = fc
  .tuple(
    fc.option(host, { nil: undefined }),
    fc.array(component, { minLength: 1, maxLength: 4 }),
    fc.option(fc.stringMatching(/^\w[\w.-]{0,20}$/), { nil: undefined }),
    fc.option(fc.stringMatching(/^sha256:[a-f0-9]{64}$/), { nil: undefined }),
  )
  .map(
    ([host, path, tag, digest]) =>
      `${host === undefined ? '' : `${host}/`}${path.join('/')}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`,
  );

describe('properties', () => {
  it('no input throws, and every refusal says why', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), written), (text) => {
        const parsed = parseImage(text);
        return parsed.ok || parsed.reason.length > 0;
      }),
    );
  });

  it('the canonical and the familiar spelling mean the same image', () => {
    fc.assert(
      fc.property(written, (text) => {
        const parsed = parseImage(text);
        expect(parsed.ok).toBe(true);
        if (!parsed.ok) return;
        expect(parseImage(formatImage(parsed.image))).toEqual(parsed);
        const { registry, repository } = parsed.image;
        const looksLikeHost = registry === 'docker.io' && /^[^/]*\.|^localhost\//.test(repository);
        if (!looksLikeHost) expect(parseImage(familiarImage(parsed.image))).toEqual(parsed);
      }),
    );
  });

  it('a suggestion is valid itself', () => {
    fc.assert(
      fc.property(
        fc.oneof(written, fc.string()),
        fc.constantFrom(' ', '//', '::', '@', 'A', '+'),
        fc.nat(30),
        (text, slip, at) => {
          const parsed = parseImage(`${text.slice(0, at)}${slip}${text.slice(at)}`);
          if (parsed.ok || parsed.suggestion === undefined) return;
          expect(parseImage(parsed.suggestion).ok).toBe(true);
        },
      ),
    );
  });

  it('long input takes linear time', () => {
    for (const text of [
      'a-'.repeat(50_000),
      '-'.repeat(100_000),
      'a.'.repeat(50_000),
      `a${'-'.repeat(100_000)}.b/c`,
      ':'.repeat(100_000),
      '@'.repeat(100_000),
      'a__'.repeat(30_000),
      '<a'.repeat(50_000),
      `${':'.repeat(100_000)}/`,
      `x.y/${' '.repeat(100_000)}`,
    ]) {
      expect(cpuMsOf(() => parseImage(text))).toBeLessThan(500);
    }
  });
});
