import { z } from 'zod';
import { Report } from './report.ts';

/** The published JSON Schema of `--json`, as text with a line break at its end (docs/report.schema.json). */
export function reportSchema(): string {
  // Fields that a later version adds must not make today's reader refuse the report.
  const schema = z.toJSONSchema(Report, { io: 'input', target: 'draft-2020-12' });
  const document = {
    $schema: schema.$schema,
    title: 'imagecheck report',
    description: 'What imagecheck check --json and imagecheck image --json print.',
    ...schema,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
