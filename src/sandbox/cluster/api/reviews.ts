import { type Fields, fields, isRecord, list, text } from '../objects/object.ts';
import { unknownPath } from '../objects/status.ts';
import type { Store } from '../store/store.ts';
import { type Attributes, allowedBecause, rulesFor } from './authorization.ts';
import type { User } from './request.ts';

/** Kinds that are POSTed and never stored. */
export const reviewKinds = [
  { group: 'authorization.k8s.io', plural: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview' },
  { group: 'authorization.k8s.io', plural: 'selfsubjectrulesreviews', kind: 'SelfSubjectRulesReview' },
  { group: 'authorization.k8s.io', plural: 'subjectaccessreviews', kind: 'SubjectAccessReview' },
  { group: 'authentication.k8s.io', plural: 'selfsubjectreviews', kind: 'SelfSubjectReview' },
] as const;

/** Answers a review about the calling user (or, for SubjectAccessReview, the user it names). */
export function review(store: Store, user: User, plural: string, body: Fields): Fields {
  const kind = reviewKinds.find((known) => known.plural === plural);
  if (kind === undefined) throw unknownPath();
  const head = { kind: kind.kind, apiVersion: `${kind.group}/v1`, metadata: { creationTimestamp: null } };
  const spec = fields(body, 'spec');
  if (kind.kind === 'SelfSubjectReview') {
    return { ...head, status: { userInfo: { username: user.name, groups: user.groups } } };
  }
  if (kind.kind === 'SelfSubjectRulesReview') {
    return { ...head, spec, status: rulesStatus(store, user, text(spec, 'namespace')) };
  }
  const subject = kind.kind === 'SubjectAccessReview' ? namedUser(spec) : user;
  return { ...head, spec, status: accessStatus(store, subject, spec) };
}

function accessStatus(store: Store, user: User, spec: Fields): Fields {
  const reason = allowedBecause(store, user, attributesOf(spec));
  return reason === undefined ? { allowed: false } : { allowed: true, reason };
}

function attributesOf(spec: Fields): Attributes {
  const path = text(spec, 'nonResourceAttributes', 'path');
  if (isRecord(spec['nonResourceAttributes'])) {
    const verb = text(spec, 'nonResourceAttributes', 'verb');
    return { verb, group: '', resource: '', namespace: '', name: '', path };
  }
  const wanted = fields(spec, 'resourceAttributes');
  const subresource = text(wanted, 'subresource');
  return {
    verb: text(wanted, 'verb'),
    group: text(wanted, 'group'),
    resource: subresource === '' ? text(wanted, 'resource') : `${text(wanted, 'resource')}/${subresource}`,
    namespace: text(wanted, 'namespace'),
    name: text(wanted, 'name'),
  };
}

function namedUser(spec: Fields): User {
  const groups = list(spec, 'groups').filter((group) => typeof group === 'string');
  return { name: text(spec, 'user'), groups };
}

function rulesStatus(store: Store, user: User, namespace: string): Fields {
  const rules = rulesFor(store, user, namespace);
  return {
    resourceRules: rules.filter((rule) => list(rule, 'resources').length > 0),
    nonResourceRules: rules.filter((rule) => list(rule, 'nonResourceURLs').length > 0),
    incomplete: false,
  };
}
