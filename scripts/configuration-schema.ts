import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationSchema } from '../src/config/json-schema.ts';

const file = join(import.meta.dirname, '../docs/configuration.schema.json');
writeFileSync(file, configurationSchema());
process.stderr.write(`imagecheck: wrote ${file}\n`);
