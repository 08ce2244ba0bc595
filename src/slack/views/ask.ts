import { standingWords } from '../../model/finding/report.ts';
import type { View } from '../../model/message.ts';
import { forKnown, laterName } from '../../model/values/open-enum.ts';
import {
  code,
  context,
  type Drawn,
  type Formatted,
  format,
  join,
  message,
  person,
  prose,
  sections,
} from '../blocks/blocks.ts';
import { formatDuration } from './duration.ts';

type AskView = Extract<View, { view: 'ask' }>;

/** The parent of a check: one line with the status, and one with the request and its requester. */
export function drawAsk(view: AskView): Drawn {
  const headline = headlineOf(view);
  const asked = format`requested by ${person(view.user)}: ${code(view.text, 400)}`;
  const took = view.result === undefined ? undefined : prose(formatDuration(view.result.durationMs));
  return message({
    text: headline.text,
    body: [
      ...sections([format`*imagecheck*  ${headline.line}`]),
      ...context([took === undefined ? asked : join([asked, took], ' · ')]),
    ],
  });
}

function headlineOf(view: AskView): { readonly line: Formatted; readonly text: Formatted } {
  const where = format`cluster ${code(view.cluster, 80)}`;
  const progress = view.progress === undefined ? undefined : prose(view.progress, 300);
  if (view.state === 'done' && view.result !== undefined) return doneHeadline(view.result, view.cluster);
  const [mark, word] = forKnown(marks, view.state) ?? ['❔', laterName('a state', view.state)];
  const parts = progress === undefined ? [where] : [where, progress];
  return {
    line: join([format`${mark} ${word}`, ...parts], ' · '),
    text: join(
      [format`imagecheck: ${word}`, prose(view.text, 200), ...(progress === undefined ? [] : [progress])],
      ' · ',
    ),
  };
}

const marks = {
  queued: ['⏳', 'queued'],
  checking: ['🔎', 'checking…'],
  // Done without a result: the answer is a question.
  done: ['❓', 'which one?'],
  failed: ['⚠️', 'couldn’t check'],
} as const;

function doneHeadline(result: NonNullable<AskView['result']>, cluster: string) {
  const warns = result.status === 'healthy' && (result.warnings ?? 0) > 0;
  const mark = warns ? '🟠' : (forKnown(signs, result.status) ?? '❔');
  const word = standingWords({ ...result, warnings: result.warnings ?? 0 });
  const place = result.namespace === undefined ? [] : [result.namespace];
  return {
    line: join(
      [
        format`${mark} *${word}*`,
        code(result.subject, 300),
        ...place.map((name) => code(name, 80)),
        format`cluster ${code(cluster, 80)}`,
      ],
      ' · ',
    ),
    text: join(
      [
        format`imagecheck: ${word}`,
        ...[result.subject, ...place, `cluster ${cluster}`].map((part) => prose(part, 300)),
      ],
      ' · ',
    ),
  };
}

const signs = { healthy: '✅', progressing: '⏳', problems: '🔴', unknown: '❔' } as const;
