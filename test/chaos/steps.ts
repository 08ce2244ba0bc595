import * as fc from 'fast-check';

/** One thing that happens to the product, and how long to wait before the next. */
export type Step = Event & { readonly pauseMs: number };

export type Event =
  | { readonly kind: 'ask'; readonly what: Question; readonly workload: number; readonly mention: boolean }
  | {
      readonly kind: 'change';
      readonly remedy: 'set-image' | 'repull';
      readonly workload: number;
      readonly tag: number;
    }
  | { readonly kind: 'press'; readonly how: Press; readonly which: number; readonly as: 'ben' | 'chloe' }
  | {
      readonly kind: 'process';
      readonly role: 'bot' | 'worker';
      readonly which: number;
      readonly signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP';
      readonly forMs: number;
      /** By how much the clock of its successor is wrong. */
      readonly clockMs: number;
    }
  | { readonly kind: 'redis'; readonly what: RedisFault; readonly forMs: number }
  | { readonly kind: 'failover' }
  | { readonly kind: 'slack'; readonly what: SlackFault; readonly method: string; readonly times: number }
  | { readonly kind: 'kubernetes'; readonly what: ClusterFault; readonly on: 'GET' | 'PATCH'; readonly times: number };

export type Question = (typeof questions)[number];
export type Press = (typeof presses)[number];
export type RedisFault = (typeof redisFaults)[number];
export type SlackFault = (typeof slackFaults)[number];
export type ClusterFault = (typeof clusterFaults)[number];

export const questions = [
  'healthy',
  'missing',
  'image',
  'hostile image',
  'hostile workload',
  'help',
  'explain',
  'history',
  'approvals',
  'nonsense',
  'stranger',
] as const;
const presses = [
  'approve',
  'twice',
  'both',
  'requester',
  'guest',
  'altered',
  'late',
  'again',
  'reject',
  'undo',
] as const;
const redisFaults = ['SIGTERM', 'SIGKILL', 'pause'] as const;
const slackFaults = ['429', '500', 'slow', 'disconnect'] as const;
const clusterFaults = ['409', '429', '500', 'drop-before', 'drop-after', 'cut', 'slow'] as const;

/** Clocks that are right are the most usual ones. */
const clocks = [0, 0, 0, 0, 20_000, -20_000, 120_000, -120_000, 900_000];

const among = (count: number) => fc.nat({ max: count - 1 });

const events: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Event> }[] = [
  {
    weight: 24,
    arbitrary: fc.record({
      kind: fc.constant('ask'),
      what: fc.constantFrom(...questions),
      workload: among(1000),
      mention: fc.boolean(),
    }),
  },
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('change'),
      remedy: fc.constantFrom('set-image', 'set-image', 'set-image', 'repull'),
      workload: among(1000),
      tag: among(1000),
    }),
  },
  {
    weight: 34,
    arbitrary: fc.record({
      kind: fc.constant('press'),
      how: fc.constantFrom<Press>('approve', 'approve', 'approve', ...presses),
      which: among(1000),
      as: fc.constantFrom('ben', 'chloe'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('process'),
      role: fc.constantFrom('bot', 'worker', 'worker'),
      which: among(1000),
      signal: fc.constantFrom('SIGKILL', 'SIGTERM', 'SIGSTOP'),
      forMs: fc.integer({ min: 500, max: 8000 }),
      clockMs: fc.constantFrom(...clocks),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('redis'),
      what: fc.constantFrom(...redisFaults),
      forMs: fc.integer({ min: 200, max: 6000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('failover') }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('slack'),
      what: fc.constantFrom(...slackFaults),
      method: fc.constantFrom('chat.postMessage', 'chat.update', 'chat.postEphemeral', 'response', ''),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      kind: fc.constant('kubernetes'),
      what: fc.constantFrom(...clusterFaults),
      on: fc.constantFrom('GET', 'PATCH'),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
];

/**
 * The steps of a seed. A longer sequence begins with the shorter one of the same seed, and one `without` some kinds has
 * the others where they were, so a failure is made smaller by leaving out.
 */
export function stepsOf(seed: number, count: number, without: readonly string[] = []): readonly Step[] {
  const step = fc
    .tuple(fc.oneof(...events), fc.constantFrom(0, 0, 50, 100, 250, 500, 1000))
    .map(([event, pauseMs]): Step => ({ ...event, pauseMs }));
  return fc.sample(step, { seed, numRuns: count }).filter(({ kind }) => !without.includes(kind));
}
