import { describe, expect, it } from 'vitest';
import { applicationCrash } from '../../src/checks/application-crash.ts';
import type { Platform } from '../../src/model/image/outcome.ts';
import { known, unknown } from '../../src/model/values/fact.ts';
import { concluded, diagnosed, expectWords, textOf } from '../support/checks.ts';
import { aConfig, amd64, anImage, anIndex } from '../support/probes.ts';
import { aContainer, aLog, anEvent, aSnapshot, crashed, minutesAgo, type Story, waiting } from '../support/snapshot.ts';

const image = 'registry.test/acme/web:1';
const containers = [aContainer({ image })];
const execFormat = aLog('web', ['exec /app/server: exec format error']);
/** A probe of a single image for one platform. */
function single(platform: Platform) {
  return { manifest: known(anImage(image)), configs: known([aConfig(image, { platform })]) };
}

describe('application-crash', () => {
  it.each<[string, Story, string[]]>([
    ['a crash loop', { state: crashed(1) }, ['fail application_crash likely']],
    [
      'the log is not readable',
      {
        state: crashed(1),
        logs: [{ pod: 'web-7d9f-1', container: 'web', lines: unknown('forbidden', 'get pods/log') }],
      },
      ['fail application_crash possible'],
    ],
    [
      'a command that is not in the image',
      { state: waiting('RunContainerError', 'exec: "serve": executable file not found in $PATH') },
      ['fail application_crash likely'],
    ],
    [
      'a script without #!',
      { state: crashed(255), logs: [execFormat], probe: single(amd64) },
      ['fail application_crash likely'],
    ],
    [
      'crashed several times, runs again',
      {
        state: {
          restartCount: 4,
          lastTerminated: { reason: 'Error', exitCode: 1, message: '', finishedAt: minutesAgo(10) },
        },
      },
      ['warn application_crash likely'],
    ],
    [
      'killed for its liveness probe',
      {
        state: crashed(137),
        events: known([anEvent('web-7d9f-1', 'Killing', 'Container web failed liveness probe, will be restarted')]),
      },
      ['fail application_crash likely'],
    ],
    [
      'one try of a Job failed, the next one runs',
      {
        workload: { ref: { kind: 'Job', namespace: 'shop', name: 'web' } },
        podCount: 2,
        pod: (index) => (index === 0 ? { phase: 'Failed' } : {}),
        state: (_, pod) =>
          pod === 0
            ? { ready: false, runningSince: undefined, terminated: { reason: 'Error', exitCode: 1, message: '' } }
            : {},
      },
      ['warn application_crash likely'],
    ],
    [
      'between two ends of a crash loop',
      {
        pod: { createdAt: minutesAgo(6) },
        state: {
          restartCount: 5,
          runningSince: minutesAgo(0.1),
          lastTerminated: { reason: 'Error', exitCode: 1, message: '', finishedAt: minutesAgo(1) },
        },
      },
      ['fail application_crash likely'],
    ],
    // Look-alikes.
    [
      'evicted, and replaced by a pod that runs',
      {
        podCount: 2,
        pod: (index) =>
          index === 0 ? { phase: 'Failed', statusReason: 'Evicted', statusMessage: 'low on resource' } : {},
        state: (_, pod) =>
          pod === 0
            ? { ready: false, runningSince: undefined, terminated: { reason: 'Error', exitCode: 137, message: '' } }
            : {},
      },
      [],
    ],
    ['out of memory', { state: crashed(137, 'OOMKilled') }, []],
    [
      'restarted once, long ago',
      {
        state: {
          restartCount: 1,
          lastTerminated: { reason: 'Error', exitCode: 1, message: '', finishedAt: minutesAgo(3000) },
        },
      },
      [],
    ],
    [
      'a Job’s pod that is done',
      {
        pod: { phase: 'Succeeded' },
        state: { ready: false, runningSince: undefined, terminated: { reason: 'Completed', exitCode: 0, message: '' } },
      },
      [],
    ],
    [
      'an init container that is done',
      {
        containers: [aContainer({ image, type: 'init' })],
        state: { ready: true, runningSince: undefined, terminated: { reason: 'Completed', exitCode: 0, message: '' } },
      },
      [],
    ],
    [
      'a debug container that someone left',
      {
        containers: [aContainer({ image }), aContainer({ image, name: 'debugger', type: 'ephemeral' })],
        state: (container) =>
          container.type === 'ephemeral'
            ? { ready: false, runningSince: undefined, terminated: { reason: 'Error', exitCode: 130, message: '' } }
            : {},
      },
      [],
    ],
    ['a pull that fails', { state: waiting('ImagePullBackOff') }, []],
    ['healthy', {}, []],
  ])('%s', (_, story, expected) => {
    expect(concluded(applicationCrash, aSnapshot({ containers, ...story }))).toEqual(expected);
  });

  it('says that it is not the image’s fault', () => {
    const snapshot = aSnapshot({ containers, state: crashed(1, 'Error', 'panic: config missing') });
    expect(diagnosed(snapshot)).toEqual(['fail application-crash application_crash likely']);
    expectWords(textOf(snapshot), [
      'the fault is in the application',
      'panic: config missing',
      'kubectl logs web-7d9f-1 -n shop -c web --previous',
    ]);
  });

  it.each<[string, Story, string[]]>([
    [
      'a program that calls a binary for another machine',
      {
        state: crashed(1),
        logs: [aLog('web', ['ERROR fork/exec /data/plugin: exec format error'])],
        probe: single(amd64),
      },
      ['called a file built for another platform', 'fork/exec /data/plugin'],
    ],
    [
      'the same, and the platform is not known',
      { state: crashed(1), logs: [aLog('web', ['ERROR fork/exec /data/plugin: exec format error'])] },
      ['exits with an error', 'fork/exec /data/plugin'],
    ],
    [
      'a start script without "#!" in an index',
      {
        state: crashed(255),
        logs: [execFormat],
        probe: { manifest: known(anIndex(image, [amd64])), configs: known([aConfig(image, { platform: amd64 })]) },
      },
      ['"#!/bin/sh"', 'exec /app/server'],
    ],
    [
      'a command that is not there: there is no log to read',
      {
        state: crashed(128, 'StartError', 'OCI runtime create failed: exec: "/bin/serve": no such file or directory'),
        logs: [aLog('web', ['OCI runtime create failed: exec: "/bin/serve": no such file or directory'])],
      },
      ['cannot be started', 'Check command and arguments'],
    ],
    [
      'a command that its log misses',
      { state: crashed(127), logs: [aLog('web', ['exec /app/serve: no such file or directory'])] },
      ['exits with an error', 'Windows line endings', 'kubectl logs'],
    ],
    [
      'a liveness probe that fails',
      {
        state: crashed(137),
        events: known([
          anEvent('web-7d9f-1', 'Unhealthy', 'Liveness probe failed: HTTP probe failed with statuscode: 500'),
        ]),
      },
      ['probe fails', 'statuscode: 500', 'startupProbe'],
    ],
  ])('says of %s what it is', (_, story, words) => {
    const snapshot = aSnapshot({ containers, ...story });
    expect(diagnosed(snapshot)).toEqual(['fail application-crash application_crash likely']);
    expectWords(JSON.stringify(applicationCrash.run(snapshot).findings).replaceAll('\\"', '"'), words);
  });

  it('does not call an end without error an error', () => {
    expect(textOf(aSnapshot({ containers, state: crashed(0, 'Completed') }))).toContain('exits on its own');
  });

  it('is history when the Job succeeded at another try', () => {
    const failed = aSnapshot({
      containers,
      podCount: 2,
      pod: (index) => ({ phase: index === 0 ? 'Failed' : 'Succeeded' }),
      state: (_, pod) => ({
        ready: false,
        runningSince: undefined,
        terminated: {
          reason: pod === 0 ? 'Error' : 'Completed',
          exitCode: pod === 0 ? 1 : 0,
          message: '',
          finishedAt: minutesAgo(5),
        },
      }),
    });
    expect(concluded(applicationCrash, failed)).toEqual(['warn application_crash likely']);
  });
});
