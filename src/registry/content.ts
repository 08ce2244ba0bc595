import { LRUCache } from 'lru-cache';
import type { ContentCache } from '../ports/registry.ts';
import { digestLike, isVerifiableDigest } from './digest.ts';
import { largestBody } from './heap-limits.ts';

const maxCharacters = largestBody(4_194_304) * 4;

/** Immutable content: what was read by digest once is not requested again. */
export interface ContentStore {
  /** Content with this digest; the bytes are verified, because a shared cache is not trusted. */
  get(digest: string): Promise<string | undefined>;
  put(digest: string, content: string): Promise<void>;
}

/** This process's memory in front of a shared cache; a failing shared cache only costs time. */
export function createContent(shared: ContentCache | undefined): ContentStore {
  const memory = new LRUCache<string, string>({ maxSize: maxCharacters, sizeCalculation: (text) => text.length + 1 });
  return {
    get: async (digest) => {
      const known = memory.get(digest);
      if (known !== undefined || shared === undefined || !isVerifiableDigest(digest)) return known;
      const found = await shared.get(digest).catch(() => undefined);
      if (found === undefined || digestLike(digest, found) !== digest) return undefined;
      memory.set(digest, found);
      return found;
    },
    put: async (digest, content) => {
      memory.set(digest, content);
      await shared?.put(digest, content).catch(() => undefined);
    },
  };
}
