import { describe, expect, test } from 'vitest';
import { type Company, createCompany } from '../../src/timing/company.ts';

const never = new AbortController().signal;

/** Work that runs until it is told to end, and writes down when it began and ended. */
function stage(company: Company) {
  const history: string[] = [];
  const ends = new Map<string, () => void>();
  const workOf = (name: string) => async (): Promise<string> => {
    history.push(`${name} begins`);
    await new Promise<void>((resolve) => ends.set(name, resolve));
    history.push(`${name} ends`);
    return name;
  };
  return {
    history,
    together: (name: string) => company.together(workOf(name)),
    alone: (name: string, signal = never) => company.alone(signal, workOf(name)),
    end: async (name: string) => {
      ends.get(name)?.();
      await settled();
    },
  };
}

/** Until every promise that can go on has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('work that is alone', () => {
  test('waits for those that run, and lets nobody in until it has ended', async () => {
    const { history, together, alone, end } = stage(createCompany());
    const all = [together('a'), together('b'), alone('x'), together('c')];
    await settled();
    expect(history).toEqual(['a begins', 'b begins']);
    await end('a');
    await end('b');
    expect(history.at(-1)).toBe('x begins');
    await end('x');
    expect(history.slice(-2)).toEqual(['x ends', 'c begins']);
    await end('c');
    expect(await Promise.all(all)).toEqual(['a', 'b', 'x', 'c']);
  });

  test('is alone among its like, too', async () => {
    const { history, alone, end } = stage(createCompany());
    const all = [alone('x'), alone('y')];
    await settled();
    expect(history).toEqual(['x begins']);
    await end('x');
    await end('y');
    expect(history).toEqual(['x begins', 'x ends', 'y begins', 'y ends']);
    expect(await Promise.all(all)).toEqual(['x', 'y']);
  });

  test('is given up by its signal, and then others go on', async () => {
    const { history, together, alone, end } = stage(createCompany());
    const first = together('a');
    const stopping = new AbortController();
    const given = alone('x', stopping.signal);
    const second = together('b');
    await settled();
    stopping.abort();
    expect(await given).toBeUndefined();
    await settled();
    expect(history).toEqual(['a begins', 'b begins']);
    await end('a');
    await end('b');
    expect(await Promise.all([first, second])).toEqual(['a', 'b']);
  });

  test('gives its place back when it fails', async () => {
    const company = createCompany();
    await expect(company.alone(never, () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    await expect(company.together(() => Promise.reject(new Error('y')))).rejects.toThrow('y');
    expect(await company.alone(never, async () => 'z')).toBe('z');
  });

  test('closes the doors once, and opens them after the last', async () => {
    const company = createCompany();
    const { alone, end } = stage(company);
    const seen: string[] = [];
    company.watch({ closed: () => void seen.push('closed'), open: () => void seen.push('open') });
    const all = [alone('x'), alone('y')];
    await settled();
    await end('x');
    expect(seen).toEqual(['closed']);
    await end('y');
    await Promise.all(all);
    expect(seen).toEqual(['closed', 'open']);
  });
});
