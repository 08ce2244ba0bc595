import { z } from 'zod';
import { flightOf } from '../../model/ask/ask.ts';
import type { Landing, LostFlight } from '../../model/ask/flight.ts';
import type { Asks } from '../../ports/records.ts';
import type { RedisClient } from '../redis/connection.ts';
import { clusterOfFlight, type Keys } from '../redis/keys.ts';
import { valueOf } from '../redis/record.ts';
import { run, texts } from '../redis/script.ts';
import { isoOf, jsonOf, unlessWrongType } from '../redis/stored.ts';
import { answerRecord, readAsks } from './ask-records.ts';
import { claimDueScript, forgetScript } from './asks-scripts.ts';

const AskIds = z.array(z.string());

/** How many due records one caller takes at a time. */
const claimLimit = 200;

export interface RecoveryOptions {
  /** How long an ask is remembered. */
  readonly retentionMs: number;
  /** Called for a flight or landing that was removed from the index because no reader can use it. */
  readonly onForgotten: (member: string) => void;
}

/** Finds what a dead process left behind. */
export function createRecovery(
  client: RedisClient,
  keys: Keys,
  options: RecoveryOptions,
): Pick<Asks, 'lost' | 'unsettled'> {
  const forget = async (touched: readonly string[], member: string): Promise<void> => {
    const removed = await run(client, forgetScript, touched, [member, options.retentionMs]);
    if (removed === 1) options.onForgotten(member);
  };

  return {
    unsettled: async (olderThanMs) => {
      const [, ...due] = texts(await run(client, claimDueScript, [keys.landings], [olderThanMs, claimLimit]));
      return each(
        due,
        (instance) => readLanding(client, keys, instance),
        (instance) => forget([keys.landing(instance), keys.landing(instance), keys.landings], instance),
      );
    },
    lost: async (olderThanMs) => {
      const [now, ...due] = texts(await run(client, claimDueScript, [keys.flights], [olderThanMs, claimLimit]));
      return each(
        due,
        (flight) => readLost(client, keys, flight, Number(now)),
        (flight) =>
          forget(
            [keys.flight(flight), keys.waiting(flight), keys.flights, keys.queued(clusterOfFlight(flight))],
            flight,
          ),
      );
    },
  };
}

/** A recorded landing; undefined if it does not exist or cannot be read. */
export async function readLanding(client: RedisClient, keys: Keys, instance: string): Promise<Landing | undefined> {
  const { flight, answer, landedAt, asks: ids } = await client.hgetall(keys.landing(instance));
  const decoded = valueOf(answerRecord.decode(answer));
  const waiting = AskIds.safeParse(jsonOf(ids));
  if (flight === undefined || decoded === undefined || !waiting.success) return undefined;
  const { asks, unreadable } = await readAsks(client, keys, waiting.data);
  return {
    instance,
    flight,
    asks,
    complete: unreadable === 0,
    answer: decoded,
    landedAt: isoOf(landedAt),
  };
}

async function readLost(
  client: RedisClient,
  keys: Keys,
  flight: string,
  nowMs: number,
): Promise<LostFlight | undefined> {
  const [state, ids, rank] = await Promise.all([
    client.hgetall(keys.flight(flight)),
    client.lrange(keys.waiting(flight), 0, -1),
    client.zrank(keys.queued(clusterOfFlight(flight)), flight),
  ]);
  const [first, ...others] = (await readAsks(client, keys, ids)).asks;
  const { instance, takes, openedAt } = state;
  const isAbandoned = state['holder'] !== undefined;
  // Someone took it between reading the index and this read.
  if (isAbandoned && wholeOf(state['until']) > nowMs) return undefined;
  if (instance === undefined || first === undefined || flightOf(first) !== flight) return undefined;
  return {
    flight,
    instance,
    takes: wholeOf(takes),
    deaths: wholeOf(state['deaths']) + (isAbandoned ? 1 : 0),
    before: rank ?? 0,
    waitedMs: Math.max(0, nowMs - wholeOf(openedAt)),
    asks: [first, ...others],
  };
}

/** Reads every member; one that cannot be read does not affect the others. */
async function each<T>(
  members: readonly string[],
  read: (member: string) => Promise<T | undefined>,
  forget: (member: string) => Promise<void>,
): Promise<readonly T[]> {
  const found = await Promise.all(
    members.map(async (member) => {
      const value = await unlessWrongType(read(member));
      if (value === undefined) await forget(member);
      return value === undefined ? [] : [value];
    }),
  );
  return found.flat();
}

function wholeOf(text: string | undefined): number {
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
