import type { Finding } from '../../src/model/finding/finding.ts';
import type { Report } from '../../src/model/finding/report.ts';
import { sampleReport as healthyReport } from './asks.ts';

/** A finding with everything in it; parts can be replaced. */
export function sampleFinding(part: Partial<Finding> = {}): Finding {
  return {
    check: 'stale-image',
    cause: 'stale_image',
    status: 'fail',
    confidence: 'certain',
    title: 'All 3 pods run worker:88a216e, built 3 weeks ago',
    containers: ['worker'],
    images: ['ghcr.io/acme/worker:88a216e'],
    evidence: [
      { source: 'pod', subject: 'pod/dask-workers-1', observed: 'runs sha256:4be1', at: '2026-11-20T14:02:11Z' },
      { source: 'registry', subject: 'ghcr.io/acme/worker:latest', observed: 'is sha256:9c0d' },
    ],
    conclusion: 'Why: restarting cannot help; the image must be set.',
    timeline: [
      { at: '2026-11-20T13:52:00Z', what: ':latest built' },
      { at: '2026-11-20T14:02:00Z', what: 'rollout restart' },
    ],
    next: 'Set the image to the newest build.',
    prevent: { sentence: 'Tag by commit.', snippet: 'image: ghcr.io/acme/worker:1f2c9aa' },
    proposals: [
      {
        remedy: 'set-image',
        params: { container: 'worker', image: `ghcr.io/acme/worker@sha256:${'9c0d'.repeat(16)}` },
        summary: 'set worker to ghcr.io/acme/worker@sha256:9c0d',
      },
    ],
    consequences: ['Also caused by this: log "Expecting value: line 1 column 1 (char 0)"'],
    alsoAffects: ['deployment/dask-scheduler'],
    ...part,
  };
}

/** A report of one workload; parts can be replaced. */
export function sampleReport(part: Partial<Report> = {}): Report {
  return healthyReport({
    subject: { kind: 'Deployment', namespace: 'modelops-dask-dev', name: 'dask-workers' },
    takenAt: '2026-11-20T14:10:00Z',
    status: 'problems',
    findings: [sampleFinding()],
    pods: { desired: 3, ready: 3, total: 3 },
    notSeen: ['container logs of dask-scheduler (no right)'],
    owners: ['DaskCluster/main'],
    ...part,
  });
}
