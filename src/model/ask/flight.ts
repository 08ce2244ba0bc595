import type { Ask, AskAnswer } from './ask.ts';

/** An answered flight and everyone who has to hear it. */
export interface Landing {
  /** The flight's instance: the id of the ask that opened it. */
  readonly instance: string;
  readonly flight: string;
  readonly asks: readonly Ask[];
  /** False when a newer release wrote some of the asks: that release tells those people, and settles. */
  readonly complete: boolean;
  readonly answer: AskAnswer;
  readonly landedAt: string;
}

/** A flight that nobody holds. */
export interface LostFlight {
  readonly flight: string;
  /** The id of the ask that opened it; another flight of the same target has another one. */
  readonly instance: string;
  /** How many holders took it so far and did not land it. */
  readonly takes: number;
  /** Flights of the same cluster that wait since before. */
  readonly before: number;
  readonly waitedMs: number;
  /** Who waits for it, oldest first, at least one. */
  readonly asks: readonly [Ask, ...Ask[]];
}
