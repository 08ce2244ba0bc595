import type { DecideClick, Decision } from '../../src/flows/change/decide/decide.ts';
import type { RefusedRequest } from '../../src/flows/change/request/refuse-request.ts';
import { type Approval, isToReview } from '../../src/model/approval/approval.ts';
import type { AuditRecord } from '../../src/model/audit/audit.ts';
import type { ChangeDoor } from '../../src/slack/bot/door.ts';

/** Plans and approvals in memory; the test decides the result of a click. */
export function createMemoryDoor(reach: () => Promise<void> = async () => {}) {
  const approvals = new Map<string, Approval>();
  const requested: Approval[] = [];
  const refused: RefusedRequest[] = [];
  const clicks: DecideClick[] = [];
  const reviews: Parameters<ChangeDoor['review']>[0][] = [];
  const asked: Parameters<ChangeDoor['history']>[1][] = [];
  const state = {
    decide: ((click) => {
      const approval = approvals.get(click.id);
      return approval === undefined ? { kind: 'unknown' } : { kind: 'granted', approval };
    }) as (click: DecideClick) => Decision,
    history: [] as readonly AuditRecord[],
    /** Ids of changes that were made in a terminal. */
    terminal: [] as readonly string[],
    /** An existing plan for the same change. */
    waits: undefined as Approval | undefined,
    /** The store answers `get` when this resolves. */
    get: async () => {},
  };
  const door: ChangeDoor = {
    newId: (team, key) =>
      `${team}${key}`
        .replaceAll(/[^0-9A-HJKMNP-TV-Z]/g, '0')
        .slice(-8)
        .padStart(8, '0'),
    request: async (approval) => {
      await reach();
      if (state.waits !== undefined) return { waits: state.waits };
      requested.push(approval);
      return 'created';
    },
    refused: async (wish) => {
      await reach();
      refused.push(wish);
    },
    decide: async (click) => {
      await reach();
      clicks.push(click);
      return state.decide(click);
    },
    get: async (_, id) => {
      await reach();
      await state.get();
      return approvals.get(id);
    },
    list: async (_, which) => {
      await reach();
      return [...approvals.values()]
        .filter(
          (one) =>
            (which.cluster === undefined || which.cluster === one.cluster) &&
            (which.states === undefined || which.states.includes(one.state)) &&
            (which.toReview !== true || isToReview(one)),
        )
        .toReversed()
        .slice(0, which.limit);
    },
    isOfTerminal: async (id) => {
      await reach();
      return state.terminal.includes(id);
    },
    history: async (_, about) => {
      await reach();
      asked.push(about);
      return state.history;
    },
    review: async (click) => {
      reviews.push(click);
      const approval = approvals.get(click.id);
      return approval === undefined ? { kind: 'unknown' } : { kind: 'granted', approval };
    },
    groups: () => ['dask-owners'],
    isTrustedMove: (from, to) => to.split('/').slice(0, 2).join('/') === from.split('/').slice(0, 2).join('/'),
  };
  return { door, approvals, requested, refused, clicks, reviews, asked, state };
}
