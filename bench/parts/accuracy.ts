import { askProgram, type Verdict } from '../accuracy/program.ts';
import { type LabelledText, labelledTexts } from '../accuracy/reports.ts';
import type { Figure } from '../figures.ts';

const ours = 'node_modules/.bin/node src/main.ts explain --jsonl';
const naive = 'node_modules/.bin/node bench/accuracy/naive.mjs';

/**
 * How often texts that people reported are explained by their right cause: imagecheck beside a matcher of keywords, or
 * the program of `BENCH_ACCURACY_PROGRAM` beside both.
 */
export async function benchAccuracy(): Promise<readonly Figure[]> {
  const texts = labelledTexts();
  const other = process.env['BENCH_ACCURACY_PROGRAM'];
  const programs = { imagecheck: ours, keywords: naive, ...(other === undefined ? {} : { [other]: other }) };
  const figures: Figure[] = [];
  for (const [name, command] of Object.entries(programs)) {
    const verdicts = await askProgram(command, texts);
    const judged = texts.map((text) => judge(text, verdicts.get(text.id)));
    figures.push(...perSet(name, judged), ...calibration(name, judged));
    if (name === 'imagecheck') figures.push(...perClass(judged));
  }
  return figures;
}

interface Judged extends LabelledText, Verdict {
  readonly isAcceptable: boolean;
}

function judge(text: LabelledText, verdict: Verdict = { cause: 'no answer' }): Judged {
  return { ...text, ...verdict, isAcceptable: text.acceptable.includes(verdict.cause) };
}

function perSet(program: string, judged: readonly Judged[]): readonly Figure[] {
  return [...Map.groupBy(judged, ({ set }) => set)].map(([set, some]) => {
    const exact = some.filter(({ cause, right }) => cause === right).length;
    const unknown = some.filter(({ cause }) => cause === 'unknown').length;
    return share(`${program}, ${set}: acceptable cause`, some, `${exact} exactly; ${unknown} "unknown"`);
  });
}

/** Certain should nearly always be right, likely mostly, possible often. */
function calibration(program: string, judged: readonly Judged[]): readonly Figure[] {
  return (['certain', 'likely', 'possible'] as const).flatMap((confidence) => {
    const some = judged.filter((one) => one.confidence === confidence && one.cause !== 'unknown');
    const unfounded = some.filter(({ canTell }) => !canTell).length;
    const note = confidence === 'certain' ? `${unfounded} where the text alone cannot tell` : undefined;
    return some.length === 0 ? [] : [share(`${program}, ${confidence}: acceptable cause`, some, note)];
  });
}

function perClass(judged: readonly Judged[]): readonly Figure[] {
  const classes = [...Map.groupBy(judged, ({ right }) => right)].sort(([, a], [, b]) => b.length - a.length);
  return classes.map(([right, some]) => {
    const wrong = some.filter(({ isAcceptable }) => !isAcceptable).map(({ id, cause }) => `${id}: ${cause}`);
    return share(`of ${right}`, some, wrong.length === 0 ? undefined : wrong.slice(0, 3).join('; '));
  });
}

function share(name: string, some: readonly Judged[], note: string | undefined): Figure {
  const acceptable = some.filter(({ isAcceptable }) => isAcceptable).length;
  const value = Number(((100 * acceptable) / some.length).toFixed(1));
  const count = `${acceptable} of ${some.length}`;
  return { name, value, unit: '%', note: note === undefined ? count : `${count}; ${note}` };
}
