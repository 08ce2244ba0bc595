import { expect, it } from 'vitest';
import { isTrustedMove } from '../../../src/model/image/trusted-move.ts';

it.each([
  ['ghcr.io/acme/web:1', 'ghcr.io/acme/web:2', [], true],
  ['ghcr.io/acme/web:1', 'ghcr.io/acme/api:1', [], true],
  ['ghcr.io/acme/web:1', 'ghcr.io/other/web:1', [], false],
  ['ghcr.io/acme/web:1', 'ghcr.io/other/web:1', ['ghcr.io/other'], true],
  ['ghcr.io/acme/web:1', 'ghcr.io/other/web:1', ['ghcr.io/Other'], true],
  ['ghcr.io/acme/web:1', 'ghcr.io/other/team/web:1', ['ghcr.io/other/team'], true],
  ['ghcr.io/acme/web:1', 'ghcr.io/other-two/web:1', ['ghcr.io/other'], false],
  ['ghcr.io/acme/web:1', 'ghcr.io/other/web:1', ['ghcr.io'], false],
  ['ghcr.io/acme/web:1', 'ghcr.io.example.net/other/web:1', ['ghcr.io/other'], false],
  ['ghcr.io/acme/web:1', 'shop.azurecr.io/web:1', ['shop.azurecr.io'], true],
  ['nginx', 'docker.io/library/nginx:1', [], true],
  ['nginx', 'evil/nginx:1', ['docker.io/library'], false],
  ['ghcr.io/acme/Web:1', 'ghcr.io/acme/web:1', [], true],
  ['${IMAGE}', 'ghcr.io/acme/web:1', [], false],
  ['ghcr.io/acme/web:1', 'no image at all', ['ghcr.io/acme'], false],
] as const)('%s to %s with %j: %s', (from, to, owners, expected) => {
  expect(isTrustedMove(from, to, owners)).toBe(expected);
});
