import { createHash } from 'node:crypto';

/** Where everything lies in Redis. */
export type Keys = ReturnType<typeof keysOf>;

/**
 * Names every key. The prefix is a hash tag, so that a Redis Cluster keeps all keys in one slot and a script may touch
 * several. Every record carries its Slack team; indices across teams carry it in their members, and workers and contents
 * belong to no team.
 */
export function keysOf(prefix: string) {
  const root = /\{[^}]{1,200}\}/.test(prefix) ? prefix : `{${prefix}}`;
  const key = (...parts: readonly string[]): string => [root, ...parts.map(segment)].join(':');
  return {
    root,
    ask: (id: string) => key(teamOf(id), 'ask', id),
    /** State of one flight; `waiting` lists the ids of its asks. */
    flight: (flight: string) => key(teamOf(flight), 'flight', shortHash(flight)),
    waiting: (flight: string) => key(teamOf(flight), 'waiting', shortHash(flight)),
    landing: (instance: string) => key(teamOf(instance), 'landing', instance),
    flights: key('flights'),
    landings: key('landings'),
    queued: (cluster: string) => key('queued', cluster),
    /** How many questions a person has asked just now. */
    asked: (team: string, user: string) => key(team, 'asked', user),
    report: (team: string, id: string) => key(team, 'report', id),
    message: (team: string, id: string) => key(team, 'message', id),
    /** `CHANNEL TS` of a posted message. */
    messagePlace: (team: string, id: string) => key(team, 'message-place', id),
    pending: (team: string, channel: string) => key(team, 'pending', channel),
    channelLease: (team: string, channel: string) => key(team, 'channel-lease', channel),
    dirty: (team: string) => key(team, 'dirty'),
    channel: (team: string, channel: string) => key(team, 'channel', channel),
    answer: (id: string) => key('answer', id),
    told: (team: string, delivery: string) => key(team, 'told', shortHash(delivery)),
    workers: (cluster: string) => key('workers', cluster),
    workerStates: (cluster: string) => key('worker-states', cluster),
    content: (digest: string) => key('content', digest),
    contentIndex: (what: 'used' | 'sizes' | 'total') => key('contents', what),
    /** Written when a process starts, to find out whether it may; gone a second later. */
    permissionProbe: key('permission-probe'),
    topic: (name: string) => key('topic', name),
    approval: (team: string, id: string) => key(team, 'approval', id),
    /**
     * Ids of a workspace's approvals by the time they were made; `open`: only those that are not over; `to-review`: uses
     * of break glass that nobody has looked at.
     */
    approvals: (team: string, which: 'all' | 'open' | 'to-review') => key(team, 'approvals', which),
    /** Members are `TEAM/ID`; scores are the time at which the record is due. */
    approvalsDue: key('approvals-due'),
    approvalsExpiring: key('approvals-expiring'),
    /** Scores are the time until which signatures in the record may have to be verified. */
    approvalsSigned: key('approvals-signed'),
    /** One chain of every workspace: a gap anywhere is seen everywhere. */
    audit: key('audit'),
    /** The last record that left the chain at its beginning. */
    auditAnchor: key('audit-anchor'),
    auditOnce: (once: string) => key('audit-once', shortHash(once)),
    /** Sequences of the records about a workspace, or about a cluster or workload of it; empty texts mean all. */
    auditHistory: (team: string, cluster: string, workload: string) => key(team, 'audit-history', cluster, workload),
    auditCursor: (sink: string) => key('audit-cursor', sink),
    /** Names of sinks by the time of the last delivery to them. */
    auditSinks: key('audit-sinks'),
  };
}

/** Ask ids and flights begin with their team: `T123/…`. */
function teamOf(idOrFlight: string): string {
  return idOrFlight.split('/', 1)[0] ?? '';
}

/** The cluster of a flight, see `flightOf`. */
export function clusterOfFlight(flight: string): string {
  return flight.split('/', 2)[1] ?? '';
}

/** A short name of a text, safe in keys. */
function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 27);
}

/** Separators cannot be forged from inside a part. */
function segment(part: string): string {
  return part.replace(/[%:{}\s]/g, (character) => encodeURIComponent(character));
}
