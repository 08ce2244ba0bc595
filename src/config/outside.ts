import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Environment variables as a process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What the process is for; this decides which secrets are required. `bot` and `all` need Slack's, everything except
 * `bot` needs the registries': neither trust zone has to hold the other's secrets.
 */
export type Role = 'bot' | 'worker' | 'all' | 'terminal';

/** Everything outside a configuration file that it refers to. */
export interface Outside {
  readonly role: Role;
  readonly env: Environment;
  /** Ids of the remedies that exist; lists of remedies may name these. */
  readonly remedies: readonly string[];
  /** A path written in the file; relative to the file. */
  locate(file: string): string;
  /** Text of a file, or undefined when it cannot be read. */
  read(file: string): string | undefined;
}

/** The real environment of a file. */
export function outsideOf(file: string | undefined, around: Pick<Outside, 'env' | 'role' | 'remedies'>): Outside {
  const locate = (name: string) => (file === undefined ? resolve(name) : resolve(dirname(file), name));
  return { ...around, locate, read: (name) => readText(locate(name)) };
}

/** A file's text, or undefined when it cannot be read. */
export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Whether a text contains certificates in PEM form, all of them readable. */
export function holdsCertificates(text: string): boolean {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.length > 0 && blocks.every((block) => new X509Certificate(block).raw.length > 0);
  } catch {
    return false;
  }
}
