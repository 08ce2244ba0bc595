import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outside, Role } from '../../src/config/outside.ts';
import { type Config, ConfigError, parseConfig } from '../../src/config.ts';
import { remedies } from '../../src/remedies/index.ts';

/** The files and variables that a configuration sees, as values. */
export interface Settings {
  readonly env?: Readonly<Record<string, string>>;
  readonly role?: Role;
  readonly files?: Readonly<Record<string, string>>;
}

/** A certificate in PEM form. */
export const pem = readFileSync(join(import.meta.dirname, '../fixtures/config/ca.pem'), 'utf8');

/** Surroundings made of values: no file or variable of this machine is visible. */
export function outside({ env = {}, role = 'terminal', files = {} }: Settings = {}): Outside {
  // Without its own home directory, the kubeconfig of the person who runs the tests would be used.
  const around = { role, env: { HOME: '/nowhere', ...env }, remedies: remedies.ids() };
  return { ...around, locate: (file) => `/etc/${file}`, read: (file) => files[file] };
}

/** The configuration parsed from a text. */
export function parse(text: string, settings: Settings = {}): Config {
  return parseConfig(text, 'imagecheck.yaml', outside(settings));
}

/** The lines of the error's message without its heading; empty when there is no mistake. */
export function mistakes(text: string, settings: Settings = {}): readonly string[] {
  try {
    parse(text, settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const [, ...lines] = error.message.split('\n');
    return lines.map((line) => line.trim());
  }
  return [];
}

/** A bootstrap configuration of the kind people already have. */
export const seed = `registries:
  - name: dockerhub
    registry: https://index.docker.io/v1/
    usernameEnv: DOCKERHUB_USERNAME
    passwordEnv: DOCKERHUB_TOKEN
    appliesTo:
      - nats           # Docker Hub images
      - prometheus
      - grafana
`;
export const seedEnv = { DOCKERHUB_USERNAME: 'ada', DOCKERHUB_TOKEN: 'dckr_pat_x' };
