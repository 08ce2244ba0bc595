import { createTwoFilesPatch } from 'diff';
import { stringify } from 'yaml';
import { hidden, hideWords } from '../../model/snapshot/hidden.ts';
import { redact } from '../../model/text/redact.ts';

/** The maximum length for Slack's modal and the audit. */
const longestDiff = 6_000;
const longestAnnotation = 300;
/** Annotations that a change writes; others are other programs' data, which may be secret. */
const ownAnnotation =
  /^(?:imagecheck\.dev\/.*|kubernetes\.io\/change-cause|kubectl\.kubernetes\.io\/restartedAt|deployment\.kubernetes\.io\/revision)$/;

/** Fields that change by themselves or say nothing about the change. */
const leftOut = new Set(['managedFields', 'resourceVersion', 'generation', 'selfLink', 'creationTimestamp', 'uid']);
/** Contains the whole object once more, including its environment. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A unified diff of two states of an object as YAML, without colours. Values of variables, arguments, headers of probes
 * and annotations of other programs are not shown, texts that look like credentials are removed, and it is cut to 6,000
 * characters.
 */
export function objectDiff(name: string, before: unknown, after: unknown): string {
  return textDiff(name, yamlOf(before), yamlOf(after));
}

/** The same for two texts without secrets. Empty if they are equal. */
export function textDiff(name: string, before: string, after: string): string {
  if (before === after) return '';
  // Two states that have nothing in common would take quadratic time.
  const options = { context: 3, maxEditLength: 2_000 };
  const patch = createTwoFilesPatch(name, name, before, after, 'before', 'after', options);
  const text = patch === undefined ? `--- ${name}\n+++ ${name}\n(too different to show)\n` : withoutRuler(patch);
  return text.length <= longestDiff ? text : `${text.slice(0, longestDiff - 7)}\n[cut]\n`;
}

function withoutRuler(patch: string): string {
  return patch.replace(/^(?:Index: .*\n)?=+\n/, '');
}

function yamlOf(object: unknown): string {
  if (!isFields(object)) return '';
  const { status: _, ...rest } = object;
  const shown = { ...rest, ...(isFields(rest['metadata']) ? { metadata: metadataOf(rest['metadata']) } : {}) };
  return redact(
    stringify(withoutSettings(shown), { aliasDuplicateObjects: false, lineWidth: 0, sortMapEntries: true }),
  );
}

function metadataOf(metadata: Fields): Fields {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !leftOut.has(key)));
}

function annotationsOf(annotations: Fields): Fields {
  const kept = Object.entries(annotations).filter(([key]) => key !== lastApplied);
  return Object.fromEntries(kept.map(([key, value]) => [key, annotationOf(key, value)]));
}

function annotationOf(key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (!ownAnnotation.test(key)) return hidden(value);
  return value.length > longestAnnotation ? `${value.slice(0, longestAnnotation)}…` : value;
}

function withoutSettings(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutSettings);
  if (!isFields(node)) return node;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, settingOf(key, value)]));
}

function settingOf(key: string, value: unknown): unknown {
  if (key === 'annotations' && isFields(value)) return annotationsOf(value);
  if (!Array.isArray(value)) return withoutSettings(value);
  if (key === 'env' || key === 'httpHeaders') return value.map(withoutValue);
  return key === 'command' || key === 'args' ? hideWords(value.map(String)) : withoutSettings(value);
}

function withoutValue(entry: unknown): unknown {
  return isFields(entry) && typeof entry['value'] === 'string' ? { ...entry, value: '(not shown)' } : entry;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
