import type { Outside, Role } from '../../src/config/outside.ts';

/** Surroundings made of values: no file and no variable of this machine is seen. */
export function outside(
  settings: {
    readonly env?: Readonly<Record<string, string>>;
    readonly role?: Role;
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): Outside {
  const { env = {}, role = 'terminal', files = {} } = settings;
  // Without a home of its own the kubeconfig of whoever runs the tests would count.
  return { role, env: { HOME: '/nowhere', ...env }, locate: (file) => `/etc/${file}`, read: (file) => files[file] };
}
