import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeOfPod } from '../../src/checks/evidence/seen.ts';
import { checks, runChecks, statusOf } from '../../src/checks/index.ts';
import { reportOfSnapshot } from '../../src/flows/ask/diagnose.ts';
import { Finding } from '../../src/model/finding/finding.ts';
import { isPodReady, isStaying } from '../../src/model/snapshot/pods.ts';
import { anySnapshot } from '../support/arbitrary-snapshot.ts';

describe('on any snapshot', () => {
  it('no check throws', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        for (const check of checks) check.run(snapshot);
      }),
      { numRuns: 400 },
    );
  });

  it('findings have their shape, a bounded length, and evidence when they fail', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        const { findings, notes } = runChecks(snapshot);
        for (const finding of findings) {
          expect(Finding.safeParse(finding).success).toBe(true);
          expect(finding.status).not.toBe('pass');
          if (finding.status === 'fail') expect(finding.evidence.length).toBeGreaterThan(0);
          expect(finding.title.length).toBeLessThanOrEqual(240);
          expect(finding.title).not.toMatch(/\p{Cc}|undefined|\[object/u);
          expect(JSON.stringify(finding).length).toBeLessThan(60_000);
        }
        for (const note of notes) expect(note.length).toBeLessThanOrEqual(800);
        expect(['healthy', 'problems', 'unknown']).toContain(statusOf(findings));
      }),
      { numRuns: 400 },
    );
  });

  it('a healthy Deployment, StatefulSet or DaemonSet has no pod that is not Ready, but for a lost node', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        const { status } = reportOfSnapshot(snapshot);
        const isKept = ['Deployment', 'StatefulSet', 'DaemonSet'].includes(snapshot.workload.ref.kind);
        if (status !== 'healthy' || !isKept || !snapshot.pods.known || snapshot.asked !== undefined) return;
        const unready = snapshot.pods.value.filter((pod) => isStaying(pod) && !isPodReady(pod));
        expect(unready.filter((pod) => nodeOfPod(snapshot, pod)?.ready !== false)).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  it('the same snapshot gives the same answer', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        expect(runChecks(snapshot)).toEqual(runChecks(structuredClone(snapshot)));
      }),
      { numRuns: 50 },
    );
  });

  it('pods that cannot be read are never healthy', () => {
    fc.assert(
      fc.property(anySnapshot, (snapshot) => {
        const blind = { ...snapshot, pods: { known: false as const, why: 'forbidden', missingRight: 'list pods' } };
        expect(statusOf(runChecks(blind).findings)).not.toBe('healthy');
      }),
      { numRuns: 100 },
    );
  });
});
