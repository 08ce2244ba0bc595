import { explainText } from '../../explain/explain.ts';
import type { Cause } from '../../model/finding/cause.ts';
import type { Finding } from '../../model/finding/finding.ts';
import type { ImageProbe, Snapshot } from '../../model/snapshot/snapshot.ts';
import { forKnown } from '../../model/values/open-enum.ts';
import { accessOf, isFound } from './access.ts';
import { canRunSomewhere } from './targets.ts';

/** Whether something in the snapshot speaks against a cause of a finding about the image. */
type Contradiction = (probe: ImageProbe, snapshot: Snapshot, finding: Finding) => boolean;

/** Whoever it is that gets the image, it exists. */
const somebodyGetsIt: Contradiction = ({ attempts }) => attempts.some(isFound);

/** As the workload, so no credential of it is at fault. */
const workloadGetsIt: Contradiction = (probe) => isFound(accessOf(probe).workload);

/** The registry itself gives the image; where another address failed, that says nothing about it. */
const registryGivesIt: Contradiction = (probe, _snapshot, { evidence }) => {
  if (!probe.attempts.some((attempt) => attempt.via.kind === 'origin' && isFound(attempt))) return false;
  const where = probe.image.known ? { host: probe.image.value.registry } : {};
  const told = evidence.filter(({ source }) => source === 'pod' || source === 'event');
  const roles = told.map(({ observed }) => explainText(observed, where).address?.role ?? 'registry');
  return roles.length === 0 || roles.includes('registry');
};

const fitsEveryNode: Contradiction = (probe, snapshot) => canRunSomewhere(snapshot, probe) === 'everywhere';

/** What speaks against each cause. A cause that is missing here can't be contradicted by anything that is read. */
const contradictions: Partial<Record<Cause, Contradiction>> = {
  image_not_found: somebodyGetsIt,
  image_never_published: somebodyGetsIt,
  invalid_image_name: somebodyGetsIt,
  unauthorized: workloadGetsIt,
  no_credentials: workloadGetsIt,
  expired_credentials: workloadGetsIt,
  forbidden: workloadGetsIt,
  denied_or_absent: workloadGetsIt,
  pull_secret_missing: workloadGetsIt,
  pull_secret_rejected: workloadGetsIt,
  dns_failure: registryGivesIt,
  connection_refused: registryGivesIt,
  connection_reset: registryGivesIt,
  network_timeout: registryGivesIt,
  network_acl: registryGivesIt,
  tls_untrusted_ca: registryGivesIt,
  tls_name_mismatch: registryGivesIt,
  tls_handshake_timeout: registryGivesIt,
  http_on_https: registryGivesIt,
  registry_unavailable: registryGivesIt,
  registry_5xx: registryGivesIt,
  html_instead_of_manifest: registryGivesIt,
  not_a_registry: registryGivesIt,
  platform_mismatch: fitsEveryNode,
};

/**
 * A finding of any check, at most `likely` if something else that was read speaks against it: the sources then disagree,
 * and it is not known which of them is right about the nodes.
 */
export function doubted(finding: Finding, snapshot: Snapshot): Finding {
  const speaksAgainst = forKnown(contradictions, finding.cause);
  if (finding.confidence !== 'certain' || speaksAgainst === undefined) return finding;
  const about = snapshot.images.filter(({ text }) => finding.images.includes(text));
  const isContradicted = about.some((probe) => speaksAgainst(probe, snapshot, finding));
  return isContradicted ? { ...finding, confidence: 'likely' } : finding;
}
