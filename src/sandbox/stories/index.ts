import { reasonOf, UserError } from '../../errors.ts';
import { commandOf, namespacesOf, type Story } from './story.ts';
import type { World } from './world.ts';

/** A story as shown by the page and the JSON API. */
export interface StoryState {
  readonly id: string;
  readonly seed: string;
  readonly title: string;
  readonly summary: string;
  readonly command: string;
  /** More commands for the same incident. */
  readonly alsoTry: readonly string[];
  readonly twinOf?: string;
  readonly namespaces: readonly string[];
  readonly state: 'off' | 'starting' | 'ready' | 'stopping' | 'failed';
  /** Why it failed. */
  readonly problem?: string;
}

/** The stories of one sandbox. */
export interface Stories {
  list(): readonly StoryState[];
  /** Throws `UserError` for an unknown id. */
  get(id: string): StoryState;
  /** Sets up a story; resolves when the incident is visible. A story that is already set up is unchanged. */
  start(id: string): Promise<StoryState>;
  /** Takes it down; resolves when nothing of it is left. */
  remove(id: string): Promise<StoryState>;
}

/** A world for one story, and how to undo changes in it. */
export interface Stage {
  readonly world: World;
  readonly undo: () => Promise<void>;
}

interface Entry {
  readonly story: Story;
  state: StoryState['state'];
  problem?: string;
  stage?: Stage;
  /** The step in progress; the next one waits for it. */
  work: Promise<void>;
}

/** Tracks which stories are set up. `onChange` is called whenever a state changes. */
export function createStories(
  stories: readonly Story[],
  openStage: (story: Story) => Stage,
  onChange: () => void,
): Stories {
  const entries = new Map<string, Entry>(
    stories.map((story) => [story.id, { story, state: 'off', work: Promise.resolve() }]),
  );
  const entryOf = (id: string): Entry => {
    const entry = entries.get(id);
    if (entry !== undefined) return entry;
    throw new UserError(`there is no story ${id}`, { remedy: `Stories: ${[...entries.keys()].join(', ')}.` });
  };
  const inTurn = async (id: string, step: (entry: Entry) => Promise<void>): Promise<StoryState> => {
    const entry = entryOf(id);
    const work = entry.work.then(() => step(entry));
    entry.work = work.catch(() => {});
    await work;
    return describe(entry);
  };
  return {
    list: () => [...entries.values()].map(describe),
    get: (id) => describe(entryOf(id)),
    start: (id) => inTurn(id, (entry) => setUp(entry, openStage, onChange)),
    remove: (id) => inTurn(id, (entry) => takeDown(entry, onChange)),
  };
}

async function setUp(entry: Entry, openStage: (story: Story) => Stage, onChange: () => void): Promise<void> {
  if (entry.state === 'ready') return;
  // Leftovers of a failed attempt would be in the way.
  await takeDown(entry, onChange);
  become(entry, 'starting', onChange);
  const stage = openStage(entry.story);
  entry.stage = stage;
  try {
    await entry.story.setUp(stage.world);
    become(entry, 'ready', onChange);
  } catch (error) {
    become(entry, 'failed', onChange, reasonOf(error));
    throw error;
  }
}

async function takeDown(entry: Entry, onChange: () => void): Promise<void> {
  if (entry.stage === undefined) return;
  become(entry, 'stopping', onChange);
  await entry.stage.undo();
  delete entry.stage;
  become(entry, 'off', onChange);
}

function become(entry: Entry, state: Entry['state'], onChange: () => void, problem?: string): void {
  entry.state = state;
  if (problem === undefined) delete entry.problem;
  else entry.problem = problem;
  onChange();
}

function describe({ story, state, problem }: Entry): StoryState {
  const [, ...others] = story.workloads;
  return {
    id: story.id,
    seed: story.seed,
    title: story.title,
    summary: story.summary,
    command: commandOf(story),
    alsoTry: others.map((workload) => commandOf({ ...story, workloads: [workload] })),
    ...(story.twinOf === undefined ? {} : { twinOf: story.twinOf }),
    namespaces: namespacesOf(story),
    state,
    ...(problem === undefined ? {} : { problem }),
  };
}
