import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainText } from '../../src/explain/explain.ts';
import type { Cause } from '../../src/model/finding/cause.ts';

interface CatalogMessage {
  readonly text: string;
  readonly cause: Cause;
  readonly eventReason?: string;
}
const catalog = JSON.parse(readFileSync(new URL('../fixtures/catalog-messages.json', import.meta.url), 'utf8')) as {
  readonly cases: readonly CatalogMessage[];
};

describe('explainText on messages of runtimes, registries, clouds and builders', () => {
  it('has many', () => {
    expect(catalog.cases.length).toBeGreaterThan(90);
  });

  it.each(catalog.cases)('$cause: $text', ({ text, cause, eventReason }) => {
    const explanation = explainText(text, eventReason === undefined ? {} : { eventReason });
    expect(explanation.cause).toBe(cause);
    expect(explanation.also).not.toContain(cause);
    expect(explanation.confirm).toBeDefined();
  });
});
