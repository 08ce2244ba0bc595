import { describe, expect, it } from 'vitest';
import { runChecks, statusOf } from '../../../src/checks/index.ts';
import { known } from '../../../src/model/values/fact.ts';
import { diagnosed, expectWords, textOf } from '../../support/checks.ts';
import { namesFrom } from '../../support/names.ts';
import { aConfig, amd64, anImage, anIndex, arm64, as, found, notFound, refused } from '../../support/probes.ts';
import {
  aContainer,
  aLog,
  aNode,
  aSecret,
  aSnapshot,
  crashed,
  minutesAgo,
  missingSecret,
  waiting,
} from '../../support/snapshot.ts';

const ecr = '123456789012.dkr.ecr.us-east-1.amazonaws.com';

describe('an expired ECR pull secret', () => {
  const image = `${ecr}/models/builder:kaniko-ecr`;
  const expired = aSecret('ecr-pull', [ecr], minutesAgo(90));
  const attempts = [
    as(
      'workload',
      refused(403, {
        stage: 'request',
        hint: 'credential-expired',
        message: 'Your authorization token has expired. Reauthenticate and try again.',
      }),
      'ecr-pull',
    ),
  ];
  const text = `failed to resolve reference "${image}": unexpected status from HEAD request to https://${ecr}/v2/models/builder/manifests/kaniko-ecr: 403 Forbidden`;

  it('is certain although the kubelet only says 403', () => {
    const snapshot = aSnapshot({
      containers: [aContainer({ image })],
      state: waiting('ErrImagePull', text),
      pullSecrets: [expired],
      probe: { attempts },
    });
    expect(diagnosed(snapshot)).toEqual(['fail pull-secret-expired expired_credentials certain']);
    expectWords(textOf(snapshot), ['ecr-pull', '90 minutes before', 'Logging in on a laptop won’t help']);
  });

  it('twin: a private image that the nodes pull themselves is healthy', () => {
    const snapshot = aSnapshot({
      containers: [aContainer({ image })],
      probe: { attempts: [as('workload', refused(401, { message: 'Not Authorized' }))] },
    });
    const { findings, notes } = runChecks(snapshot);
    expect(statusOf(findings)).toBe('healthy');
    expect(notes.join(' ')).toContain('own identity or a mirror');
  });

  it('twin: a Secret that is missing while another one works is healthy', () => {
    const snapshot = aSnapshot({
      containers: [aContainer({ image })],
      pullSecrets: [missingSecret('old-pull'), aSecret('ecr-pull', [ecr])],
      probe: { attempts: [as('workload', found(image), 'ecr-pull')] },
    });
    expect(runChecks(snapshot)).toEqual({
      findings: [],
      notes: ['Pull secret old-pull does not exist; no image of this workload needs it.'],
    });
  });
});

describe('a builder image for arm64', () => {
  const image = `${ecr}/models/builder:kaniko-ecr`;
  const run = (platform: typeof amd64) =>
    aSnapshot({
      containers: [aContainer({ image })],
      state: crashed(1),
      logs: [aLog('web', ['exec /usr/local/bin/kaniko-executor: exec format error'])],
      probe: { manifest: known(anImage(image)), configs: known([aConfig(image, { platform })]) },
    });

  it('is found from the log and the config', () => {
    expect(diagnosed(run(arm64))).toEqual(['fail platform-mismatch exec_format certain']);
    expect(runChecks(run(arm64)).findings[0]?.consequences).toHaveLength(1);
  });

  it('twin: a crash of the application itself', () => {
    expect(diagnosed(run(amd64))).toEqual(['fail application-crash application_crash likely']);
    const own = aSnapshot({ containers: [aContainer({ image })], state: crashed(1, 'Error', 'KeyError: HF_TOKEN') });
    expect(diagnosed(own)).toEqual(['fail application-crash application_crash likely']);
  });
});

describe('out of memory, and credentials that are missing in the pod', () => {
  it('finds the lack of memory', () => {
    expect(diagnosed(aSnapshot({ state: crashed(137, 'OOMKilled') }))).toEqual([
      'fail out-of-memory out_of_memory certain',
    ]);
  });

  it('shows the log line that no other check reports, with the crash as a consequence', () => {
    const snapshot = aSnapshot({
      state: crashed(255),
      logs: [aLog('web', ['Unable to locate credentials. You can configure credentials by running "aws configure".'])],
    });
    expect(diagnosed(snapshot)).toEqual(['fail pull-error no_credentials likely']);
    expect(textOf(snapshot)).toContain('exit code 255');
  });
});

describe('the streaming mirror answers 503', () => {
  const mirrored = (seed: number) => {
    const { word } = namesFrom(seed);
    const host = `${word()}.azurecr.io`;
    const image = `${host}/jupyter/all-spark-notebook:latest`;
    const text = `rpc error: code = Unknown desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": unexpected status from HEAD request to http://localhost:8578/v2/jupyter/all-spark-notebook/manifests/latest?ns=${host}: 503 Service Unavailable`;
    return { image, state: waiting('ErrImagePull', text), containers: [aContainer({ image })] };
  };

  it.each([1, 2, 3])('is the mirror when the registry itself answers (%i)', (seed) => {
    const { containers, state } = mirrored(seed);
    const snapshot = aSnapshot({ containers, state, probe: { attempts: [as('workload', found('x'))] } });
    expect(diagnosed(snapshot)[0]).toBe('fail registry-unreachable streaming_mirror_unavailable certain');
    expectWords(textOf(snapshot), ['localhost:8578', 'AcrPull']);
  });

  it('is the mirror, likely, when nobody here may ask the registry', () => {
    const { containers, state } = mirrored(4);
    const snapshot = aSnapshot({ containers, state, probe: { attempts: [as('workload', refused(401))] } });
    expect(diagnosed(snapshot)[0]).toBe('fail registry-unreachable streaming_mirror_unavailable likely');
  });

  it('does not clear the registry if only the bot gets the image', () => {
    const { containers, state } = mirrored(6);
    const attempts = [as('workload', refused(401)), as('bot', found('x'))];
    const snapshot = aSnapshot({ containers, state, probe: { attempts } });
    expect(diagnosed(snapshot)[0]).toBe('fail registry-unreachable streaming_mirror_unavailable likely');
    expectWords(textOf(snapshot), ['refuses anonymous pulls', 'AcrPull']);
  });

  it('twin: the mirror only hides that the tag does not exist', () => {
    const { containers, state } = mirrored(5);
    const snapshot = aSnapshot({
      containers,
      state,
      probe: { attempts: [as('workload', notFound('tag')), as('bot', notFound('tag'))] },
    });
    expect(diagnosed(snapshot)[0]).toBe('fail image-missing image_not_found likely');
  });
});

describe('twins of every story', () => {
  it.each([1, 2, 3])('the digest is equal through a platform child or a config (%i)', (seed) => {
    const { host, owner, word } = namesFrom(seed);
    const image = `${host}/${owner}/${word()}:stable`;
    const probe = {
      attempts: [as('workload', found('index'))],
      manifest: known(anIndex('index', [amd64, arm64])),
      configs: known([aConfig('child')]),
    };
    const child = anIndex('index', [amd64]).body;
    const digest = child.kind === 'index' ? (child.children[0]?.digest ?? '') : '';
    for (const imageId of [`${host}/${owner}/x@${digest}`, aConfig('child').digest, `docker-pullable://x@${digest}`]) {
      const snapshot = aSnapshot({
        containers: [aContainer({ image })],
        state: { imageId },
        probe,
        nodes: known([aNode({ runtime: 'cri-o://1.33.0' })]),
      });
      expect(runChecks(snapshot).findings).toEqual([]);
    }
  });
});
