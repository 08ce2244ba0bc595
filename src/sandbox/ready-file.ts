import { rename, writeFile } from 'node:fs/promises';
import { UserError } from '../errors.ts';

/** Where everything is, for programs that drive the sandbox (docs/sandbox.md). */
export interface Addresses {
  readonly page: string;
  /** Base of the JSON API, to which `/act` and the like are added. */
  readonly api: string;
  readonly slackApiUrl: string;
  readonly kubeconfig: string;
  readonly config: string;
  readonly redisUrl: string;
  /** `ghcr.io` -> `http://127.0.0.1:N`. */
  readonly registries: Readonly<Record<string, string>>;
  readonly pid: number;
}

/** Writes to a temporary name beside the file and renames it, so that whoever waits never reads half of it. */
export async function writeReadyFile(file: string, addresses: Addresses): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(addresses, undefined, 2)}\n`, { mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    throw new UserError(`the ready file ${file} cannot be written`, { cause: error });
  }
}
