import type { IncomingMessage, ServerResponse } from 'node:http';

/** A fault of a component, for `POST /api/faults` and for tests. Without `times` it lasts until replaced. */
export interface Fault {
  readonly delayMs?: number;
  readonly status?: number;
  /** Drops the connection without a response. */
  readonly disconnect?: boolean;
  readonly times?: number;
  /** Only requests whose path contains this. */
  readonly path?: string;
}

/** The faults of one component. */
export interface Faults {
  /** Replaces the fault with this id (default: that of `POST /api/faults`); `undefined` clears it. */
  set(fault: Fault | undefined, id?: string): void;
  /** The fault of this request, counted; for servers with their own error wording. */
  next(path: string): Fault | undefined;
  /** Applies the fault; true when the request was answered or dropped here. */
  intercept(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

/** Starts without faults. Several may be set with different ids; the oldest one that matches a request is used. */
export function createFaults(): Faults {
  const active = new Map<string, { readonly fault: Fault; left: number }>();
  const next = (path: string): Fault | undefined => {
    for (const [id, entry] of active) {
      if (entry.fault.path !== undefined && !path.includes(entry.fault.path)) continue;
      entry.left -= 1;
      if (entry.left <= 0) active.delete(id);
      return entry.fault;
    }
    return undefined;
  };
  return {
    set: (fault, id = '') => {
      active.delete(id);
      if (fault !== undefined) active.set(id, { fault, left: fault.times ?? Number.POSITIVE_INFINITY });
    },
    next,
    intercept: async (request, response) => {
      const fault = next(request.url ?? '');
      if (fault === undefined) return false;
      if (fault.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, fault.delayMs));
      if (fault.disconnect === true) {
        request.socket.destroy();
        return true;
      }
      if (fault.status === undefined) return false;
      response.writeHead(fault.status, {
        'content-type': 'text/plain',
        ...(fault.status === 429 ? { 'retry-after': '1' } : {}),
      });
      response.end(`simulated ${fault.status}\n`);
      return true;
    },
  };
}
