import { type Approval, isTouched } from '../../model/approval/approval.ts';
import { formatSubject } from '../../model/subject/subject.ts';
import {
  actions,
  button,
  context,
  type Drawn,
  type Formatted,
  format,
  join,
  message,
  moment,
  person,
  prose,
  sections,
} from '../blocks/blocks.ts';
import { approvalValue, changeIds } from '../blocks/change-ids.ts';
import { changedSubjects, endingOf, tookOf } from './plan-state.ts';
import { resultWords } from './plan-targets.ts';

/** More workloads than this are counted; the plan message above names them. */
const mostTargets = 20;
const mostDiagnoses = 5;
const mostNotTouched = 5;

/** The reply that tells the requester how it ended, per workload, and offers the undo. */
export function drawResult(approval: Approval): Drawn {
  const ending = endingOf(approval);
  const took = tookOf(approval);
  const head = join(
    [
      format`${ending.mark} ${person(approval.requester)} *${ending.words}*${took === undefined ? format`` : format` in ${took}`}`,
      ...total(approval),
    ],
    ': ',
  );
  const shown = approval.results.slice(0, mostTargets);
  const left = approval.results.length - shown.length;
  return message({
    text: join([head, changedSubjects(approval)], ' · '),
    body: sections([
      head,
      ...shown.map(
        (result) =>
          format`• ${prose(formatSubject(result.subject), 260)}: ${resultWords(result, approval)}${takenBack(result, approval)}`,
      ),
      ...(left > 0 ? [format`• and ${left} more workloads: the plan above names them`] : []),
      ...(approval.outcome === undefined || approval.results.length > 0 ? [] : [prose(approval.outcome, 800)]),
      ...notTouched(approval),
      ...(approval.remedy === undefined ? [] : [format`*Fix:* ${prose(approval.remedy, 800)}`]),
      ...undoLines(approval),
    ]),
    tail: [...actions(buttonsOf(approval)), ...context([format`Plan ${prose(approval.id, 20)}`])],
  });
}

/** What was requested and left out, with the reason, then other problems of the report. */
function notTouched({ remains, plan }: Approval): Formatted[] {
  const lines = remains ?? plan?.leftOut ?? [];
  const more = lines.length - mostNotTouched;
  return [
    ...lines.slice(0, mostNotTouched).map((line) => format`*Still open:* ${prose(line, 500)}`),
    ...(more > 0 ? [format`*Still open:* and ${more} more`] : []),
  ];
}

/** An undo of several workloads may have restored only some. */
function takenBack({ undoneBy }: Approval['results'][number], whole: Approval): Formatted {
  if (undoneBy === undefined || whole.undoneBy !== undefined) return format``;
  return format` · undone by plan *${prose(undoneBy, 20)}*`;
}

/** `4 of 4 pods are running the intended image and are Ready`, over all workloads. */
function total({ results }: Approval): Formatted[] {
  const pods = results.flatMap((result) => result.pods ?? []);
  if (pods.length === 0 || pods.length < results.length) return [];
  const sum = (part: (one: (typeof pods)[number]) => number) => pods.reduce((all, one) => all + part(one), 0);
  const [desired, onDigest, ready] = [sum((one) => one.desired), sum((one) => one.onDigest), sum((one) => one.ready)];
  return [
    onDigest === desired && ready === desired
      ? format`${onDigest} of ${desired} pods are running the intended image and are Ready`
      : format`${onDigest} of ${desired} pods are running the intended image, ${ready} Ready`,
  ];
}

function undoLines({ undoneBy, undoUntil, plan, results }: Approval): Formatted[] {
  if (undoneBy !== undefined) return [format`↩️ Undone by plan *${prose(undoneBy, 20)}*.`];
  if (!results.some(isTouched)) return [];
  const [first] = results.flatMap(({ replacedBy }) => replacedBy ?? []);
  if (!results.some(isOurs) && first !== undefined) {
    return [format`*Undo:* the current state comes from plan *${prose(first.approval, 20)}*, so undo that one first.`];
  }
  const how = plan?.undo.how;
  if (undoUntil === undefined || how === undefined) return [format`This can’t be undone.`];
  return [format`*Undo* available until ${moment(undoUntil)}: ${prose(how, 400)}`];
}

/** Whether it was changed and no other change followed. */
function isOurs(result: Approval['results'][number]): boolean {
  return isTouched(result) && result.undoneBy === undefined && result.replacedBy === undefined;
}

function buttonsOf(approval: Approval): ReturnType<typeof button>[] {
  const { id, undoneBy, undoUntil, results, plan } = approval;
  const reports = results.filter(({ outcome, reportId }) => reportId !== undefined && outcome !== 'fixed');
  const undoable =
    results.some(isOurs) && undoneBy === undefined && undoUntil !== undefined && plan?.undo.how !== undefined;
  return [
    undoable ? button(changeIds.undo, 'Undo…', approvalValue(approval)) : undefined,
    ...reports
      .slice(0, mostDiagnoses)
      .map(({ subject, reportId = '' }, index) =>
        button(
          `${changeIds.diagnosis}.${index}`,
          `Show what’s wrong: ${formatSubject(subject)}`,
          JSON.stringify({ approval: id, reportId }),
        ),
      ),
  ];
}
