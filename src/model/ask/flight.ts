import type { Ask, AskAnswer } from './ask.ts';

/** An answered flight and everyone who has to be told. */
export interface Landing {
  /** The flight's instance: the id of the ask that opened it. */
  readonly instance: string;
  readonly flight: string;
  readonly asks: readonly Ask[];
  /** False if a newer release wrote some of the asks: that release tells those people, and settles the flight. */
  readonly complete: boolean;
  readonly answer: AskAnswer;
  readonly landedAt: string;
}

/** A flight without a holder. */
export interface LostFlight {
  readonly flight: string;
  /** The id of the ask that opened it; another flight of the same target has another one. */
  readonly instance: string;
  /** How many holders have taken it so far without landing it. */
  readonly takes: number;
  /** How many of them died; the others gave it back. */
  readonly deaths: number;
  /** Flights of the same cluster that have waited longer. */
  readonly before: number;
  readonly waitedMs: number;
  /** Everyone who waits for it, oldest first, at least one. */
  readonly asks: readonly [Ask, ...Ask[]];
}
