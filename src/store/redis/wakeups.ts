import type { RedisClient } from './connection.ts';

/** Hears what other processes publish. A message may be lost (a reconnect), so every listener also polls. */
export interface Wakeups {
  on(topic: string, listener: (payload: string) => void): () => void;
  close(): void;
}

/** `subscriber` must be a separate connection: once subscribed, it accepts no other command. */
export function createWakeups(subscriber: RedisClient, onError: (error: Error) => void): Wakeups {
  const listeners = new Map<string, Set<(payload: string) => void>>();
  const hear = (topic: string, payload: string): void => {
    for (const listener of listeners.get(topic) ?? []) listener(payload);
  };
  subscriber.on('message', hear);
  return {
    on: (topic, listener) => {
      const known = listeners.get(topic);
      const set = known ?? new Set();
      set.add(listener);
      if (known === undefined) {
        listeners.set(topic, set);
        subscriber.subscribe(topic).catch(onError);
      }
      return () => void set.delete(listener);
    },
    close: () => {
      listeners.clear();
      subscriber.removeListener('message', hear);
    },
  };
}
