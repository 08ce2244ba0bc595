import type { z } from 'zod';

/**
 * Values that fit the schema and together show all of it: every field is there, optional ones included, and every
 * member of a union and every choice of an enum is in one of them. Texts and numbers are all different, so that a value
 * in the wrong place is noticed. A kind of schema that is not known here throws: nothing is passed over.
 */
export function samplesOf<Schema extends z.ZodType>(schema: Schema): readonly z.output<Schema>[] {
  let count = 0;

  const walk = (part: z.core.$ZodType): readonly unknown[] => {
    const { def } = (part as z.core.$ZodTypes)._zod;
    if (def.type === 'string') return [`text ${(count += 1)}`];
    if (def.type === 'number') return [(count += 1)];
    if (def.type === 'boolean') return [true, false];
    if (def.type === 'literal') return def.values;
    if (def.type === 'enum') return Object.values(def.entries);
    if (def.type === 'optional') return walk(def.innerType);
    if (def.type === 'union') return def.options.flatMap(walk);
    if (def.type === 'array') return [walk(def.element)];
    if (def.type === 'record')
      return [Object.fromEntries(walk(def.valueType).map((value, at) => [`key ${at}`, value]))];
    if (def.type === 'object') return together(Object.entries(def.shape).map(([name, field]) => [name, walk(field)]));
    throw new Error(`no sample is known for a schema of type ${def.type}`);
  };

  return walk(schema) as z.output<Schema>[];
}

/** As many objects as the field with the most samples; the other fields start over from their first sample. */
function together(fields: readonly (readonly [name: string, samples: readonly unknown[]])[]): readonly unknown[] {
  const length = Math.max(1, ...fields.map(([, samples]) => samples.length));
  return Array.from({ length }, (_, at) =>
    Object.fromEntries(fields.map(([name, samples]) => [name, samples[at % samples.length]])),
  );
}
