import { type Config, loadConfig } from '../config.ts';
import { remedies } from '../remedies/index.ts';

/** The configuration of this process, with the remedies that the product has. Throws like `loadConfig`. */
export function readConfig(options: Omit<Parameters<typeof loadConfig>[0], 'remedies'> = {}): Config {
  return loadConfig({ ...options, remedies: remedies.ids() });
}
