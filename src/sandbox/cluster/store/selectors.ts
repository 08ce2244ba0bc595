import { at, type KubeObject, text } from '../objects/object.ts';
import { badRequest } from '../objects/status.ts';

/** Whether a selector matches an object. */
export type Selector = (object: KubeObject) => boolean;

const everything: Selector = () => true;

/**
 * Parses `labelSelector` (`a=b,c!=d,e in (f,g),h notin (i),j,!k`; Kubernetes labels documentation).
 * Throws the API's 400 for anything else.
 */
export function labelSelector(expression: string): Selector {
  if (expression.trim() === '') return everything;
  const requirements = splitOutsideParentheses(expression).map(requirement);
  return ({ metadata }) => requirements.every((holds) => holds(metadata.labels ?? {}));
}

type Requirement = (labels: Readonly<Record<string, string>>) => boolean;

function requirement(term: string): Requirement {
  const set = /^\s*([\w./-]+)\s+(in|notin)\s*\(([^()]*)\)\s*$/.exec(term);
  if (set !== null) {
    const [, key = '', operator, values = ''] = set;
    return matches(
      key,
      operator === 'in' ? 'In' : 'NotIn',
      values.split(',').map((value) => value.trim()),
    );
  }
  const equality = /^\s*([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)\s*$/.exec(term);
  if (equality !== null) {
    const [, key = '', operator, value = ''] = equality;
    return matches(key, operator === '!=' ? 'NotIn' : 'In', [value]);
  }
  const existence = /^\s*(!?)\s*([\w./-]+)\s*$/.exec(term);
  if (existence !== null) return matches(existence[2] ?? '', existence[1] === '!' ? 'DoesNotExist' : 'Exists', []);
  throw badRequest(`unable to parse requirement: found '${term}', expected: a label selector`);
}

/** One requirement on labels; `NotIn` also matches a missing label. */
export function matches(key: string, operator: string, values: readonly string[]): Requirement {
  return (labels) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    if (operator === 'NotIn') return value === undefined || !values.includes(value);
    if (operator === 'In') return value !== undefined && values.includes(value);
    if (operator === 'Gt') return value !== undefined && Number(value) > Number(values[0]);
    return operator === 'Lt' && value !== undefined && Number(value) < Number(values[0]);
  };
}

function splitOutsideParentheses(expression: string): readonly string[] {
  return expression.split(/,(?![^()]*\))/);
}

const involvedObject = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

// Selectable fields, besides name and namespace, which every type has.
const selectable: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  Event: [
    ...involvedObject.map((field) => `involvedObject.${field}`),
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  Node: ['spec.unschedulable'],
  Namespace: ['status.phase'],
  Secret: ['type'],
  ReplicaSet: ['status.replicas'],
  Job: ['status.successful'],
};

/** Parses `fieldSelector`; throws the API's 400 for a field that the type does not offer. */
export function fieldSelector(kind: string, expression: string): Selector {
  if (expression.trim() === '') return everything;
  const terms = expression.split(',').map((term) => {
    const [, field = '', operator, wanted = ''] = /^([\w.]+)(==|=|!=)(.*)$/.exec(term.trim()) ?? [];
    const known = ['metadata.name', 'metadata.namespace', ...(selectable[kind] ?? [])];
    if (operator === undefined) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
    if (!known.includes(field)) throw badRequest(`field label not supported: ${field}`);
    return { path: field.split('.'), negated: operator === '!=', wanted };
  });
  return (object) => terms.every(({ path, negated, wanted }) => (fieldValue(object, path) === wanted) !== negated);
}

function fieldValue(object: KubeObject, path: readonly string[]): string {
  if (object.kind === 'Event' && path[0] === 'source') return text(object, 'source', 'component');
  const value = at(object, ...path);
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? defaultOf(path) : JSON.stringify(value);
}

function defaultOf(path: readonly string[]): string {
  return path.at(-1) === 'unschedulable' || path.at(-1) === 'hostNetwork' ? 'false' : '';
}
