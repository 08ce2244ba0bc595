import { at, type Fields, fields, isRecord, list, number, records, text, texts } from '../objects/object.ts';
import type { ResourceType } from '../objects/resource-types.ts';
import { badRequest, type FieldProblem } from '../objects/status.ts';

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const pathSegment = /^(?!\.\.?$)[^/%]+$/;

const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/**
 * Validates what the API server would refuse with 422: names, missing containers, selectors that select nothing, and
 * similar.
 */
export function problemsOf(type: ResourceType, body: Fields): readonly FieldProblem[] {
  const problems = [...nameProblems(type, body), ...labelProblems(body)];
  switch (type.kind) {
    case 'Pod':
      return [...problems, ...podProblems(fields(body, 'spec'), 'spec', undefined)];
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
      return [
        ...problems,
        ...workloadProblems(body),
        ...templateProblems(fields(body, 'spec', 'template'), 'spec.template', ['Always']),
      ];
    case 'Job':
      return [
        ...problems,
        ...templateProblems(fields(body, 'spec', 'template'), 'spec.template', ['OnFailure', 'Never']),
      ];
    case 'CronJob':
      return [...problems, ...cronJobProblems(fields(body, 'spec'))];
    case 'Secret':
      return [...problems, ...keyProblems(body), ...secretProblems(body)];
    case 'ConfigMap':
      return [...problems, ...keyProblems(body)];
    case 'Event':
      return [...problems, ...eventProblems(body)];
    default:
      return problems;
  }
}

function required(field: string, detail = ''): FieldProblem {
  return {
    field,
    reason: 'FieldValueRequired',
    message: detail === '' ? 'Required value' : `Required value: ${detail}`,
  };
}

/** An invalid value, quoted as Go quotes it. */
export function wrong(field: string, value: unknown, detail: string): FieldProblem {
  return { field, reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${detail}` };
}

function nameProblems({ group, kind }: ResourceType, body: Fields): readonly FieldProblem[] {
  const name = text(body, 'metadata', 'name');
  if (name === '') return [required('metadata.name', 'name or generateName is required')];
  if (group === 'rbac.authorization.k8s.io') {
    return pathSegment.test(name) ? [] : [wrong('metadata.name', name, "may not contain '/' or '%'")];
  }
  const isLabel = kind === 'Namespace' || kind === 'Service';
  if (!(isLabel ? label : subdomain).test(name))
    return [wrong('metadata.name', name, isLabel ? labelRule : subdomainRule)];
  const longest = isLabel ? 63 : 253;
  return name.length > longest ? [wrong('metadata.name', name, `must be no more than ${longest} bytes`)] : [];
}

function labelProblems(body: Fields): readonly FieldProblem[] {
  return Object.entries(fields(body, 'metadata', 'labels')).flatMap(([key, value]) =>
    typeof value === 'string' && /^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/.test(value)
      ? []
      : [
          wrong(
            'metadata.labels',
            value,
            `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (key ${key})`,
          ),
        ],
  );
}

function workloadProblems(body: Fields): readonly FieldProblem[] {
  const labels = texts(body, 'spec', 'template', 'metadata', 'labels');
  const wanted = texts(body, 'spec', 'selector', 'matchLabels');
  const expressions = list(body, 'spec', 'selector', 'matchExpressions');
  const replicas = number(body, 'spec', 'replicas');
  const problems: FieldProblem[] = [];
  if (!isRecord(at(body, 'spec', 'selector'))) problems.push(required('spec.selector'));
  else if (Object.keys(wanted).length + expressions.length === 0) {
    problems.push(wrong('spec.selector', {}, 'empty selector is invalid for deployment'));
  } else if (Object.entries(wanted).some(([key, value]) => labels[key] !== value)) {
    problems.push(wrong('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  if (replicas !== undefined && replicas < 0) {
    problems.push(wrong('spec.replicas', replicas, 'must be greater than or equal to 0'));
  }
  return problems;
}

function cronJobProblems(spec: Fields): readonly FieldProblem[] {
  const schedule = text(spec, 'schedule');
  const problems = templateProblems(fields(spec, 'jobTemplate', 'spec', 'template'), 'spec.jobTemplate.spec.template', [
    'OnFailure',
    'Never',
  ]);
  if (schedule === '') return [required('spec.schedule'), ...problems];
  const isSchedule = schedule.startsWith('@') || schedule.trim().split(/\s+/).length === 5;
  return isSchedule ? problems : [wrong('spec.schedule', schedule, 'expected exactly 5 fields'), ...problems];
}

function templateProblems(template: Fields, field: string, policies: readonly string[]): readonly FieldProblem[] {
  return podProblems(fields(template, 'spec'), `${field}.spec`, policies);
}

function podProblems(spec: Fields, field: string, policies: readonly string[] | undefined): readonly FieldProblem[] {
  const problems = [
    ...containerProblems(records(spec, 'initContainers'), `${field}.initContainers`),
    ...containerProblems(records(spec, 'containers'), `${field}.containers`),
  ];
  if (list(spec, 'containers').length === 0) problems.push(required(`${field}.containers`));
  const policy = text(spec, 'restartPolicy');
  if (policies !== undefined && !policies.includes(policy)) {
    problems.push({
      field: `${field}.restartPolicy`,
      reason: 'FieldValueNotSupported',
      message: `Unsupported value: "${policy}": supported values: ${policies.map((known) => `"${known}"`).join(', ')}`,
    });
  }
  return problems;
}

function containerProblems(containers: readonly Fields[], field: string): FieldProblem[] {
  const seen = new Set<string>();
  return containers.flatMap((container, position) => {
    const place = `${field}[${position}]`;
    const name = text(container, 'name');
    const image = text(container, 'image');
    const policy = text(container, 'imagePullPolicy');
    const problems: FieldProblem[] = [];
    if (name === '') problems.push(required(`${place}.name`));
    else if (!label.test(name)) problems.push(wrong(`${place}.name`, name, labelRule));
    else if (seen.has(name)) {
      problems.push({ field: `${place}.name`, reason: 'FieldValueDuplicate', message: `Duplicate value: "${name}"` });
    }
    seen.add(name);
    if (image === '') problems.push(required(`${place}.image`));
    // The API server accepts any text as an image except surrounding white space; the kubelet refuses the rest.
    else if (image.trim() !== image)
      problems.push(wrong(`${place}.image`, image, 'must not have leading or trailing whitespace'));
    if (policy !== '' && !['Always', 'IfNotPresent', 'Never'].includes(policy)) {
      problems.push({
        field: `${place}.imagePullPolicy`,
        reason: 'FieldValueNotSupported',
        message: `Unsupported value: "${policy}": supported values: "Always", "IfNotPresent", "Never"`,
      });
    }
    return problems;
  });
}

function eventProblems(body: Fields): readonly FieldProblem[] {
  const about = text(body, 'involvedObject', 'namespace');
  // Events about objects without a namespace are stored in `default`.
  return text(body, 'metadata', 'namespace') === (about === '' ? 'default' : about)
    ? []
    : [wrong('involvedObject.namespace', about, 'does not match event.namespace')];
}

/** Keys become file names (`IsConfigMapKey`). */
function keyProblems(body: Fields): readonly FieldProblem[] {
  const rule =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
  return Object.keys(fields(body, 'data'))
    .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key.startsWith('..') || key === '.')
    .map((key) => wrong(`data[${key}]`, key, rule));
}

const dockerSecretKeys: Readonly<Record<string, string>> = {
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
  'kubernetes.io/dockercfg': '.dockercfg',
};

function secretProblems(body: Fields): readonly FieldProblem[] {
  const data = fields(body, 'data');
  const notBase64 = Object.entries(data).filter(([, value]) => typeof value !== 'string' || !isBase64(value));
  // The decoder refuses it before validation.
  if (notBase64.length > 0)
    throw badRequest('Secret in version "v1" cannot be handled as a Secret: illegal base64 data');
  const key = dockerSecretKeys[text(body, 'type')];
  if (key === undefined) return [];
  if (!Object.hasOwn(data, key)) return [required(`data[${key}]`)];
  try {
    JSON.parse(Buffer.from(text(data, key), 'base64').toString('utf8'));
    return [];
  } catch (error) {
    const problem = error instanceof Error ? error.message : 'not JSON';
    return [wrong(`data[${key}]`, '<secret contents redacted>', problem.replace(/"[^"]*"/g, '"…"'))];
  }
}

function isBase64(value: string): boolean {
  return /^[A-Za-z0-9+/\r\n]*={0,2}[\r\n]*$/.test(value) && value.replace(/[\r\n]/g, '').length % 4 === 0;
}
