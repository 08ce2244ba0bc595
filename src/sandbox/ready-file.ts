import { rename, writeFile } from 'node:fs/promises';
import { UserError } from '../errors.ts';

/** All addresses, for programs that drive the sandbox (docs/sandbox.md). */
export interface Addresses {
  readonly page: string;
  /** Base URL of the JSON API, such as for `/act`. */
  readonly api: string;
  readonly slackApiUrl: string;
  readonly kubeconfig: string;
  readonly config: string;
  readonly redisUrl: string;
  /** `ghcr.io` -> `http://127.0.0.1:N`. */
  readonly registries: Readonly<Record<string, string>>;
  readonly pid: number;
}

/** Writes to a temporary file and renames it, so that readers never see half of it. */
export async function writeReadyFile(file: string, addresses: Addresses): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, `${JSON.stringify(addresses, undefined, 2)}\n`, { mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    throw new UserError(`the ready file ${file} cannot be written`, { cause: error });
  }
}
