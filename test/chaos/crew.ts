import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Actor, ActorOptions, FaultStage, WorkerActor } from '../faults/stage.ts';
import type { ProcessSeen } from './ledger.ts';

type RoleName = 'bot' | 'worker';

/** One place in which a process of the product runs; when one ends, another takes its place. */
interface Post {
  readonly name: string;
  readonly role: RoleName;
  actor?: Actor;
  /** Chaos is at work here; one thing at a time. */
  busy: boolean;
  peakMb: number;
}

/** Bots and workers that are ended, frozen and started again, as an operator and Kubernetes would. */
export interface Crew {
  /** Ends or freezes one of them; resolves when its successor is ready, or it goes on. Nothing where that still lasts. */
  disturb(fault: {
    readonly role: RoleName;
    readonly which: number;
    readonly signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP';
    readonly forMs: number;
    readonly clockMs: number;
  }): Promise<void>;
  /** Ends of processes that nobody asked for. */
  readonly incidents: readonly string[];
  /** When a bot was ended. */
  readonly botEndsMs: readonly number[];
  /** Waits until nothing is disturbed any more, and replaces those whose clock is wrong. */
  settle(): Promise<void>;
  measure(): readonly ProcessSeen[];
}

/** What a process may hold: what its container may (the manifests’ limits), and how many descriptors. */
const limits = { bot: { peakMb: 256 }, worker: { peakMb: 512 } } as const;
const descriptors = 80;
/** How long a process may take to give its work back and end: the grace period of the manifests. */
const termMs = 60_000;
const startAttempts = 5;

export async function startCrew(stage: FaultStage, onWorker: (worker: WorkerActor) => void): Promise<Crew> {
  const incidents: string[] = [];
  const botEndsMs: number[] = [];
  const posts: Post[] = (['bot', 'bot', 'worker', 'worker'] as const).map((role, index) => ({
    name: `${role} ${(index % 2) + 1}`,
    role,
    busy: false,
    peakMb: 0,
  }));
  const wrongClocks = new Set<Post>();

  const occupy = async (post: Post, how: ActorOptions = {}): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const actor = await startActor(stage, post.role, how, onWorker);
        post.actor = actor;
        void actor.ended.then(() => onEnd(post, actor));
        return;
      } catch (error) {
        // Redis or Slack may be away at the moment: then a start fails, and is tried again.
        if (attempt === startAttempts) throw error;
        await delay(1000);
      }
    }
  };

  const onEnd = async (post: Post, actor: Actor): Promise<void> => {
    if (post.busy || post.actor !== actor) return;
    post.busy = true;
    incidents.push(`${post.name} ended by itself: ${actor.log().split('\n').slice(-5).join('\n')}`);
    await occupy(post);
    post.busy = false;
  };

  const replace = async (post: Post, signal: 'SIGKILL' | 'SIGTERM', how: ActorOptions): Promise<void> => {
    const { actor } = post;
    if (actor === undefined) return;
    if (post.role === 'bot') botEndsMs.push(performance.now());
    post.peakMb = Math.max(post.peakMb, memoryOf(actor.pid).peakMb);
    if (signal === 'SIGTERM') {
      actor.signal('SIGTERM');
      const ended = await Promise.race([actor.ended.then(() => true), delay(termMs, false, { ref: false })]);
      if (!ended) incidents.push(`${post.name} did not end within ${termMs} ms of SIGTERM: ${actor.log().slice(-500)}`);
    }
    await actor.kill();
    await occupy(post, how);
  };

  const during = async (post: Post, work: () => Promise<void>): Promise<void> => {
    post.busy = true;
    try {
      await work();
    } catch (error) {
      incidents.push(`${post.name} could not be started again: ${String(error).slice(0, 2000)}`);
    } finally {
      post.busy = false;
    }
  };

  await Promise.all(posts.map((post) => occupy(post)));
  return {
    incidents,
    botEndsMs,
    disturb: async ({ role, which, signal, forMs, clockMs }) => {
      const those = posts.filter((post) => post.role === role);
      const post = those[which % those.length];
      if (post === undefined || post.busy) return;
      await during(post, async () => {
        if (signal !== 'SIGSTOP') {
          if (clockMs === 0) wrongClocks.delete(post);
          else wrongClocks.add(post);
          return await replace(post, signal, { clockMs });
        }
        post.actor?.signal('SIGSTOP');
        await delay(forMs);
        post.actor?.signal('SIGCONT');
      });
    },
    settle: async () => {
      while (posts.some(({ busy }) => busy)) await delay(50);
      await Promise.all([...wrongClocks].map((post) => during(post, () => replace(post, 'SIGTERM', {}))));
      wrongClocks.clear();
    },
    measure: () => posts.map(measured),
  };
}

async function startActor(
  stage: FaultStage,
  role: RoleName,
  how: ActorOptions,
  onWorker: (worker: WorkerActor) => void,
): Promise<Actor> {
  if (role === 'bot') return await stage.startBot(how);
  const worker = await stage.startWorker(how);
  onWorker(worker);
  return worker;
}

function measured({ name, role, actor, peakMb }: Post): ProcessSeen {
  const { pid = 0 } = actor ?? {};
  const now = memoryOf(pid);
  return {
    name,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    residentMb: now.residentMb,
    peakMb: Math.max(peakMb, now.peakMb),
    may: { descriptors, residentMb: limits[role].peakMb, peakMb: limits[role].peakMb },
  };
}

/** In MiB, as Linux counts it; what has ended holds nothing. */
function memoryOf(pid: number): { readonly residentMb: number; readonly peakMb: number } {
  let status = '';
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    // It has just ended.
  }
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;
  return { residentMb: of('VmRSS'), peakMb: of('VmHWM') };
}
