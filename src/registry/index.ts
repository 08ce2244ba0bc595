export type { RegistryClientOptions } from './client.ts';
export { createRegistryClient } from './client.ts';
