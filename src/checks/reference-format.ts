import { distinct, listed } from '../model/text/words.ts';
import { type ArtifactTrouble, artifactTrouble } from './evidence/artifacts.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { type KnownLine, logLinesOf } from './evidence/log-lines.ts';

/**
 * A program gets an artifact reference that cannot lead to the artifact: a digest without its repository, or another
 * repository than the one that was pushed to. The HTML answer in the log is a consequence.
 */
export const referenceFormat = defineCheck({
  id: 'reference-format',
  *run(snapshot) {
    const logs = logLinesOf(snapshot);
    for (const { name, type } of snapshot.template.containers) {
      if (type === 'ephemeral') continue;
      const trouble = artifactTrouble(snapshot, name);
      const log = logs.find(({ container }) => container === name);
      const pages = log?.lines.filter(({ owner }) => owner === 'not-a-registry') ?? [];
      if (trouble.length === 0 || !isWorthSaying(trouble, pages)) continue;
      yield conclude(name, trouble, pages, log?.troubled === true);
    }
  },
});

/**
 * Two different repositories alone may be two things; they count only with a digest that lacks its own repository, or
 * with a failing fetch.
 */
function isWorthSaying(trouble: readonly ArtifactTrouble[], pages: readonly KnownLine[]): boolean {
  return pages.length > 0 || trouble.some(({ kind }) => kind !== 'repository');
}

function conclude(
  container: string,
  trouble: readonly ArtifactTrouble[],
  pages: readonly KnownLine[],
  troubled: boolean,
): Draft {
  const texts = distinct(trouble.map(({ text }) => text));
  const repository = trouble.find((one) => one.repository !== undefined)?.repository;
  const strong = pages.length > 0 || trouble.some(({ kind }) => kind === 'same-digest');
  return {
    status: pages.length > 0 && troubled ? 'fail' : 'warn',
    cause: 'reference_format',
    confidence: strong ? 'likely' : 'possible',
    title: `Container ${container}: ${listed(texts, 2)}`,
    containers: [container],
    evidence: [
      ...pages.slice(0, 2).map(({ evidence }) => evidence),
      ...trouble.flatMap(({ evidence }) => evidence).slice(0, 6),
    ],
    conclusion:
      pages.length > 0
        ? 'Without the right repository, the request hits a path that doesn’t exist, and the server returns an HTML page instead of JSON.'
        : 'A digest exists only in the repository it was pushed to.',
    next: `Name the artifact as repository@sha256:… everywhere${repository === undefined ? '' : ` (pushed to ${repository})`}, and use one repository for push and fetch.`,
    prevent: {
      sentence: 'Have the push step print the full reference, and pass that on unchanged.',
      snippet: `BUNDLE_REF=${repository ?? 'REPOSITORY'}@sha256:DIGEST`,
    },
  };
}
