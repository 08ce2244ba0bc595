import type { Advice, Finding } from '../../model/finding/finding.ts';
import { parseImage } from '../../model/image/image.ts';
import type { CauseMessage } from '../../model/settings/settings.ts';

/** Adds the organisation's own messages about a finding's cause, for every registry or for that of its images. */
export function withOwnMessages(findings: readonly Finding[], messages: readonly CauseMessage[]): readonly Finding[] {
  if (messages.length === 0) return findings;
  return findings.map((finding) => {
    const own = messages.filter((message) => isAbout(message, finding)).map(adviceOf);
    return own.length === 0 ? finding : { ...finding, advice: own };
  });
}

function isAbout({ cause, registry }: CauseMessage, finding: Finding): boolean {
  if (cause !== finding.cause) return false;
  return registry === undefined || finding.images.some((text) => registryOf(text) === registry);
}

function registryOf(text: string): string | undefined {
  const parsed = parseImage(text);
  return parsed.ok ? parsed.image.registry : undefined;
}

function adviceOf({ text, link }: CauseMessage): Advice {
  return { ...(text === undefined ? {} : { text }), ...(link === undefined ? {} : { link }) };
}
