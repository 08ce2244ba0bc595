import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationSchema } from '../src/config/json-schema.ts';
import { remedies } from '../src/remedies/index.ts';

const file = join(import.meta.dirname, '../docs/configuration.schema.json');
writeFileSync(file, configurationSchema(remedies.ids()));
process.stderr.write(`imagecheck: wrote ${file}\n`);
