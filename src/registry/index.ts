export { createRegistryClient } from './client.ts';
