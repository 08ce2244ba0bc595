import type { ChildProcess } from 'node:child_process';

type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

interface Question {
  readonly call: number;
  readonly name: string;
  readonly argument: unknown;
}

type Answer = { readonly call: number; readonly value: unknown } | { readonly call: number; readonly error: string };

/**
 * Answers the calls of the process that started this one. A `guest` in another program neither keeps that process alive
 * nor stops it from ending; otherwise this process lives exactly as long as its parent.
 */
export function answerCalls(handlers: Handlers, role: 'own' | 'guest' = 'own'): void {
  process.on('message', (question: Question) => {
    void answer(question, handlers).then((message) => process.send?.(message));
  });
  if (role === 'guest') process.channel?.unref();
  else process.once('disconnect', () => process.exit());
}

async function answer({ call, name, argument }: Question, handlers: Handlers): Promise<Answer> {
  try {
    const handler = handlers[name];
    if (handler === undefined) throw new Error(`nothing answers ${name}`);
    return { call, value: await handler(argument as never) };
  } catch (error) {
    return { call, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** Calls a process that was started with an IPC channel; rejects with the error it threw, or when it ends. */
export type Call = <T>(name: string, argument?: unknown) => Promise<T>;

let lastCall = 0;

export function callsTo(child: ChildProcess): Call {
  return <T>(name: string, argument?: unknown) =>
    new Promise<T>((resolve, reject) => {
      lastCall += 1;
      const call = lastCall;
      const end = () => {
        child.off('message', hear);
        child.off('exit', gone);
      };
      const gone = () => {
        end();
        reject(new Error(`the process ended before it answered ${name}`));
      };
      const hear = (message: unknown) => {
        const answered = message as Answer;
        if (answered.call !== call) return;
        end();
        if ('error' in answered) reject(new Error(answered.error));
        else resolve(answered.value as T);
      };
      child.on('message', hear);
      child.once('exit', gone);
      child.send({ call, name, argument } satisfies Question);
    });
}

/** Epoch milliseconds with fractions, comparable between processes of one machine. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
