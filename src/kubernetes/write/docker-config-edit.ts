import { z } from 'zod';
import { foreignRecord } from '../../model/values/foreign.ts';

/** One entry of `auths`. */
export interface AuthEntry {
  readonly username: string;
  readonly password: string;
}

/** The content with one entry set; every other byte stays. Or why it must not be changed. */
export type ConfigEdit =
  | { readonly ok: true; readonly content: string; readonly keys: readonly string[] }
  | { readonly ok: false; readonly why: string };

const Config = z.object({ auths: foreignRecord(z.unknown()).optional() });

/** A configuration with this entry alone, as `kubectl create secret docker-registry` writes it. */
export function newDockerConfig(key: string, entry: AuthEntry): string {
  return JSON.stringify({ auths: { [key]: entryOf(entry) } });
}

/**
 * Sets one entry of `auths` in the text of a Docker configuration. The rest of the text is kept byte for byte: other
 * registries, other settings, numbers and spacing. Invalid content is refused. Never throws.
 */
export function setAuth(content: string, key: string, entry: AuthEntry): ConfigEdit {
  const refused = (why: string): ConfigEdit => ({ ok: false, why });
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    return refused('its content isn’t valid JSON');
  }
  const config = Config.safeParse(json);
  if (!config.success) return refused('its JSON is not that of a Docker configuration');
  const value = JSON.stringify(entryOf(entry));
  const auths = lastMember(content, skip(content, 0), 'auths');
  const text =
    auths === undefined
      ? insert(content, skip(content, 0), 'auths', `{${JSON.stringify(key)}:${value}}`)
      : setIn(content, auths.start, key, value);
  return { ok: true, content: text, keys: [...new Set([...Object.keys(config.data.auths ?? {}), key])] };
}

/** Keys of `auths`; undefined if the content has another shape. */
export function authKeys(content: string): readonly string[] | undefined {
  try {
    const config = Config.safeParse(JSON.parse(content));
    return config.success ? Object.keys(config.data.auths ?? {}) : undefined;
  } catch {
    return undefined;
  }
}

function entryOf({ username, password }: AuthEntry): object {
  return { username, password, auth: Buffer.from(`${username}:${password}`).toString('base64') };
}

function setIn(content: string, objectStart: number, key: string, value: string): string {
  const found = lastMember(content, objectStart, key);
  if (found === undefined) return insert(content, objectStart, key, value);
  return content.slice(0, found.start) + value + content.slice(found.end);
}

/** Inserts a member before the others. */
function insert(content: string, objectStart: number, key: string, value: string): string {
  const inside = skip(content, objectStart + 1);
  const comma = content[inside] === '}' ? '' : ',';
  return `${content.slice(0, objectStart + 1)}${JSON.stringify(key)}:${value}${comma}${content.slice(objectStart + 1)}`;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where the value of a key is, in text that is known to be JSON. If a key occurs twice, the last one counts. */
function lastMember(text: string, objectStart: number, wanted: string): Span | undefined {
  let found: Span | undefined;
  let at = skip(text, objectStart + 1);
  while (at < text.length && text[at] === '"') {
    const keyEnd = endOfString(text, at);
    const start = skip(text, skip(text, keyEnd) + 1);
    const end = endOfValue(text, start);
    if (JSON.parse(text.slice(at, keyEnd)) === wanted) found = { start, end };
    at = skip(text, end);
    if (text[at] === ',') at = skip(text, at + 1);
  }
  return found;
}

function skip(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text[at] ?? '')) at += 1;
  return at;
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfValue(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (character === '"') {
      at = endOfString(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (depth === 0 && at > from && ',}] \t\r\n'.includes(character)) return at;
    if ('{['.includes(character)) depth += 1;
    if ('}]'.includes(character)) depth -= 1;
    at += 1;
    if (depth === 0 && '}]'.includes(character)) return at;
  }
  return at;
}
