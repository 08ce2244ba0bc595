import { describe, expect, it } from 'vitest';
import { registryEnvMismatch } from '../../src/checks/registry-env-mismatch.ts';
import { concluded } from '../support/checks.ts';
import { as, notFound } from '../support/probes.ts';
import { aContainer, aSnapshot, crashed, env, type Story, waiting } from '../support/snapshot.ts';

describe('registry-env-mismatch', () => {
  const image = 'old.registry.test/acme/web:1';
  const told = (value: string, name = 'REGISTRY'): Story => ({
    containers: [aContainer({ image, env: env({ [name]: value }) })],
  });
  const missing: Story = {
    state: waiting('ErrImagePull', `${image}: not found`),
    probe: { attempts: [as('workload', notFound('tag'))] },
  };
  it.each<[string, Story, string[]]>([
    [
      'the image is missing, the variable names another host',
      { ...told('new.registry.test'), ...missing },
      ['warn registry_env_mismatch possible'],
    ],
    [
      'others find it there',
      { ...told('https://new.registry.test/'), ...missing, knownRepositories: ['new.registry.test/acme/web:2'] },
      ['warn registry_env_mismatch likely'],
    ],
    [
      'it crashes',
      { ...told('new.registry.test', 'IMAGE_REGISTRY'), state: crashed(1) },
      ['warn registry_env_mismatch possible'],
    ],
    // Look-alikes.
    ['healthy, and a registry of its own purpose', told('new.registry.test'), ['note']],
    ['the same host', { ...told('old.registry.test'), ...missing }, []],
    ['the same host with a path', { ...told('https://old.registry.test/acme'), ...missing }, []],
    ['no host at all', { ...told('enabled'), ...missing }, []],
    ['a registry of schemas', { ...told('schemas.test', 'SCHEMA_REGISTRY_URL'), ...missing }, []],
    ['a value with a password', { ...told('user:secret@new.registry.test'), ...missing }, []],
  ])('%s', (_, story, expected) => {
    expect(concluded(registryEnvMismatch, aSnapshot(story))).toEqual(expected);
  });

  it('reads Docker Hub’s other names', () => {
    const story = {
      containers: [aContainer({ image: 'nginx:1.27', env: env({ REGISTRY: 'https://index.docker.io/v1/' }) })],
      state: crashed(1),
    };
    expect(concluded(registryEnvMismatch, aSnapshot(story))).toEqual([]);
  });
});
