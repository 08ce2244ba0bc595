import { describe, expect, inject, it } from 'vitest';
import type { Right } from '../../src/kubernetes/connection/right.ts';
import { remediationFamilies, remediationRights, workerRights } from '../../src/kubernetes/rights/worker-rights.ts';
import { type AuditEvent, readAudit } from './support/audit.ts';
import { policyProof, workerUser } from './support/installed.ts';

const { auditFile } = inject('cluster');

/** `list apps/deployments`, `get /pods/log`. */
const named = ({ verb, group = '', resource, subresource }: Right) =>
  [`${verb} ${group}`, resource, ...(subresource === undefined ? [] : [subresource])].join('/');
const granted = workerRights.map(named);
const ofRemedies = remediationFamilies.flatMap((family) => remediationRights(family).map(named));

const right = ({ verb, group, resource }: AuditEvent) => `${verb} ${group}/${resource}`;

// Runs after all other files: what they did as the worker's service account stands in the audit log.
describe.skipIf(auditFile === undefined)('the audit log of the whole run', async () => {
  const all = auditFile === undefined ? [] : await readAudit(auditFile, (user) => user === workerUser);
  const events = all.filter(({ agent }) => agent !== `${policyProof}/1.0`);
  const used = new Set(events.filter(({ code }) => code < 400).map(right));

  it('has requests of the worker', () => {
    expect(events.length).toBeGreaterThan(100);
  });

  it.each(granted)('%s is granted, and used', (wanted) => {
    expect([...used]).toContain(wanted);
  });

  it('nothing was forbidden to the worker but where a test took rights away', () => {
    const elsewhere = events.filter(({ namespace }) => !namespace.startsWith('remedies-narrow-'));
    expect(elsewhere.filter(({ code }) => code === 403).map(({ uri }) => uri)).toEqual([]);
  });

  it('the worker wrote nothing but what remedies write, and asked what it may do', () => {
    const others = [...new Set(events.map(right))].filter((each) => !/^(get|list) /.test(each));
    const asked = ['create authorization.k8s.io/selfsubjectaccessreviews'];
    expect(others.filter((each) => ![...asked, ...ofRemedies].includes(each))).toEqual([]);
  });
});
