import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RuleName, rules } from './architecture/rules.ts';
import { readSources, type Source } from './architecture/sources.ts';

const sources = readSources(join(import.meta.dirname, '../src'));

describe('src keeps every rule', () => {
  it('is really read', () => {
    expect(sources.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['ports/cluster.ts', 'config.ts', 'model/values/secret.ts']),
    );
  });

  it.each(Object.entries(rules))('%s', (_, rule) => {
    expect(rule(sources)).toEqual([]);
  });
});

const file = (path: string, text: string): Source => ({ path, text });

/** For every rule: sources that break it, and sources beside them that look alike and do not. */
const planted: Readonly<
  Record<RuleName, { readonly broken: readonly (readonly Source[])[]; readonly kept: readonly Source[] }>
> = {
  'imports point inward': {
    broken: [
      [file('checks/a.ts', "import { x } from '../flows/x.ts';")],
      [file('remedies/a.ts', "import { x } from '../commands/x.ts';")],
      [file('commands/grammar/a.ts', "import { x } from '../x.ts';")],
      [file('flows/a.ts', "import { x } from '../ports/cluster.ts';")],
      [file('flows/a.ts', "const x = await import('../slack/blocks.ts');")],
      [file('registry/a.ts', "import type { x } from '../kubernetes/x.ts';")],
      [file('model/a.ts', "export { x } from '../checks/x.ts';")],
      [file('store/a.ts', "import '../queue/x.ts';")],
      [file('flows/a.ts', "import {\n  a,\n  b,\n} from '../store/x.ts';")],
      [file('attic/a.ts', 'export const x = 1;')],
    ],
    kept: [
      file('flows/a.ts', "import type { X } from '../ports/cluster.ts';\n// import { y } from '../slack/y.ts';"),
      file('queue/a.ts', "import { connect } from '../store/connection.ts';"),
      file('wire.ts', "import { open } from './sandbox/open.ts';\nimport { y } from './slack/y.ts';"),
    ],
  },
  'imports stay below src': {
    broken: [
      [file('model/a.ts', "import { x } from '../../test/support/x.ts';")],
      [file('model/a.ts', "import x from './data.json';")],
    ],
    kept: [file('model/a.ts', "import { x } from './b.ts';")],
  },
  'each package has one home': {
    broken: [
      [file('flows/a.ts', "import { Queue } from 'bullmq';")],
      [file('queue/a.ts', "import { Redis } from 'ioredis';")],
      [file('flows/a.ts', "const { App } = await import('@slack/bolt');")],
      [file('terminal/a.ts', "import * as k8s from '@kubernetes/client-node';")],
      [file('slack/a.ts', "import { request } from 'undici';")],
      [file('flows/a.ts', "import left from 'left-pad';")],
    ],
    kept: [
      file('queue/a.ts', "import { Queue } from 'bullmq';"),
      file('slack/a.ts', "import bolt from '@slack/bolt';\nimport type { Logger } from 'pino';"),
      file('model/a.ts', "import { z } from 'zod';"),
    ],
  },
  'nothing but wire and main.ts imports sandbox/': {
    broken: [
      [file('terminal/a.ts', "const sandbox = await import('../sandbox/index.ts');")],
      [file('http/a.ts', "import type { X } from '../sandbox/x.ts';")],
    ],
    kept: [
      file('main.ts', "const sandbox = await import('./sandbox/index.ts');"),
      file('sandbox/a.ts', "import './b.ts';"),
    ],
  },
  'no import hides its name': {
    broken: [
      [file('flows/a.ts', 'const x = await import(name);')],
      [file('flows/a.ts', 'const x = await import(`./${name}.ts`);')],
      [file('flows/a.ts', "import { createRequire } from 'node:module';")],
      [file('flows/a.ts', "const x = require('undici');")],
    ],
    kept: [file('flows/a.ts', "const x = await import('./b.ts');\nconst required = isRequired (x);")],
  },
  'no import cycles': {
    broken: [
      [file('model/a.ts', "import { b } from './b.ts';"), file('model/b.ts', "import { a } from './a.ts';")],
      [file('model/a.ts', "import { a } from './a.ts';")],
      [file('model/a.ts', "import type { B } from './b.ts';"), file('model/b.ts', "import { a } from './a.ts';")],
      [
        file('model/a.ts', "import { b } from './b.ts';"),
        file('model/b.ts', "const c = await import('./c.ts');"),
        file('model/c.ts', "export { a } from './a.ts';"),
      ],
    ],
    kept: [
      file('model/a.ts', "import type { B } from './b.ts';"),
      file('model/b.ts', 'export type B = string;'),
      file('model/c.ts', "import { a } from './a.ts';\nimport { b } from './b.ts';"),
    ],
  },
  'no loops between folders': {
    broken: [
      [
        file('slack/a.ts', "import { b } from './views/b.ts';"),
        file('slack/views/b.ts', "import { c } from '../c.ts';"),
      ],
      [
        file('flows/ask/a.ts', "import type { B } from '../change/b.ts';"),
        file('flows/change/b.ts', "import { c } from '../ask/c.ts';"),
      ],
    ],
    kept: [
      file('slack/a.ts', "import { b } from './views/b.ts';"),
      file('slack/views/b.ts', "import { c } from './c.ts';\nimport { d } from '../../model/d.ts';"),
    ],
  },
  'files stay under 400 lines': {
    broken: [[file('model/a.ts', 'x;\n'.repeat(401))]],
    kept: [file('model/a.ts', 'x;\n'.repeat(400))],
  },
  'only config.ts reads the environment': {
    broken: [
      [file('flows/a.ts', 'const x = process.env.HOME;')],
      [file('config/a.ts', "const x = process.env['HOME'];")],
      [file('flows/a.ts', 'const { env } = process;')],
      [file('flows/a.ts', "import { env } from 'node:process';")],
    ],
    kept: [
      file('config.ts', 'const x = process.env;'),
      file('flows/a.ts', '// process.env is read elsewhere\nlet { env } = x;'),
    ],
  },
  'pure areas compute and do nothing else': {
    broken: [
      [file('checks/a.ts', "import { readFile } from 'node:fs/promises';")],
      [file('explain/a.ts', 'const now = Date.now();')],
      [file('model/a.ts', 'const now = new Date();')],
      [file('remedies/a.ts', 'const id = Math.random();')],
      [file('model/a.ts', "import { randomUUID } from 'node:crypto';")],
      [file('checks/a.ts', 'const nonce = randomBytes(16);')],
      [file('checks/a.ts', "await fetch('http://x');")],
    ],
    kept: [
      file('checks/a.ts', 'const at = new Date(text);'),
      file('flows/a.ts', "import { readFile } from 'node:fs/promises';\nDate.now();"),
    ],
  },
  'names say what is inside': {
    broken: [
      [file('flows/utils.ts', '')],
      [file('helpers/a.ts', '')],
      [file('slack/service.ts', '')],
      [file('model/imageRef.ts', '')],
    ],
    kept: [file('kubernetes/service-account.ts', ''), file('model/providers/docker-hub.ts', '')],
  },
  'no two files export one name': {
    broken: [
      [file('flows/a.ts', 'export function decide() {}'), file('slack/b.ts', 'export async function decide() {}')],
      [file('model/a.ts', 'export interface Manifest {}'), file('slack/b.ts', 'export type Manifest = string;')],
    ],
    kept: [
      file('model/a.ts', 'export const Plan = z.object({});\nexport type Plan = z.infer<typeof Plan>;'),
      file('flows/a.ts', 'function decide() {}\n// export function decide'),
      file('slack/b.ts', 'export function decide() {}'),
      file('sandbox/c.ts', 'export function decide() {}'),
    ],
  },
  'no allowance goes unused': {
    broken: [[], sources.filter(({ path }) => !path.startsWith('http/'))],
    kept: sources,
  },
  'no default exports, enums, namespaces, abstract classes': {
    broken: [
      [file('model/a.ts', 'export default 1;')],
      [file('model/a.ts', 'enum Kind { A }')],
      [file('model/a.ts', 'export enum Kind { A }')],
      [file('model/a.ts', 'abstract class Base {}')],
    ],
    kept: [file('model/a.ts', "const x = { default: 1 };\n/* enum Kind */ const y = z.enum(['a']);")],
  },
  'every check, remedy, operation, command and provider is in its list': {
    broken: [
      [file('checks/a.ts', ''), file('checks/index.ts', "import type { A } from './a.ts';")],
      [file('remedies/a.ts', '')],
      [
        file('model/providers/a.ts', ''),
        file('model/providers/b.ts', ''),
        file('model/providers/index.ts', "import { a } from './a.ts';"),
      ],
    ],
    kept: [
      file('checks/a.ts', ''),
      file('checks/evidence/words.ts', ''),
      file('checks/index.ts', "import { a } from './a.ts';"),
    ],
  },
  'only an operation decides by its type': {
    broken: [
      "if (one.type === 'mint') x();",
      "switch (one.type) { case 'mint': x(); }",
      "type M = Extract<O, { type: 'mint' }>;",
    ].map((text) => [file('operations/mint.ts', 'export const x = 1;'), file('flows/a.ts', text)]),
    kept: [
      file('operations/mint.ts', "if (one.type === 'mint') x();"),
      file('remedies/a.ts', "const step = { type: 'mint' } satisfies Mint; if (one.type === 'other') x();"),
    ],
  },
  'foreign lists and records stop at the first bad element': {
    broken: [
      [file('registry/a.ts', 'const Tags = z.object({ tags: z.array(z.string()) });')],
      [file('kubernetes/read/a.ts', 'const map = z.record(z.string(), z.string());')],
      [file('model/providers/a.ts', 'const Tag = z\n  .array(Image);')],
      [file('slack/bot/payloads.ts', 'const Actions = Action.array();')],
    ],
    kept: [
      file('registry/a.ts', '// not z.array(x)\nconst Tags = foreignList(z.string());'),
      file('kubernetes/connection/kubeconfig.ts', 'const args = z.array(z.string());'),
      file('model/message.ts', 'const people = z.array(z.string());'),
    ],
  },
  'only a provider decides by its id or its host': {
    broken: [
      [file('checks/a.ts', "if (provider === 'ecr') return;")],
      [file('registry/a.ts', "const x = provider.id !== 'docker-hub';")],
      [file('flows/a.ts', "if (registry.provider(host) === 'acr') return;")],
      [file('remedies/a.ts', "if (familyOf(host) !== 'ghcr') return;")],
      [file('explain/a.ts', "switch (family) { case 'ecr-public': return; }")],
      [file('explain/a.ts', 'if ("acr" === family) return;')],
      [file('checks/a.ts', "if (image.registry === 'docker.io') return;")],
      [file('checks/a.ts', "switch (host) { case 'ghcr.io': return; }")],
      [file('config/a.ts', "const hub = ['index.docker.io'];")],
      [file('remedies/a.ts', "const key = 'https://index.docker.io/v1/';")],
      [file('remedies/a.ts', 'const key = "registry.gitlab.com";')],
      [file('flows/a.ts', "if (host.endsWith('.azurecr.io')) return;")],
      [file('flows/a.ts', "if (text.includes('dkr.ecr.eu-west-1.amazonaws.com')) return;")],
      [file('kubernetes/a.ts', 'const acr = /\\.azurecr\\.io$/;')],
      [file('registry/a.ts', 'const google = /^[a-z-]+docker\\.pkg\\.dev$/;')],
    ],
    kept: [
      file('model/providers/ecr.ts', "provider.id === 'ecr';\nconst host = 'public.ecr.aws';"),
      file('sandbox/a.ts', "const host = 'ghcr.io';"),
      file('checks/a.ts', "kind === 'generic';\nif (family === 6) return;"),
      file('commands/a.ts', "const usage = 'image ghcr.io/acme/web:1.2';\nconst text = 'Name it: `ghcr.io`.';"),
      file('explain/a.ts', "// 'docker.io' and /azurecr\\.io/ are for providers\nif (code === 'acrobat') return;"),
      file('flows/a.ts', 'const image = `ghcr.io/acme/${name}`;\nif (providerOf(host).metersManifests) return;'),
    ],
  },
};

describe('each rule fails for what it forbids', () => {
  describe.each(Object.entries(planted))('%s', (name, { broken, kept }) => {
    const rule = rules[name as RuleName];

    it.each(
      broken.map((each) => ({
        each,
        shown: each.map(({ path, text }) => `${path}: ${text.replaceAll('\n', ' ').slice(0, 60)}`).join(' + '),
      })),
    )('finds $shown', ({ each }) => {
      expect(rule(each)).not.toEqual([]);
    });

    it('lets look-alikes pass', () => {
      expect(rule(kept)).toEqual([]);
    });
  });
});
