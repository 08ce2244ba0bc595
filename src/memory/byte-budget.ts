import { heapLimitBytes } from './heap-limit.ts';

/** Limits in bytes. */
export interface ByteLimits {
  /** What all bodies that are being read or parsed may hold together, besides the one that may exceed it. */
  readonly shared: number;
  /** The largest body that is read at all. One body at a time may grow to it although `shared` is used up. */
  readonly largestBody: number;
  /** What one question may keep of its answers, and all questions together. */
  readonly keptByOne: number;
  readonly keptByAll: number;
}

/**
 * What a process holds of foreign answers, over all of its reads: every read alone may be harmless, and ten of them at
 * once fill the heap. Bodies wait for room, which slows their servers down; they never wait for one another in a
 * circle. What is kept of them does not wait: a question that has no room left gets a narrower answer.
 */
export interface ByteBudget {
  readonly limits: ByteLimits;
  /** Room for one body, empty at first. */
  body(): HeldBody;
  /**
   * Counts `bytes` as kept for the question that `until` ends, and no longer than that. False, and nothing is counted,
   * if there is no room.
   */
  keep(bytes: number, until: AbortSignal): boolean;
}

/** Room that one body takes. */
export interface HeldBody {
  /**
   * Resolves when there is room for `bytes` more. Rejects with a `BodyTooLarge`, or with the signal's reason when that
   * fires first.
   */
  grow(bytes: number, signal: AbortSignal): Promise<void>;
  /** Gives everything back; the body may grow again afterwards. */
  release(): void;
}

/** A body is larger than its reader allows. */
export class BodyTooLarge extends Error {
  readonly mostBytes: number;
  constructor(mostBytes: number) {
    super(`more than ${mostBytes} bytes`);
    this.mostBytes = mostBytes;
  }
}

/**
 * A budget that fits the heap of this process: a body takes about three times its bytes while it becomes text and is
 * parsed, and what is kept is copied when it is redacted and stored.
 */
export function createByteBudget(limits: ByteLimits = limitsFor(heapLimitBytes)): ByteBudget {
  const keep = createKeeping(limits);
  return { limits, keep, body: createRoom(limits) };
}

const mebibyte = 1024 * 1024;

function limitsFor(heapBytes: number): ByteLimits {
  const sixteenth = Math.max(mebibyte, Math.floor(heapBytes / 16));
  return {
    shared: sixteenth,
    largestBody: Math.min(sixteenth, 64 * mebibyte),
    keptByOne: sixteenth,
    keptByAll: 2 * sixteenth,
  };
}

interface Waiter {
  readonly held: HeldBody;
  readonly bytes: number;
  readonly admitted: () => void;
}

function createRoom({ shared, largestBody }: ByteLimits): ByteBudget['body'] {
  const waiting = new Set<Waiter>();
  let used = 0;
  /** The body that may exceed what is shared, until it is released: so one of those that wait always gets on. */
  let favoured: HeldBody | undefined;
  const admit = (): void => {
    for (const waiter of waiting) {
      if (used + waiter.bytes > shared) favoured ??= waiter.held;
      if (used + waiter.bytes > shared && favoured !== waiter.held) continue;
      waiting.delete(waiter);
      used += waiter.bytes;
      waiter.admitted();
    }
  };
  return () => {
    let own = 0;
    const held: HeldBody = {
      async grow(bytes, signal) {
        signal.throwIfAborted();
        if (own + bytes > largestBody) throw new BodyTooLarge(largestBody);
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const admitted = (): void => {
          own += bytes;
          resolve();
        };
        const waiter = { held, bytes, admitted };
        waiting.add(waiter);
        admit();
        if (!waiting.has(waiter)) return;
        const abort = (): void => {
          waiting.delete(waiter);
          reject(signal.reason);
        };
        signal.addEventListener('abort', abort, { once: true });
        await promise.finally(() => signal.removeEventListener('abort', abort));
      },
      release() {
        used -= own;
        own = 0;
        if (favoured === held) favoured = undefined;
        admit();
      },
    };
    return held;
  };
}

function createKeeping({ keptByOne, keptByAll }: ByteLimits): ByteBudget['keep'] {
  const accounts = new WeakMap<AbortSignal, { bytes: number }>();
  let all = 0;
  const close = (account: { bytes: number }): void => {
    all -= account.bytes;
    account.bytes = 0;
  };
  // For the signals that never fire: what was kept under them goes with them.
  const forgotten = new FinalizationRegistry(close);
  return (bytes, until) => {
    if (until.aborted) return true;
    let account = accounts.get(until);
    if (account === undefined) {
      const opened = { bytes: 0 };
      account = opened;
      accounts.set(until, opened);
      forgotten.register(until, opened);
      until.addEventListener('abort', () => close(opened), { once: true });
    }
    if (account.bytes + bytes > keptByOne || all + bytes > keptByAll) return false;
    account.bytes += bytes;
    all += bytes;
    return true;
  };
}

/** Reads a body into `held`. Rejects with a `BodyTooLarge` beyond `mostBytes`, and with what `body` throws. */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  held: HeldBody,
  { mostBytes, signal }: { readonly mostBytes: number; readonly signal: AbortSignal },
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.length;
    if (size > mostBytes) throw new BodyTooLarge(mostBytes);
    await held.grow(piece.length, signal);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, size);
}
