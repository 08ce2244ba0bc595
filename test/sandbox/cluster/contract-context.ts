import type { Answer, Client } from './client.ts';

/** What the parts of the contract share: a client and a namespace. */
export interface ContractContext {
  readonly api: () => Client;
  readonly namespace: () => string;
  /** A path of the core group in the namespace. */
  readonly core: (rest: string) => string;
  readonly apps: (rest: string) => string;
  /** Creates a ConfigMap. */
  readonly map: (name: string, data?: Record<string, string>, labels?: Record<string, string>) => Promise<Answer>;
}
