import { artifactTrouble } from './evidence/artifacts.ts';
import { type Draft, defineCheck } from './evidence/check.ts';
import { logLinesOf } from './evidence/log-lines.ts';
import { type PullGroup, pullGroups } from './evidence/pull.ts';
import { groupRegistry, groupText, pullDraft, waitingText } from './evidence/pull-draft.ts';

/** The server answers with HTML, a login page or nothing where the registry protocol is expected. */
export const notARegistry = defineCheck({
  id: 'not-a-registry',
  *run(snapshot) {
    for (const group of pullGroups(snapshot, 'not-a-registry')) yield answersHtml(group);
    for (const lines of logLinesOf(snapshot)) {
      const html = lines.lines.filter(({ owner }) => owner === 'not-a-registry');
      const [first] = html;
      // A malformed reference explains the page; the check for it then reports both.
      if (first === undefined || artifactTrouble(snapshot, lines.container).length > 0) continue;
      yield {
        status: lines.troubled ? 'fail' : 'warn',
        cause: 'not_a_registry',
        confidence: 'possible',
        title: `Container ${lines.container} got something other than JSON from a server`,
        containers: [lines.container],
        evidence: html.slice(0, 3).map(({ evidence }) => evidence),
        conclusion:
          'A JSON parser stopped at the first character: the server returned a page (login, portal, proxy), or nothing.',
        next: 'Check the host, path and scheme that the program asks: a registry answers below /v2/; a bundle reference needs its repository (repository@sha256:…).',
      };
    }
  },
});

function answersHtml(group: PullGroup): Draft {
  const registry = groupRegistry(group);
  return pullDraft(group, {
    title: `${groupText(group)}: ${registry} doesn’t answer like a registry`,
    conclusion: [
      'The answer was a page, a redirect to another site or an empty body instead of the registry protocol: a wrong host or path, a captive portal, or a proxy in between.',
      waitingText(group),
    ]
      .filter((text) => text !== '')
      .join(' '),
    next: `Open https://${registry}/v2/ from a node: a registry answers 200 or 401 with JSON. Correct the host, or bypass the proxy.`,
    prevent: { sentence: 'Use the registry’s login server in references, not the address of its portal.' },
  });
}
