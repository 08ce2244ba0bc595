import { SlackRefusal } from './web-api.ts';
import type { Workspace } from './workspace.ts';

const triggerMs = 3_000;
const responseUrlMs = 30 * 60_000;
const responseUrlUses = 5;

/** Short-lived permissions that Slack issues with an interaction. */
export interface Triggers {
  /** A trigger id: valid once, for three seconds, to open a view for this person. */
  issue(user: string): string;
  take(triggerId: string): string;
  /** A response URL's id: valid five times within thirty minutes. */
  issueResponse(place: ResponsePlace): string;
  takeResponse(id: string): ResponsePlace | undefined;
}

/** What a response URL may respond to. */
export interface ResponsePlace {
  readonly channel: string;
  readonly user: string;
  readonly threadTs?: string;
  readonly messageTs?: string;
}

export function createTriggers(workspace: Workspace, nowMs: () => number): Triggers {
  const issued = new Map<string, { readonly user: string; readonly atMs: number; used: boolean }>();
  const responses = new Map<string, { readonly place: ResponsePlace; readonly atMs: number; uses: number }>();
  return {
    issue: (user) => {
      const id = `${nowMs()}.${workspace.nextId('')}.${workspace.team.id.toLowerCase()}`;
      issued.set(id, { user, atMs: nowMs(), used: false });
      return id;
    },
    take: (triggerId) => {
      const trigger = issued.get(triggerId);
      if (trigger === undefined) throw new SlackRefusal('invalid_trigger_id');
      if (trigger.used) throw new SlackRefusal('exchanged_trigger_id');
      if (nowMs() - trigger.atMs > triggerMs) throw new SlackRefusal('expired_trigger_id');
      trigger.used = true;
      return trigger.user;
    },
    issueResponse: (place) => {
      const id = workspace.nextId('R');
      responses.set(id, { place, atMs: nowMs(), uses: 0 });
      return id;
    },
    takeResponse: (id) => {
      const response = responses.get(id);
      if (response === undefined || response.uses >= responseUrlUses || nowMs() - response.atMs > responseUrlMs)
        return undefined;
      response.uses += 1;
      return response.place;
    },
  };
}
