import { teamOfFlight } from '../../model/ask/ask.ts';
import type { Landing } from '../../model/ask/flight.ts';
import type { WorkerDeps } from '../../ports/processes.ts';
import { finalMessages } from './ask-messages.ts';

/**
 * Posts the answer for everyone who waited for a landed flight, then settles the flight. Safe to call again after a
 * crash at any line, by any process: the same landing gives the same messages, and putting an equal message changes
 * nothing.
 */
export async function announce(
  landing: Landing,
  { asks, reports, outbox }: Pick<WorkerDeps, 'asks' | 'reports' | 'outbox'>,
): Promise<void> {
  const { answer, flight } = landing;
  const report = answer.kind === 'report' ? await reports.get(teamOfFlight(flight), answer.reportId) : undefined;
  await Promise.all(
    landing.asks.map(async (ask) => {
      const [parent, reply] = finalMessages(ask, landing, report);
      await outbox.put(parent, 'final');
      await outbox.put(reply, 'final');
    }),
  );
  if (landing.complete) await asks.settle(landing);
}
