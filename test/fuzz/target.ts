import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../src/errors.ts';

/** One parser, or one reader of JSON that somebody else wrote. */
export interface Target {
  readonly name: string;
  /** Files below `src/` whose reading it tries. */
  readonly covers: readonly string[];
  /** Inputs to begin with: texts, or JSON as text. */
  readonly corpus: readonly string[];
  readonly isJson: boolean;
  /** Reads an input as the product does; a promise is waited for. */
  readonly read: (input: string) => unknown;
  /** Whether it documents that it throws this. */
  readonly mayThrow: (error: unknown) => boolean;
}

const never = (): boolean => false;

export const userError = (error: unknown): boolean => error instanceof UserError;
/** What a door throws for a payload that is not Slack’s: the request fails, and is answered as an incident. */
export const zodError = (error: unknown): boolean => error instanceof z.ZodError;

export function text(
  name: string,
  covers: readonly string[],
  corpus: readonly string[],
  read: (input: string) => unknown,
  mayThrow: Target['mayThrow'] = never,
): Target {
  return { name, covers, corpus, isJson: false, read, mayThrow };
}

/** `read` gets the parsed value; text that is not JSON is read by those who parse it themselves (`jsonText`). */
export function json(
  name: string,
  covers: readonly string[],
  values: readonly unknown[],
  read: (value: unknown, input: string) => unknown,
  mayThrow: Target['mayThrow'] = never,
): Target {
  const parsed = (input: string): unknown => {
    let value: unknown;
    try {
      value = JSON.parse(input);
    } catch {
      return undefined;
    }
    return read(value, input);
  };
  return { ...jsonText(name, covers, values, parsed), mayThrow };
}

export function jsonText(
  name: string,
  covers: readonly string[],
  values: readonly unknown[],
  read: (input: string) => unknown,
): Target {
  return { name, covers, corpus: values.map((value) => JSON.stringify(value)), isJson: true, read, mayThrow: never };
}

export function fixture(name: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, `../fixtures/${name}.json`), 'utf8'));
}

/** Every text in a value, without those that are shorter. */
export function textsIn(value: unknown, shortest = 1): readonly string[] {
  if (typeof value === 'string') return value.length < shortest ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((one) => textsIn(one, shortest));
}
