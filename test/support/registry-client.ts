import { onTestFinished } from 'vitest';
import type { ImageRef } from '../../src/model/image/image.ts';
import type { RegistrySetting } from '../../src/model/settings/settings.ts';
import { type Credential, Secret } from '../../src/model/values/secret.ts';
import type { RegistryReading } from '../../src/ports/registry.ts';
import { createRegistryClient, type RegistryClientOptions } from '../../src/registry/client.ts';
import { createKeychain } from '../../src/registry/keychain.ts';

/** A clock that a test moves. */
export function clock(start = '2026-05-01T00:00:00Z') {
  let now = Date.parse(start);
  return {
    now: () => new Date(now),
    forward: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

/** A client that is closed when the test is finished. */
export function registryClient(options: Partial<RegistryClientOptions> = {}) {
  const client = createRegistryClient({
    registries: [],
    mirrors: [],
    proxy: {},
    now: () => new Date(),
    keychain: createKeychain({ registries: options.registries ?? [], now: options.now ?? (() => new Date()) }),
    ...options,
  });
  onTestFinished(() => client.close());
  return client;
}

/** An entry of the configuration. */
export function registrySetting(host: string, more: Partial<RegistrySetting> = {}): RegistrySetting {
  return { name: `entry ${host}`, host, tokenRealms: [], appliesTo: [], allowPrivateAddresses: true, ...more };
}

export function credential(username = 'bot', password = 's3cret-pass'): Credential {
  return { username, password: new Secret(password) };
}

export function imageRef(registry: string, repository = 'team/app', more: Partial<ImageRef> = { tag: 'v1' }): ImageRef {
  return { registry, repository, ...more };
}

/** Without a deadline that could end a test's probe. */
export function reading(more: Partial<RegistryReading> = {}): RegistryReading {
  return { signal: new AbortController().signal, ...more };
}
