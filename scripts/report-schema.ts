import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportSchema } from '../src/model/finding/report-json-schema.ts';

const file = join(import.meta.dirname, '../docs/report.schema.json');
writeFileSync(file, reportSchema());
process.stderr.write(`imagecheck: wrote ${file}\n`);
