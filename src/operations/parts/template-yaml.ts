import type { ContainerKey, TemplateEdit } from '../../model/change/operation.ts';
import type { WorkloadKind } from '../../model/workload/workload.ts';

type Fields = { -readonly [K in 'image' | 'imagePullPolicy']?: string | null };

/** What is to be changed in a template, as data: by container, and the pull secrets. */
interface TemplatePatch {
  readonly main: ReadonlyMap<string, Fields>;
  readonly init: ReadonlyMap<string, Fields>;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Where the pod's spec is in an object of this kind. */
export function podSpecPath(kind: WorkloadKind): readonly string[] {
  if (kind === 'Pod') return ['spec'];
  return kind === 'CronJob' ? ['spec', 'jobTemplate', 'spec', 'template', 'spec'] : ['spec', 'template', 'spec'];
}

/** The edits as a strategic merge patch (JSON); restarts are left out. Undefined if nothing remains. */
export function strategicPatch(kind: WorkloadKind, edits: readonly TemplateEdit[]): string | undefined {
  const { main, init, added, removed } = collect(edits);
  const list = (fields: ReadonlyMap<string, Fields>) => [...fields].map(([name, rest]) => ({ name, ...rest }));
  const secrets = [...added.map((name) => ({ name })), ...removed.map((name) => ({ $patch: 'delete', name }))];
  const spec = {
    ...(init.size === 0 ? {} : { initContainers: list(init) }),
    ...(main.size === 0 ? {} : { containers: list(main) }),
    ...(secrets.length === 0 ? {} : { imagePullSecrets: secrets }),
  };
  if (Object.keys(spec).length === 0) return undefined;
  const whole = podSpecPath(kind).reduceRight<object>((inner, key) => ({ [key]: inner }), spec);
  return JSON.stringify(whole);
}

/** The edits as the part of a manifest that has to change, in YAML; undefined if only a restart is left. */
export function manifestYaml(kind: WorkloadKind, edits: readonly TemplateEdit[]): string | undefined {
  const { main, init, added, removed } = collect(edits);
  const lines = [
    ...containerLines('initContainers', init),
    ...containerLines('containers', main),
    ...(added.length + removed.length === 0 ? [] : ['imagePullSecrets:']),
    ...added.map((name) => `  - name: ${scalar(name)}`),
    ...removed.map((name) => `  # without: ${scalar(name)}`),
  ];
  if (lines.length === 0) return undefined;
  const path = podSpecPath(kind);
  const indent = '  '.repeat(path.length);
  return [...path.map((key, depth) => `${'  '.repeat(depth)}${key}:`), ...lines.map((line) => `${indent}${line}`)].join(
    '\n',
  );
}

function containerLines(list: string, fields: ReadonlyMap<string, Fields>): readonly string[] {
  if (fields.size === 0) return [];
  return [
    `${list}:`,
    ...[...fields].flatMap(([name, values]) => [
      `  - name: ${scalar(name)}`,
      ...Object.entries(values).map(([key, value]) =>
        value === null ? `    # without: ${key}` : `    ${key}: ${scalar(value ?? '')}`,
      ),
    ]),
  ];
}

/** Plain if YAML can only read it as text; otherwise in JSON's quotes, which YAML reads. */
function scalar(text: string): string {
  const isPlain = /^[A-Za-z][\w./@:-]*$/.test(text) && !text.endsWith(':');
  return isPlain && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text) ? text : JSON.stringify(text);
}

function collect(edits: readonly TemplateEdit[]): TemplatePatch {
  const patch = { main: new Map<string, Fields>(), init: new Map<string, Fields>() };
  const [added, removed]: [string[], string[]] = [[], []];
  const fieldsOf = ({ type, name }: ContainerKey): Fields => {
    const fields = patch[type].get(name) ?? {};
    patch[type].set(name, fields);
    return fields;
  };
  for (const edit of edits) {
    if (edit.field === 'image' || edit.field === 'imagePullPolicy') fieldsOf(edit.container)[edit.field] = edit.to;
    else if (edit.field === 'imagePullSecrets') (edit.change === 'add' ? added : removed).push(edit.name);
  }
  return { ...patch, added, removed };
}
