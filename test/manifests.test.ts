import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { parseConfig } from '../src/config.ts';
import { terminalCommands } from '../src/wire/terminal-commands/index.ts';
import { outside } from './config/outside.ts';

const commandNames = terminalCommands.map(({ name }) => name);
const root = join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const packageJson = z
  .object({ version: z.string(), bin: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json')));

const Container = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()).default([]),
  envFrom: z
    .array(z.object({ secretRef: z.object({ name: z.string(), optional: z.boolean().optional() }) }))
    .default([]),
  securityContext: z.looseObject({}),
  ports: z.array(z.object({ name: z.string(), containerPort: z.number() })).default([]),
  resources: z.object({ limits: z.object({ memory: z.string() }) }),
});
const Probed = z.looseObject({
  livenessProbe: z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) }),
  readinessProbe: z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) }),
});
const Workload = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        serviceAccountName: z.string(),
        automountServiceAccountToken: z.boolean().optional(),
        securityContext: z.looseObject({}),
        containers: z.array(Container),
        volumes: z.array(z.looseObject({ name: z.string() })).default([]),
      }),
    }),
  }),
});
const Named = z.looseObject({
  kind: z.string(),
  apiVersion: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});
const Role = z.object({
  rules: z.array(
    z.object({ apiGroups: z.array(z.string()), resources: z.array(z.string()), verbs: z.array(z.string()) }),
  ),
});
const Binding = z.object({
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: z.array(z.object({ kind: z.string(), name: z.string(), namespace: z.string() })),
});
const AdmissionPolicy = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    failurePolicy: z.string(),
    matchConstraints: z.object({ resourceRules: z.array(z.looseObject({ resources: z.array(z.string()) })) }),
    matchConditions: z.array(z.looseObject({ expression: z.string() })),
  }),
});
const Kustomization = z.looseObject({
  kind: z.string(),
  resources: z.array(z.string()).default([]),
  configMapGenerator: z.array(z.object({ name: z.string(), files: z.array(z.string()) })).default([]),
  images: z.array(z.object({ name: z.string(), newName: z.string(), newTag: z.string() })).default([]),
});

/** Every object that a kustomization lists, and the kustomization itself. */
function load(folder: string) {
  const kustomization = Kustomization.parse(parse(read(`${folder}/kustomization.yaml`)));
  const objects = kustomization.resources.flatMap((file) =>
    parseAllDocuments(read(`${folder}/${file}`)).map((document) => {
      expect(document.errors).toEqual([]);
      return Named.parse(document.toJS());
    }),
  );
  return { kustomization, objects, of: (kind: string) => objects.filter((object) => object.kind === kind) };
}

const rightsOf = (objects: ReturnType<typeof load>) =>
  objects.of('ClusterRole').flatMap((role) => Role.parse(role).rules);
const within = (folder: string) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
const reading = ['manifests/base', 'manifests/components/logs', 'manifests/components/pull-secrets'];
const writing = within('manifests/components/remediation');
const folders = [...reading, ...writing];
const base = load('manifests/base');

describe.each(folders)('%s', (folder) => {
  const loaded = load(folder);

  it('lists every file that is there', () => {
    const { resources, configMapGenerator } = loaded.kustomization;
    const listed = [...resources, ...configMapGenerator.flatMap(({ files }) => files), 'kustomization.yaml'];
    expect(readdirSync(join(root, folder)).sort()).toEqual(listed.sort());
  });

  it('binds its roles to accounts that exist', () => {
    const roles = loaded.of('ClusterRole').map(({ metadata }) => metadata.name);
    const accounts = base.of('ServiceAccount').map(({ metadata }) => metadata.name);
    const bindings = loaded.of('ClusterRoleBinding').map((each) => Binding.parse(each));
    expect(bindings.map(({ roleRef }) => roleRef.name)).toEqual(roles);
    for (const { name, namespace } of bindings.flatMap(({ subjects }) => subjects)) {
      expect(accounts).toContain(name);
      expect(namespace).toBe(base.of('Namespace')[0]?.metadata.name);
    }
  });

  it('grants by name', () => {
    expect(rightsOf(loaded).length).toBeGreaterThan(0);
    expect(
      rightsOf(loaded).flatMap(({ resources, apiGroups, verbs }) => [...resources, ...apiGroups, ...verbs]),
    ).not.toContain('*');
  });
});

it.each(reading)('%s grants reading and nothing else', (folder) => {
  for (const { verbs } of rightsOf(load(folder)))
    expect(['get', 'list', 'watch']).toEqual(expect.arrayContaining(verbs));
});

describe.each(writing)('%s', (folder) => {
  const loaded = load(folder);
  const policies = loaded.of('ValidatingAdmissionPolicy').map((each) => AdmissionPolicy.parse(each));

  it('binds every policy, and each looks at the worker and fails closed', () => {
    const bound = loaded.of('ValidatingAdmissionPolicyBinding').map((each) => each['spec']);
    expect(bound).toEqual(policies.map(({ metadata }) => ({ policyName: metadata.name, validationActions: ['Deny'] })));
    for (const { spec } of policies) {
      expect(spec.failurePolicy).toBe('Fail');
      expect(spec.matchConditions.map(({ expression }) => expression)).toEqual([
        "request.userInfo.username == 'system:serviceaccount:imagecheck:imagecheck-worker'",
      ]);
    }
  });

  it('has a policy for everything that it lets the worker write but Events', () => {
    const written = rightsOf(loaded)
      .filter(({ verbs }) => verbs.some((verb) => !['get', 'list'].includes(verb)))
      .flatMap(({ resources }) => resources)
      .filter((resource) => resource !== 'events');
    const guarded = policies.flatMap(({ spec }) =>
      spec.matchConstraints.resourceRules.flatMap((rule) => rule.resources),
    );
    expect(written.filter((resource) => !guarded.includes(resource))).toEqual([]);
  });
});

describe('rights', () => {
  it('of the base reach no Secret and no log', () => {
    const resources = rightsOf(base).flatMap((right) => right.resources);
    expect(resources).toEqual(
      expect.arrayContaining(['pods', 'events', 'nodes', 'deployments', 'cronjobs', 'replicasets']),
    );
    expect(resources.filter((resource) => resource.includes('secret') || resource.includes('log'))).toEqual([]);
  });

  it.each([
    ['pull-secrets', 'secrets'],
    ['logs', 'pods/log'],
  ])('of components/%s are to get %s', (component, resource) => {
    expect(rightsOf(load(`manifests/components/${component}`))).toEqual([
      { apiGroups: [''], resources: [resource], verbs: ['get'] },
    ]);
  });
});

describe('workloads', () => {
  const workloads = [...base.of('Deployment'), ...base.of('StatefulSet')].map((object) => Workload.parse(object));
  const ours = workloads.filter(({ spec }) => spec.template.spec.containers[0]?.image === 'imagecheck');

  it('are a bot, a worker and Redis', () => {
    expect(workloads.map(({ metadata }) => metadata.name)).toEqual([
      'imagecheck-bot',
      'imagecheck-worker',
      'imagecheck-redis',
    ]);
    expect(ours.map(({ spec }) => spec.template.spec.containers[0]?.args)).toEqual([['bot'], ['worker']]);
  });

  it.each(workloads)('$metadata.name selects its own pods and satisfies the restricted standard', ({ spec }) => {
    expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    const accounts = base.of('ServiceAccount').map(({ metadata }) => metadata.name);
    expect(accounts).toContain(spec.template.spec.serviceAccountName);
    expect(spec.template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const { securityContext } of spec.template.spec.containers) {
      expect(securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('keep the two trust zones apart', () => {
    const secrets = (name: string) =>
      ours
        .find(({ metadata }) => metadata.name === name)
        ?.spec.template.spec.containers[0]?.envFrom.map(({ secretRef }) => secretRef.name);
    expect(secrets('imagecheck-bot')).toEqual(['imagecheck-redis', 'imagecheck-slack', 'imagecheck-signing']);
    expect(secrets('imagecheck-worker')).toEqual(['imagecheck-redis', 'imagecheck-registries']);
    const tokens = ours.map(({ metadata, spec }) => [metadata.name, spec.template.spec.automountServiceAccountToken]);
    expect(tokens).toEqual([
      ['imagecheck-bot', false],
      ['imagecheck-worker', true],
    ]);
  });

  it('use commands and an image that exist', () => {
    expect(
      ours
        .flatMap(({ spec }) => spec.template.spec.containers[0]?.args ?? [])
        .filter((word) => !commandNames.includes(word)),
    ).toEqual([]);
    expect(base.kustomization.images).toEqual([
      { name: 'imagecheck', newName: expect.stringMatching(/\/imagecheck$/), newTag: packageJson.version },
    ]);
  });

  it('are asked where the configuration lets them answer, and are never restarted for what a restart does not mend', () => {
    const { health } = parseConfig(
      read('manifests/base/imagecheck.yaml'),
      'imagecheck.yaml',
      outside({ role: 'worker' }),
    );
    for (const { spec } of ours) {
      const container = spec.template.spec.containers[0];
      expect(container?.ports).toEqual([{ name: 'health', containerPort: health.port }]);
      expect(Probed.parse(container)).toMatchObject({
        livenessProbe: { httpGet: { path: '/healthz', port: 'health' } },
        readinessProbe: { httpGet: { path: '/readyz', port: 'health' } },
      });
    }
  });

  it('give Redis an exact image, a password, and less memory than its container, and keep everything in it', () => {
    const redis = workloads.find(({ metadata }) => metadata.name === 'imagecheck-redis')?.spec.template.spec
      .containers[0];
    const command = z.array(z.string()).parse(redis?.['command']).join(' ');
    const limit = Number(/^(\d+)Mi$/.exec(redis?.resources.limits.memory ?? '')?.[1]);
    const compose = read('docker-compose.yml');
    for (const text of [command, compose.replaceAll(/\n\s+- /g, ' ')]) {
      const most = Number(/--maxmemory (\d+)mb/.exec(text)?.[1]);
      // A rewrite of the append-only file needs room, too.
      expect(most).toBeLessThanOrEqual(limit * 0.75);
      expect(text).toContain('--maxmemory-policy noeviction');
      expect(text).toContain('requirepass ');
    }
    expect(redis?.image).toMatch(/^redis:\d+\.\d+\.\d+-alpine$/);
    expect(compose).toContain(`image: ${redis?.image}\n`);
    expect(compose).toContain(`mem_limit: ${limit}m\n`);
  });

  it('mount a configuration that the bot and the worker accept', () => {
    const [generated] = base.kustomization.configMapGenerator;
    expect(generated).toEqual({ name: 'imagecheck', files: ['imagecheck.yaml'] });
    const text = read('manifests/base/imagecheck.yaml');
    const env = { SLACK_BOT_TOKEN: 'x', SLACK_APP_TOKEN: 'x' };
    const bot = parseConfig(text, 'imagecheck.yaml', outside({ role: 'bot', env }));
    const worker = parseConfig(text, 'imagecheck.yaml', outside({ role: 'worker' }));
    expect(bot.clusters.map(({ id }) => id)).toEqual(worker.clusters.map(({ id }) => id));
    const service = base.of('Service')[0]?.metadata.name;
    expect(worker.redis.url.reveal()).toBe(`redis://${service}:6379`);
  });
});

describe('docker-compose.yml', () => {
  const Compose = z.object({
    services: z.record(
      z.string(),
      z.looseObject({
        image: z.string().optional(),
        command: z.array(z.string()),
        build: z.object({ context: z.string(), target: z.string() }).optional(),
        profiles: z.array(z.string()).optional(),
        volumes: z.array(z.string()).default([]),
      }),
    ),
    volumes: z.record(z.string(), z.unknown()),
  });
  const compose = Compose.parse(parse(read('docker-compose.yml')));
  const stages = [...read('Dockerfile').matchAll(/^FROM .* AS (\S+)$/gm)].map(([, name]) => name);

  it('runs Redis with an append-only file, a bot, a worker, and the sandbox in a profile', () => {
    expect(Object.keys(compose.services)).toEqual(['redis', 'bot', 'worker', 'sandbox']);
    expect(compose.services['redis']?.command.join(' ')).toContain('--appendonly yes');
    expect(compose.services['redis']?.volumes[0]?.split(':')[0]).toBe(Object.keys(compose.volumes)[0]);
    expect(compose.services['sandbox']?.profiles).toEqual(['sandbox']);
  });

  it('builds stages and runs commands that exist, and mounts files that exist', () => {
    const built = Object.values(compose.services).filter(({ build }) => build !== undefined);
    expect(built).toHaveLength(3);
    for (const { build, command, volumes } of built) {
      expect(stages).toContain(build?.target);
      expect(commandNames).toContain(command[0]);
      const own = volumes.flatMap((volume) => (volume.startsWith('./') ? [volume.split(':')[0] ?? ''] : []));
      expect(own.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    }
  });
});

describe('Dockerfile', () => {
  const text = read('Dockerfile');
  const ignored = read('.dockerignore');

  it('copies only what exists and what .dockerignore lets in', () => {
    const copied = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) => files.split(' '));
    expect(copied.length).toBeGreaterThan(5);
    expect(copied.filter((file) => !existsSync(join(root, file)))).toEqual([]);
    expect(copied.filter((file) => !ignored.split('\n').includes(`!${file}`))).toEqual([]);
  });

  it('ends as a user that is not root, in what the build makes', () => {
    const last = text.slice(text.lastIndexOf('\nFROM '));
    expect(last).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    const { outDir } = z
      .object({ compilerOptions: z.object({ outDir: z.string() }) })
      .parse(JSON.parse(read('tsconfig.build.json'))).compilerOptions;
    expect(last).toContain(`ENTRYPOINT ["node", "${outDir}/main.js"]`);
    expect(last).toContain(`COPY --from=build /app/${outDir} ${outDir}`);
    expect(commandNames).toContain(/^CMD \["(\w+)"\]$/m.exec(last)?.[1]);
  });
});

it('the bin of the package is an executable launcher', () => {
  const launcher = packageJson.bin['imagecheck'] ?? '';
  expect(read(launcher)).toMatch(/^#!\/usr\/bin\/env node\n/);
  expect(relative(root, join(root, dirname(launcher)))).toBe('scripts');
});

it('every package of the lock file has a SHA-512, and comes from the registry that npm is set to', () => {
  const Entry = z.looseObject({ resolved: z.string().optional(), integrity: z.string().optional() });
  const Lock = z.object({ packages: z.record(z.string(), Entry) });
  const { '': _root, ...packages } = Lock.parse(JSON.parse(read('package-lock.json'))).packages;
  expect(Object.keys(packages).length).toBeGreaterThan(100);
  const wrong = Object.entries(packages).filter(
    ([, { resolved, integrity = '' }]) => resolved !== undefined || !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity),
  );
  expect(wrong.map(([name]) => name)).toEqual([]);
});
