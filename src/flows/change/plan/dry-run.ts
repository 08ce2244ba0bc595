import type { RemedyId } from '../../../model/change/change.ts';
import type { Operation } from '../../../model/change/operation.ts';
import type { DryRun } from '../../../model/change/plan.ts';
import { type LaterMember, laterName } from '../../../model/values/open-enum.ts';
import { applyOperation } from '../../../operations/index.ts';
import type { Applied } from '../../../ports/changes.ts';
import type { Planning } from './reach.ts';

const mostDiff = 6_000;

/** The API server's answer to every operation, without storing any of them. */
export async function dryRunAll(
  operations: readonly Operation[],
  remedy: RemedyId,
  { reach, reading, how }: Planning,
): Promise<readonly DryRun[]> {
  const mark = { approval: how.approval, changeCause: `imagecheck ${remedy} ${how.approval}` };
  const { keychain } = reach;
  return Promise.all(
    operations.map(async (operation) =>
      dryRunOf(await applyOperation(operation, reach, { ...reading, dryRun: true, mark, keychain })),
    ),
  );
}

function dryRunOf(applied: Applied): DryRun {
  switch (applied.kind) {
    case 'applied':
    case 'started':
      return { outcome: 'accepted', diff: cut(applied.diff) };
    case 'already':
      return { outcome: 'accepted', message: 'it is so already', diff: '' };
    case 'forbidden':
      return { outcome: 'forbidden', missingRight: applied.missingRight, diff: '' };
    case 'refused':
      return { outcome: 'refused', message: applied.message, diff: '' };
    case 'conflict':
    case 'absent':
      return { outcome: 'refused', message: applied.what, diff: '' };
    case 'unknown':
      return { outcome: 'unknown', message: applied.why, diff: '' };
    default:
      return applied satisfies never;
  }
}

/** Cut at a line, so that the rest is still a diff. */
function cut(diff: string): string {
  if (diff.length <= mostDiff) return diff;
  const kept = diff.slice(0, mostDiff - 2);
  return `${kept.slice(0, Math.max(kept.lastIndexOf('\n'), 0))}\n…`;
}

/** What people must know before they approve something that the server would currently refuse. */
export function dryRunWarnings(name: string, dryRuns: readonly DryRun[]): readonly string[] {
  const warnings = dryRuns.flatMap(({ outcome, message, missingRight }) => {
    switch (outcome) {
      case 'accepted':
        return [];
      case 'forbidden':
        return [
          `${name}: imagecheck lacks the right to ${missingRight ?? 'do this'}. Grant it (docs/rights.md), or run the commands below yourself.`,
        ];
      case 'refused':
        return [`${name}: the API server would refuse this now: ${message ?? 'without a reason'}`];
      case 'unknown':
        return [`${name}: it could not be tried on the API server: ${message ?? 'without a reason'}`];
      default:
        outcome satisfies LaterMember;
        return [`${name}: the dry run ended with ${laterName('an outcome', outcome)}`];
    }
  });
  return [...new Set(warnings)];
}
