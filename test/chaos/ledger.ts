import type { Approval } from '../../src/model/approval/approval.ts';
import type { ChainPlace } from '../../src/model/audit/audit-chain.ts';
import type { Message } from '../../src/sandbox/slack/workspace.ts';

/** What somebody typed, and everything that stands in the channel in which only this was typed. */
export interface Asked {
  readonly text: string;
  readonly user: string;
  /** `private`: one answer for the person; `report`: a check; `plan`: a change. */
  readonly kind: 'private' | 'report' | 'plan';
  /** False when Slack itself could not hand it to any bot, and nobody was told: a mention while all bots were away. */
  readonly delivered: boolean;
  /**
   * An answer for one person alone is in no record: a bot that ends while Slack does not take it takes it along. True
   * where that may have happened.
   */
  readonly mayBeLost: boolean;
  /** True where the answer may have been, for one person alone, that Redis or Slack did not let the question be saved. */
  readonly mayBeUnsaved: boolean;
  readonly messages: readonly Message[];
}

/** A change that the API server took from the product; `mark` is the approval that it names. */
export interface Patched {
  readonly deployment: string;
  readonly mark: string;
}

export interface DeploymentSeen {
  readonly name: string;
  readonly image: string;
  readonly generation: number;
  /** The last approval that it names. */
  readonly mark: string;
}

export interface ProcessSeen {
  readonly name: string;
  readonly descriptors: number;
  readonly residentMb: number;
  readonly peakMb: number;
  /** At most so much of each. */
  readonly may: { readonly descriptors: number; readonly residentMb: number; readonly peakMb: number };
}

/** What a run left behind, from the logs and contents of the servers around the product and not from its own words. */
export interface Ledger {
  readonly asked: readonly Asked[];
  readonly approvals: readonly Approval[];
  readonly messages: readonly Message[];
  readonly patched: readonly Patched[];
  readonly deployments: readonly DeploymentSeen[];
  readonly audit: readonly ChainPlace[];
  /** Texts in which no secret may be, and where each is from. */
  readonly texts: readonly { readonly where: string; readonly text: string }[];
  readonly canaries: readonly string[];
  readonly processes: readonly ProcessSeen[];
  /** Ends of processes that nobody asked for, and what else went wrong at the time. */
  readonly incidents: readonly string[];
}
