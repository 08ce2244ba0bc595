import type { IncomingMessage, ServerResponse } from 'node:http';

/** What goes wrong at a component, for `POST /api/faults` and for tests. Without `times` it lasts until replaced. */
export interface Fault {
  readonly delayMs?: number;
  readonly status?: number;
  /** Drops the connection without an answer. */
  readonly disconnect?: boolean;
  readonly times?: number;
  /** Only requests whose path contains this. */
  readonly path?: string;
}

/** The faults of one component. */
export interface Faults {
  /** Replaces what is set; `undefined` heals. */
  set(fault: Fault | undefined): void;
  /** Applies what is set; true when the request was answered or dropped here. */
  intercept(request: IncomingMessage, response: ServerResponse): Promise<boolean>;
}

export function createFaults(): Faults {
  let current: Fault | undefined;
  let left = Number.POSITIVE_INFINITY;
  return {
    set: (fault) => {
      current = fault;
      left = fault?.times ?? Number.POSITIVE_INFINITY;
    },
    intercept: async (request, response) => {
      const fault = current;
      if (fault === undefined || left <= 0 || (fault.path !== undefined && request.url?.includes(fault.path) !== true))
        return false;
      left -= 1;
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
