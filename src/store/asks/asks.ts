import { type Ask, flightOf } from '../../model/ask/ask.ts';
import type { Asks } from '../../ports/records.ts';
import type { RedisClient } from '../redis/connection.ts';
import { deathsScript } from '../redis/held.ts';
import { clusterOfFlight, type Keys } from '../redis/keys.ts';
import { valueOf } from '../redis/record.ts';
import { run } from '../redis/script.ts';
import { answerRecord, askRecord, readAsks } from './ask-records.ts';
import {
  countScript,
  dropScript,
  holdScript,
  landScript,
  openScript,
  releaseScript,
  renewScript,
} from './asks-scripts.ts';
import { createRecovery, type RecoveryOptions, readLanding } from './recovery.ts';

/** Questions, flights and landings in Redis: each change of a flight is one script. */
export function createAsks(client: RedisClient, keys: Keys, options: RecoveryOptions): Asks {
  const places = (ask: Ask) => [
    keys.ask(ask.id),
    keys.flight(flightOf(ask)),
    keys.waiting(flightOf(ask)),
    keys.flights,
    keys.queued(ask.cluster),
  ];
  const recovery = createRecovery(client, keys, options);

  return {
    ...recovery,
    open: async (ask) => {
      const args = [ask.id, askRecord.encode(ask), flightOf(ask), ask.cluster, options.retentionMs];
      return (await run(client, openScript, places(ask), args)) === 1 ? 'first' : 'joined';
    },
    count: async ({ team, user }, withinMs) =>
      Number(await run(client, countScript, [keys.asked(team, user)], [withinMs])),
    get: async (id) => valueOf(askRecord.decode(await client.get(keys.ask(id)))),
    waiting: async (flight) => (await readAsks(client, keys, await client.lrange(keys.waiting(flight), 0, -1))).asks,
    hold: async (flight, holder, leaseMs, mostDeaths = Number.MAX_SAFE_INTEGER) => {
      const touched = [keys.flight(flight), keys.flights, keys.queued(clusterOfFlight(flight))];
      return (await run(client, holdScript, touched, [flight, holder, leaseMs, mostDeaths])) === 1;
    },
    deaths: async (flight) => Number(await run(client, deathsScript, [keys.flight(flight)], [])),
    renew: async (flight, holder, leaseMs) =>
      (await run(client, renewScript, [keys.flight(flight), keys.flights], [flight, holder, leaseMs])) === 1,
    release: async (flight, holder) => {
      await run(client, releaseScript, [keys.flight(flight), keys.flights], [flight, holder]);
    },
    land: async (flight, holder, answer) => {
      const instance = await client.hget(keys.flight(flight), 'instance');
      if (instance === null) return undefined;
      const landing = keys.landing(instance);
      const touched = [keys.flight(flight), keys.waiting(flight), keys.flights, keys.landings, landing];
      const args = [flight, holder, answerRecord.encode(answer), instance, options.retentionMs];
      const landed = (await run(client, landScript, touched, args)) !== 0;
      return landed ? readLanding(client, keys, instance) : undefined;
    },
    settle: async ({ instance }) => {
      await client.multi().zrem(keys.landings, instance).del(keys.landing(instance)).exec();
    },
    drop: async (ask) => {
      await run(client, dropScript, places(ask), [ask.id, flightOf(ask)]);
    },
  };
}
