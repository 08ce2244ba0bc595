import { z } from 'zod';
import { configFile } from './schema.ts';

/** The published JSON Schema of the configuration file with these remedies, as text that ends with a line break. */
export function configurationSchema(remedies: readonly string[]): string {
  const nothing = {
    role: 'terminal',
    env: {},
    remedies,
    locate: (file: string) => file,
    read: () => undefined,
  } as const;
  const schema = z.toJSONSchema(configFile(nothing), { io: 'input', target: 'draft-2020-12' });
  const document = {
    $schema: schema.$schema,
    title: 'imagecheck configuration',
    description: 'The imagecheck configuration file: see docs/configuration.md.',
    ...schema,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
