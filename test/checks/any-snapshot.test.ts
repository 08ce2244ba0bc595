import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeOfPod } from '../../src/checks/evidence/seen.ts';
import { checks, runChecks, statusOf } from '../../src/checks/index.ts';
import { reportOfSnapshot } from '../../src/flows/ask/diagnose.ts';
import { Finding } from '../../src/model/finding/finding.ts';
import { isPodReady, isStaying } from '../../src/model/snapshot/pods.ts';
import { known } from '../../src/model/values/fact.ts';
import { anySnapshot } from '../support/arbitrary-snapshot.ts';
import { as, found, notFound, refused, serverError, unreachable } from '../support/probes.ts';
import { aContainer, aNode, aSnapshot, waiting } from '../support/snapshot.ts';

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

  it('nothing is claimed against what the snapshot itself shows', () => {
    fc.assert(
      fc.property(contradictory, (snapshot) => {
        for (const finding of runChecks(snapshot).findings) {
          const text = `${finding.title} ${finding.conclusion ?? ''}`;
          const own = snapshot.images.filter(({ text }) => finding.images.includes(text));
          const evidence = JSON.stringify(finding.evidence);
          const isListed = (snapshot.nodeImages ?? []).some(({ names }) =>
            names.some((name) => name.endsWith(own[0]?.text ?? '-')),
          );
          if (isListed) expect(text).not.toMatch(/doesn.t have the image/);
          if (own.some(({ attempts }) => attempts.some(({ outcome }) => outcome.kind === 'found'))) {
            expect(text).not.toMatch(/is unreachable|does(?:n’t| not) exist|no such tag|was never published/);
          }
          const [, named] = /can’t reach (\S+)|(\S+) is unreachable/.exec(finding.title) ?? [];
          if (named !== undefined && finding.confidence === 'certain') expect(evidence).toContain(named);
        }
      }),
      { numRuns: 600 },
    );
  });
});

/** Nodes that say one thing while the registry or their own lists say another. */
const image = 'registry.test/acme/web:1';
const contradictory = fc
  .record({
    words: fc.constantFrom(
      [
        'ErrImagePull',
        'failed to do request: Head "https://registry.test/v2/acme/web/manifests/1": dial tcp 10.0.0.1:443: connect: connection refused',
      ],
      [
        'ErrImagePull',
        'failed to fetch anonymous token: Get "https://auth.test/token?scope=x": dial tcp: lookup auth.test: no such host',
      ],
      [
        'ErrImagePull',
        'failed to copy: httpReadSeeker: failed open: failed to do request: Get "https://blobs.test/x": dial tcp 10.0.0.9:443: i/o timeout',
      ],
      ['ErrImagePull', 'proxyconnect tcp: dial tcp: lookup proxy.test: no such host'],
      ['ErrImagePull', `${image}: not found`],
      [
        'ErrImagePull',
        'unexpected status from HEAD request to https://registry.test/v2/acme/web/manifests/1: 503 Service Unavailable',
      ],
      ['ImagePullBackOff', `Back-off pulling image "${image}"`],
      ['ErrImageNeverPull', `Container image "${image}" is not present with pull policy of Never`],
    ),
    outcome: fc.constantFrom(found('x'), notFound('tag'), refused(401), unreachable('refused'), serverError()),
    bot: fc.option(fc.constantFrom(found('x'), notFound('tag')), { nil: undefined }),
    listed: fc.option(fc.record({ listed: fc.constantFrom(3, 50), has: fc.boolean() }), { nil: undefined }),
    version: fc.constantFrom('v1.34.1', 'v1.36.0'),
  })
  .map(({ words: [reason = '', message = ''], outcome, bot, listed, version }) =>
    aSnapshot({
      containers: [aContainer({ image, pullPolicy: reason === 'ErrImageNeverPull' ? 'Never' : 'IfNotPresent' })],
      state: waiting(reason, message),
      nodes: known([aNode({ kubeletVersion: version })]),
      probe: { attempts: [as('workload', outcome), ...(bot === undefined ? [] : [as('bot', bot)])] },
      ...(listed === undefined
        ? {}
        : { nodeImages: [{ node: 'node-1', listed: listed.listed, names: listed.has ? [image] : [] }] }),
    }),
  );
