/** A person who can act on the page. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly realName: string;
  readonly guest: boolean;
}

/** One message as Slack's history methods return it, with fields that only the simulator knows. */
export interface Message {
  readonly type: 'message';
  readonly ts: string;
  readonly user: string;
  readonly bot_id?: string;
  text: string;
  blocks?: readonly unknown[];
  metadata?: unknown;
  thread_ts?: string;
  edited?: { readonly user: string; readonly ts: string };
  /** Only this person sees it; not part of any history. */
  readonly ephemeralFor?: string;
}

/** A channel or a direct message. */
export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly im: boolean;
  readonly shared: boolean;
  readonly members: Set<string>;
  readonly messages: Message[];
}

/** A modal or App Home view that an app opened for a person. */
export interface OpenView {
  readonly id: string;
  readonly user: string;
  view: Record<string, unknown>;
  hash: string;
  readonly rootId: string;
  /** What someone entered in it: block id -> action id -> value. */
  chosen?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A user group, such as @dask-owners. */
export interface UserGroup {
  readonly id: string;
  readonly handle: string;
  readonly users: readonly string[];
}

/** The whole simulated workspace. */
export interface Workspace {
  readonly team: { readonly id: string; readonly name: string; readonly domain: string };
  readonly app: {
    readonly id: string;
    readonly botId: string;
    readonly botUser: string;
    readonly botToken: string;
    readonly appToken: string;
    readonly signingSecret: string;
  };
  readonly people: Map<string, Person>;
  readonly groups: Map<string, UserGroup>;
  readonly channels: Map<string, Channel>;
  readonly views: Map<string, OpenView>;
  /** Called on every change, for the page. */
  readonly listeners: Set<() => void>;
  /** A fresh message timestamp, unique and increasing, as in Slack. */
  nextTs(): string;
  nextId(prefix: string): string;
}

const people: readonly Person[] = [
  { id: 'U0ANA', name: 'ana', realName: 'Ana Duarte', guest: false },
  { id: 'U0BEN', name: 'ben', realName: 'Ben Okafor', guest: false },
  { id: 'U0CHLOE', name: 'chloe', realName: 'Chloé Martin', guest: false },
  { id: 'U0GUEST', name: 'gus', realName: 'Gus (guest)', guest: true },
];

/** A workspace with a few people, two groups and four channels; the bot is a member of the first three. */
export function createWorkspace(now: () => Date): Workspace {
  let lastMicros = 0;
  let count = 0;
  const botUser = 'U0IMAGECHECK';
  const everyone = people.map(({ id }) => id);
  const channel = (id: string, name: string, withBot: boolean): Channel => ({
    id,
    name,
    im: false,
    shared: false,
    members: new Set([...everyone, ...(withBot ? [botUser] : [])]),
    messages: [],
  });
  const channels = [
    channel('C0INCIDENT', 'incidents', true),
    channel('C0DASK', 'team-dask', true),
    channel('C0SECURITY', 'security', true),
    channel('C0RANDOM', 'random', false),
  ];
  return {
    team: { id: 'T0SANDBOX', name: 'Sandbox', domain: 'sandbox' },
    app: {
      id: 'A0IMAGECHECK',
      botId: 'B0IMAGECHECK',
      botUser,
      botToken: 'xoxb-sandbox',
      appToken: 'xapp-sandbox',
      signingSecret: 'sandbox-signing-secret',
    },
    people: new Map(people.map((person) => [person.id, person])),
    groups: new Map([
      ['S0DASK', { id: 'S0DASK', handle: 'dask-owners', users: ['U0ANA', 'U0BEN'] }],
      ['S0ONCALL', { id: 'S0ONCALL', handle: 'on-call', users: ['U0CHLOE'] }],
    ]),
    channels: new Map(channels.map((entry) => [entry.id, entry])),
    views: new Map(),
    listeners: new Set(),
    nextTs: () => {
      lastMicros = Math.max(lastMicros + 1, now().getTime() * 1000);
      return `${Math.floor(lastMicros / 1_000_000)}.${String(lastMicros % 1_000_000).padStart(6, '0')}`;
    },
    nextId: (prefix) => {
      count += 1;
      return `${prefix}${count.toString(36).toUpperCase().padStart(8, '0')}`;
    },
  };
}

/** Notifies all watchers of a change. */
export function changed(workspace: Workspace): void {
  for (const listener of workspace.listeners) listener();
}

/** A channel by its id, its name, or `@user` for the direct message with the bot. */
export function findChannel(workspace: Workspace, name: string): Channel | undefined {
  const plain = name.replace(/^#/, '');
  return workspace.channels.get(plain) ?? [...workspace.channels.values()].find((channel) => channel.name === plain);
}

/** The direct message between a person and the bot, opened if there is none. */
export function directMessage(workspace: Workspace, user: string): Channel {
  const id = `D0${user.slice(2)}`;
  const found = workspace.channels.get(id);
  if (found !== undefined) return found;
  const made: Channel = {
    id,
    name: `dm-${workspace.people.get(user)?.name ?? user}`,
    im: true,
    shared: false,
    members: new Set([user, workspace.app.botUser]),
    messages: [],
  };
  workspace.channels.set(id, made);
  return made;
}

/** Id of the view that a person sees on the app's Home tab. */
export function homeIdOf(user: string): string {
  return `V0HOME${user}`;
}
