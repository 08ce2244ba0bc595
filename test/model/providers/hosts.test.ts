import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { providerOf } from '../../../src/model/providers/index.ts';

const real = [
  ['shop.azurecr.io', 'acr'],
  ['shop-a1b2c3.azurecr.io', 'acr'],
  ['shop.westeurope.data.azurecr.io', 'acr'],
  ['shop.azurecr.cn', 'acr'],
  ['123456789012.dkr.ecr.eu-west-1.amazonaws.com', 'ecr'],
  ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'ecr'],
  ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'ecr'],
  ['123456789012.dkr-ecr.eu-west-1.on.aws', 'ecr'],
  ['public.ecr.aws', 'ecr-public'],
  ['ghcr.io', 'ghcr'],
  ['GHCR.io:443', 'ghcr'],
  ['docker.io', 'docker-hub'],
  ['registry-1.docker.io', 'docker-hub'],
] as const;

describe('the provider of a host', () => {
  it.each(real)('%s is %s', (host, id) => {
    expect(providerOf(host).id).toBe(id);
  });

  it.each([
    'shop.azurecr.io.example.net',
    'azurecr.io',
    'shop.azureacr.io',
    'shop-azurecr.io',
    'a.b.azurecr.io',
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com.example.net',
    '12345.dkr.ecr.eu-west-1.amazonaws.com',
    'evil123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    'public.ecr.aws.example.net',
    'evilghcr.io',
    'ghcr.io.example.net',
    'x.ghcr.io',
    'evildocker.io',
    'docker.io.example.net',
    'quay.io',
    'localhost:8578',
    '',
  ])('the look-alike %j is not', (host) => {
    expect(providerOf(host).id).toBe('generic');
  });

  it('never takes a longer name for a known one', () => {
    fc.assert(
      fc.property(fc.constantFrom(...real), fc.domain(), ([host], domain) => {
        expect(providerOf(`${host}.${domain}`).id).toBe('generic');
      }),
    );
  });
});
