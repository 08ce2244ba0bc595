import { z } from 'zod';
import { reportVersion, StoredReport } from './report.ts';

const { schemaVersion } = StoredReport.shape;
const printed = StoredReport.extend({
  schemaVersion: z.literal(reportVersion).describe(schemaVersion.description ?? ''),
});

/** The published JSON Schema of `--json`, as text that ends with a line break (docs/report.schema.json). */
export function reportSchema(): string {
  // New fields in a later version must not make today's readers reject the report.
  const schema = z.toJSONSchema(printed, {
    io: 'input',
    target: 'draft-2020-12',
    // This version prints only the members of an enum that it knows.
    override: ({ jsonSchema }) => {
      const { anyOf, ...rest } = jsonSchema;
      if (anyOf?.[0]?.enum === undefined) return;
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      Object.assign(jsonSchema, anyOf[0], rest);
    },
  });
  const document = {
    $schema: schema.$schema,
    title: 'imagecheck report',
    description: 'The output of imagecheck check --json and imagecheck image --json.',
    ...schema,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
