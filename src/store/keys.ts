import { createHash } from 'node:crypto';

/** Where everything lies in Redis. */
export type Keys = ReturnType<typeof keysOf>;

/**
 * Names every key. The prefix is a hash tag, so that a Redis Cluster keeps all keys in one slot and a script may touch
 * several. Every record carries its Slack team; indices across teams carry it in their members, and workers and contents
 * belong to no team.
 */
export function keysOf(prefix: string) {
  const root = /\{[^}]+\}/.test(prefix) ? prefix : `{${prefix}}`;
  const key = (...parts: readonly string[]): string => [root, ...parts.map(segment)].join(':');
  return {
    root,
    ask: (id: string) => key(teamOf(id), 'ask', id),
    /** State of one flight; `waiting` lists the ids of its asks. */
    flight: (flight: string) => key(teamOf(flight), 'flight', flightHash(flight)),
    waiting: (flight: string) => key(teamOf(flight), 'waiting', flightHash(flight)),
    landing: (instance: string) => key(teamOf(instance), 'landing', instance),
    flights: key('flights'),
    landings: key('landings'),
    queued: (cluster: string) => key('queued', cluster),
    report: (team: string, id: string) => key(team, 'report', id),
    message: (team: string, id: string) => key(team, 'message', id),
    pending: (team: string, channel: string) => key(team, 'pending', channel),
    channelLease: (team: string, channel: string) => key(team, 'channel-lease', channel),
    dirty: (team: string) => key(team, 'dirty'),
    channel: (team: string, channel: string) => key(team, 'channel', channel),
    answer: (id: string) => key('answer', id),
    workers: (cluster: string) => key('workers', cluster),
    workerStates: (cluster: string) => key('worker-states', cluster),
    content: (digest: string) => key('content', digest),
    contentIndex: (what: 'used' | 'sizes' | 'total') => key('contents', what),
    topic: (name: string) => key('topic', name),
  };
}

/** Ask ids and flights begin with their team: `T123/…`. */
function teamOf(idOrFlight: string): string {
  return idOrFlight.split('/', 1)[0] ?? '';
}

/** The cluster of a flight, see `flightOf`. */
export function clusterOf(flight: string): string {
  return flight.split('/', 2)[1] ?? '';
}

/** A short name of a flight, safe in keys and job ids. */
function flightHash(flight: string): string {
  return createHash('sha256').update(flight).digest('base64url').slice(0, 27);
}

/** Separators cannot be forged from inside a part. */
function segment(part: string): string {
  return part.replace(/[%:{}\s]/g, (character) => encodeURIComponent(character));
}
