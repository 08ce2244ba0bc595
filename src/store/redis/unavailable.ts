import { reasonOf, UnavailableError } from '../../errors.ts';

/** Names of the errors that ioredis throws when there is no connection, or when it ends during a command. */
const names = ['MaxRetriesPerRequestError', 'AbortError', 'InterruptError', 'ClusterAllFailedError'];

/** What ioredis throws as a plain `Error` for the same reason. */
const messages =
  /^(?:Connection is closed|Command timed out|connect ETIMEDOUT|Stream isn't writeable|None of startup nodes|Cluster (?:isn't ready|is disconnect)|Too many Cluster redirections|Node is disconnected)/;

/**
 * Answers of a server that is not the master, or not yet or no longer able to be it. Redis 6 puts what a command of a
 * script is answered with behind the name of the script.
 */
const notMaster =
  /^(?:ERR Error running script .*@user_script: ?\d+: -?)?(?:READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|UNBLOCKED)\b/;

/** Answers of a Redis that is there and serves nobody: it is full, or lets nobody in. */
const answers = /^(?:TRYAGAIN|NOREPLICAS|BUSY|OOM|MISCONF|NOAUTH|WRONGPASS|NOPERM|UNKILLABLE)\b/;

/** Of sockets, of names, and of TLS. */
const codes =
  /^(?:ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOST|ENET|ERR_SSL|ERR_TLS|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/;

/** Whether an error of a Redis command says that Redis is not available, and not that we asked for something wrong. */
export function isRedisFailure(error: unknown): boolean {
  if (error instanceof UnavailableError) return true;
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const { name, message } = error;
  return (
    names.includes(name) || messages.test(message) || isNotMaster(error) || answers.test(message) || codes.test(code)
  );
}

/** Whether a server answered that it is not the master: behind its address there may be another one by now. */
export function isNotMaster({ message }: Error): boolean {
  return notMaster.test(message);
}

/** The same port, whose calls fail with `UnavailableError` where Redis is the reason. */
export function tellingUnavailable<T extends object>(port: T): T {
  return new Proxy(port, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      return (...args: readonly unknown[]): unknown => {
        const result: unknown = Reflect.apply(found, target, args);
        return result instanceof Promise ? result.catch(rethrow) : result;
      };
    },
  });
}

function rethrow(error: unknown): never {
  if (error instanceof UnavailableError || !isRedisFailure(error)) throw error;
  throw new UnavailableError(`Redis does not answer: ${reasonOf(error)}`, { cause: error });
}
