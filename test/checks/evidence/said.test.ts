import { expect, test } from 'vitest';
import { type KubeletWords, saidEvidence } from '../../../src/checks/evidence/said.ts';

const reason = 'failed to resolve image: unexpected status from HEAD request to https://ghcr.io/v2/x: 403 Forbidden';
const said = (
  source: KubeletWords['source'],
  text: string,
  cause: KubeletWords['cause'] = 'forbidden',
): KubeletWords => ({
  source,
  text,
  cause,
  confidence: 'likely',
  subject: 'pod/web-1',
});
const pod = said('pod', `ImagePullBackOff: Back-off pulling image "x": ErrImagePull: ${reason}`);
const event = said('event', `Failed to pull image "x": ${reason}`);
const oldEvent = said(
  'event',
  'Failed to pull image "x": rpc error: code = Unknown desc = i/o timeout',
  'network_timeout',
);
const backoff = said('pod', 'ImagePullBackOff: Back-off pulling image "x"', 'backoff_only');

test.each([
  ['the event repeats the status', [pod, event], [pod]],
  ['the event says something else', [pod, oldEvent], [pod, oldEvent]],
  ['the status has no cause of its own', [event, backoff], [event]],
  ['nothing has a cause', [backoff], [backoff]],
  ['a repetition does not use up a place', [pod, event, oldEvent], [pod, oldEvent]],
])('%s', (_, all, shown) => {
  expect(saidEvidence(all).map(({ observed }) => observed)).toEqual(shown.map(({ text }) => text));
});
