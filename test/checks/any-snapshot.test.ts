import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeOfPod } from '../../src/checks/evidence/seen.ts';
import { checks, runChecks, statusOf } from '../../src/checks/index.ts';
import { reportOfSnapshot } from '../../src/flows/ask/diagnose.ts';
import { Finding } from '../../src/model/finding/finding.ts';
import { isPodReady, isStaying } from '../../src/model/snapshot/pods.ts';
import type { Snapshot } from '../../src/model/snapshot/snapshot.ts';
import { anyFailingPull } from '../support/arbitrary-pull.ts';
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

describe('whatever the sources of a failing pull say', () => {
  const absent: ReadonlySet<string> = new Set(['image_not_found', 'image_never_published']);
  const unreached: ReadonlySet<string> = new Set([
    'connection_refused',
    'dns_failure',
    'network_timeout',
    'tls_untrusted_ca',
    'registry_5xx',
    'html_instead_of_manifest',
    'not_a_registry',
  ]);

  function onFindings(rule: (finding: Finding, snapshot: Snapshot) => void) {
    fc.assert(
      fc.property(anyFailingPull, (snapshot) => {
        for (const finding of runChecks(snapshot).findings) rule(finding, snapshot);
      }),
      { numRuns: 600 },
    );
  }

  function outcomesOf({ images }: Snapshot, kind: 'origin' | 'mirror') {
    return images.flatMap(({ attempts }) => attempts.filter(({ via }) => via.kind === kind)).map((one) => one.outcome);
  }

  it('an image that somebody gets is not certainly absent', () => {
    onFindings((finding, snapshot) => {
      if (outcomesOf(snapshot, 'origin').some(({ kind }) => kind === 'found')) {
        const words = `${finding.title} ${finding.conclusion ?? ''}`;
        expect(words).not.toMatch(/(?<!whether the image )(?:does|do)(?:n’t| not) exist|no such tag|never published/);
      }
      if (finding.confidence !== 'certain' || !absent.has(finding.cause)) return;
      const got = [...outcomesOf(snapshot, 'origin'), ...outcomesOf(snapshot, 'mirror')];
      expect(got.filter(({ kind }) => kind === 'found')).toEqual([]);
    });
  });

  it('a registry that gave the image is neither certainly broken nor called unreachable', () => {
    onFindings((finding, snapshot) => {
      if (outcomesOf(snapshot, 'origin').every(({ kind }) => kind !== 'found')) return;
      expect(finding.title).not.toMatch(/registry\.shop\.test (?:is unreachable|answers with a server error)/);
      const isElsewhere = /mirror|proxy|other\.test/.test(finding.title);
      if (finding.confidence === 'certain' && !isElsewhere) expect([...unreached]).not.toContain(finding.cause);
    });
  });

  it('what fails is the address that the evidence names', () => {
    onFindings(({ check, cause, title, evidence }) => {
      // What the registry itself told imagecheck is not about the node's message.
      if (check !== 'registry-unreachable' || cause === 'network_acl') return;
      const [told] = evidence.filter(({ source }) => source === 'pod' || source === 'event');
      const named = /other\.test|10\.9\.9\.9|localhost:8578/.exec(told?.observed ?? '')?.[0];
      if (named !== undefined) expect(title, told?.observed).toContain(named);
      if (named !== undefined) expect(title).not.toMatch(/registry\.shop\.test (?:is|was|answer)/);
    });
  });

  it('a node that lists or runs the image is not said to lack it', () => {
    onFindings((finding, { nodeImages = [], pods }) => {
      const words = `${finding.title} ${finding.conclusion ?? ''}`;
      if (!/node (?:doesn['’]t|does not) have/.test(words)) return;
      expect(nodeImages.filter(({ listed, names }) => names.length > 0 || listed >= 50)).toEqual([]);
      const [failing, sibling] = pods.known ? pods.value : [];
      expect(sibling?.node).not.toBe(failing?.node);
    });
  });

  it('a pull is not proposed where the registry refuses it or does not have the image', () => {
    onFindings(({ proposals, evidence, next }) => {
      const isProposed = proposals.some(({ params: { pullPolicy } }) => pullPolicy === 'IfNotPresent');
      if (!isProposed && !next.includes('IfNotPresent')) return;
      const workload = evidence.filter(({ observed }) => observed.startsWith('as the workload'));
      expect(workload.filter(({ observed }) => /\b40[134]\b/.test(observed) && !observed.includes('mirror'))).toEqual(
        [],
      );
    });
  });

  it('a title is one sentence', () => {
    onFindings(({ title }) => {
      expect(title).not.toMatch(/[a-z]\. |\.$|…$/);
    });
  });

  it('an image that has a build for every node does not certainly lack one', () => {
    onFindings(({ cause, confidence }, { images: [probe] }) => {
      if (cause !== 'platform_mismatch' || confidence !== 'certain' || probe?.configs.known !== true) return;
      expect(probe.configs.value.map(({ platform }) => platform.architecture)).not.toContain('amd64');
    });
  });
});
