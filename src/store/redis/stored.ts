import { foreignJson } from '../../model/values/foreign.ts';

/** What lies in Redis may be forged or half-written: none of these throws for it. */

/** No record of ours comes near; zod collects an issue for every value of a forged one. */
const mostValues = 250_000;

/** Parsed JSON, or undefined if the text is invalid. */
export function jsonOf(text: string | undefined): unknown {
  return foreignJson(text ?? '', mostValues)?.json;
}

/** Epoch milliseconds as ISO 8601; 1970 when they are none. */
export function isoOf(milliseconds: string | undefined): string {
  const value = Number(milliseconds);
  return new Date(Math.abs(value) <= 8.64e15 ? value : 0).toISOString();
}

/** A key of another type is forged and reads as absent; a lost connection says nothing about it and is thrown on. */
export async function unlessWrongType<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return undefined;
    throw error;
  }
}
