import { riskReasons } from '../flows/change/show/risk-lines.ts';
import type { ChangeRequest } from '../model/change/change.ts';
import { setsBack } from '../model/change/git-owner.ts';
import type { Plan } from '../model/change/plan.ts';
import { formatSubject, namespaceBeside } from '../model/subject/subject.ts';
import { mapStrings } from '../model/values/map-strings.ts';
import { forKnown } from '../model/values/open-enum.ts';
import { type Paint, printableLines } from './paint.ts';
import { wrap } from './wrap.ts';

const riskColours = { low: 'green', medium: 'yellow', high: 'red' } as const;
const margin = { first: '  ', rest: '    ' };
const mostDiffLines = 200;

/** What a terminal shows of a plan. */
export interface PlanShown {
  readonly plan: Plan;
  /** Of the plan's intent. */
  readonly digest: string;
}

/** A plan as shown to a person before they confirm it: what changes, what it costs, the diff, and how to undo it. */
export function renderPlan({ plan: untrusted, digest }: PlanShown, paint: Paint, widthColumns: number): string {
  const plan = mapStrings(untrusted, printableLines);
  const width = Math.min(Math.max(widthColumns, 40), 120);
  const { intent } = plan;
  const lines = [
    paint(
      'bold',
      `Plan ${digest.slice(0, 12)} · ${intent.remedy} · cluster ${intent.cluster} · ${paint(forKnown(riskColours, intent.risk) ?? 'red', `${intent.risk} risk`)}`,
    ),
    ...intent.targets.flatMap((target, index) => [
      '',
      paint('bold', [formatSubject(target.subject), namespaceBeside(target.subject)].filter(Boolean).join(' · ')),
      ...targetLines(plan.targets[index], paint, width),
    ]),
    '',
    // The shown text is already printable; the reasons come from the intent, which is not.
    ...section('Risk', riskReasons(intent), paint, width, 'yellow'),
    ...section('Effects', plan.effects, paint, width),
    ...section('Warning', plan.warnings, paint, width, 'yellow'),
    ...section('Not included', plan.leftOut, paint, width, 'yellow'),
    ...undoLines(plan.undo, paint, width),
    ...plan.kubectl.flatMap((command, index) => [
      ...(index === 0 ? [paint('dim', 'Or with kubectl:')] : []),
      `  ${command}`,
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function targetLines(target: Plan['targets'][number] | undefined, paint: Paint, width: number): readonly string[] {
  if (target === undefined) return [];
  return [
    ...target.changes.flatMap((change) => wrap(change, width, margin)),
    ...target.provenance.flatMap((line) => wrap(paint('dim', line), width, margin)),
    ...(target.git === undefined
      ? []
      : wrap(
          paint(
            'yellow',
            `${target.git.tool}${target.git.name === undefined ? '' : ` ${target.git.name}`} ${setsBack(target.git)}. Change it there: ${target.git.change}`,
          ),
          width,
          margin,
        )),
    ...target.dryRuns.flatMap(({ outcome, diff }) => [
      ...(diff === '' ? [`  ${paint('dim', `dry run: ${outcome}`)}`] : diffLines(diff, paint)),
    ]),
  ];
}

function diffLines(diff: string, paint: Paint): readonly string[] {
  const lines = diff.replace(/\n$/, '').split('\n');
  const more = lines.length - mostDiffLines;
  const kept = lines.slice(0, mostDiffLines).map((line) => `  ${coloured(line, paint)}`);
  return more > 0 ? [...kept, `  and ${more} more lines; --json has them`] : kept;
}

function coloured(line: string, paint: Paint): string {
  if (line.startsWith('+++') || line.startsWith('---')) return paint('bold', line);
  if (line.startsWith('')) return paint('cyan', line);
  if (line.startsWith('+')) return paint('green', line);
  return line.startsWith('-') ? paint('red', line) : line;
}

function undoLines({ how, cannot }: Plan['undo'], paint: Paint, width: number): readonly string[] {
  const back = how === undefined && cannot.length === 0 ? ['can’t be undone'] : how === undefined ? [] : [how];
  return [...section('Undo', back, paint, width), ...section('Undo won’t restore', cannot, paint, width, 'yellow')];
}

function section(
  label: string,
  lines: readonly string[],
  paint: Paint,
  width: number,
  colour: 'dim' | 'yellow' = 'dim',
): readonly string[] {
  if (lines.length < 2) {
    return lines.flatMap((line) => wrap(`${paint(colour, `${label}:`)} ${line}`, width, { first: '', rest: '  ' }));
  }
  return [paint(colour, `${label}:`), ...lines.flatMap((line) => wrap(line, width, { first: '  - ', rest: '    ' }))];
}

/**
 * The token that names a shown plan: enough digits of its digest, and the time used in the plan. Restart annotations
 * contain that time, so a plan made with another one would be another plan.
 */
export function tokenOf({ digest, request }: { readonly digest: string; readonly request: Pick<ChangeRequest, 'at'> }) {
  return `${digest.slice(0, 12)}@${request.at}`;
}

/** A token as it is typed: at least eight hexadecimal digits, and a time unless the plan does not depend on it. */
export function readPlanToken(text: string): { readonly prefix: string; readonly at?: string } | undefined {
  const found = /^([0-9a-f]{8,64})(?:@(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z))?$/.exec(text);
  const [, prefix, at] = found ?? [];
  if (prefix === undefined || (at !== undefined && Number.isNaN(Date.parse(at)))) return undefined;
  return at === undefined ? { prefix } : { prefix, at };
}
