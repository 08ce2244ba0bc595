import { posix } from 'node:path';
import { areaOf, importsOf, packageOf, type Source, withoutComments } from './sources.ts';

/** What breaks a rule, as one line each; empty when it holds. */
export type Rule = (sources: readonly Source[]) => readonly string[];

const inner = ['model', 'errors'];

/** What flows need, as types alone: adapters fulfil them. */
const ports = ['type ports'];

/**
 * Area -> what it may import below src (docs/architecture.md#layout). `type x` allows imports of types only; `*`
 * everything.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: ['model'],
  errors: [],
  // Limits in time, loops and leases of records; no area of its own needs more than Node's timers.
  timing: ['timing'],
  // Limits on bytes, shared by every reader of a process.
  memory: ['memory'],
  log: [...inner],
  config: [...inner, 'config'],
  jobs: ['model'],
  ports: ['type model', 'type jobs', 'type ports'],
  commands: ['model', 'commands', 'commands/grammar', 'remedies'],
  'commands/grammar': ['model', 'commands/grammar'],
  explain: ['model', 'explain'],
  operations: ['model', 'operations', ...ports],
  remedies: ['model', 'commands/grammar', 'operations', 'remedies'],
  checks: [...inner, 'explain', 'checks'],
  flows: [
    ...inner,
    'timing',
    'commands',
    'explain',
    'operations',
    'remedies',
    'checks',
    'flows',
    'jobs',
    ...ports,
    'type log',
  ],
  kubernetes: [...inner, 'memory', 'kubernetes', ...ports],
  registry: [...inner, 'memory', 'registry', ...ports],
  store: [...inner, 'timing', 'store', 'jobs', ...ports],
  // The connection to Redis is made in one place.
  queue: ['errors', 'timing', 'queue', 'store', 'jobs', ...ports],
  slack: [...inner, 'timing', 'commands', 'commands/grammar', 'remedies', 'slack', 'flows', ...ports],
  terminal: [...inner, 'commands', 'commands/grammar', 'remedies', 'terminal', 'explain', 'flows', ...ports],
  http: ['model', 'http', ...ports],
  // The sandbox takes what it starts with from the environment instead of a file.
  sandbox: [...inner, 'sandbox', 'remedies'],
  version: [],
  roles: ['errors', 'timing', 'flows', 'jobs', ...ports, 'type log'],
  wire: ['*'],
  main: ['*'],
};

/** Package -> areas that may import it. Types alone are allowed to the areas after `type `. */
const homes: Readonly<Record<string, readonly string[]>> = {
  bullmq: ['queue'],
  ioredis: ['store'],
  '@slack/bolt': ['slack'],
  '@slack/web-api': ['slack'],
  '@slack/types': ['type slack'],
  '@kubernetes/client-node': ['kubernetes'],
  diff: ['kubernetes'],
  undici: ['registry', 'kubernetes', 'sandbox'],
  pino: ['log', 'type *'],
  yaml: ['config', 'kubernetes', 'sandbox'],
  'lru-cache': ['registry', 'slack'],
  zod: ['*'],
  ws: ['sandbox'],
  react: ['sandbox'],
  'react-dom': ['sandbox'],
  'slack-blocks-to-jsx': ['sandbox'],
};

/** Areas that compute and do nothing else. */
const pureAreas = ['model', 'commands', 'commands/grammar', 'explain', 'checks', 'operations', 'remedies'];
/** Node's modules that only compute. */
const pureModules = ['node:crypto', 'node:util', 'node:net'];

function allows(list: readonly string[], name: string, typeOnly: boolean): boolean {
  const wanted = [name, '*', ...(typeOnly ? [`type ${name}`, 'type *'] : [])];
  return wanted.some((each) => list.includes(each));
}

const importsPointInward: Rule = (sources) =>
  sources.flatMap((source) => {
    const list = mayImport[areaOf(source.path)];
    if (list === undefined) return [`${source.path}: the area ${areaOf(source.path)} has no rule`];
    return importsOf(source)
      .filter(({ local, to, typeOnly }) => local && !allows(list, areaOf(to), typeOnly))
      .map(({ to }) => `${source.path} imports ${to}`);
  });

const importsStayInside: Rule = (sources) =>
  sources.flatMap((source) =>
    importsOf(source)
      .filter(({ local, to }) => local && (to.startsWith('..') || !/\.(ts|tsx|mts)$/.test(to)))
      .map(({ to }) => `${source.path} imports ${to}, which is no TypeScript file below src`),
  );

/** What the two tables above allow and nothing uses; a door that stands open for nobody is closed. */
const noUnusedAllowance: Rule = (sources) => {
  const imports = sources.flatMap((source) =>
    importsOf(source).map((each) => ({ ...each, area: areaOf(source.path) })),
  );
  const areas = Object.entries(mayImport).flatMap(([area, list]) =>
    list
      .filter((name) => name !== area && name !== '*')
      .filter((name) => !imports.some((each) => each.area === area && each.local && needs(name, areaOf(each.to), each)))
      .map((name) => `${area} may import ${name}`),
  );
  const packages = Object.entries(homes).flatMap(([name, list]) =>
    list
      .filter((area) => !area.endsWith('*'))
      .filter((area) => !imports.some((each) => packageOf(each.to) === name && needs(area, each.area, each)))
      .map((area) => `${area} may import ${name}`),
  );
  return [...areas, ...packages];
};

/** Whether an import needs this entry of a list: a type needs `type x` only, a value needs `x`. */
function needs(entry: string, name: string, { typeOnly }: { readonly typeOnly: boolean }): boolean {
  return typeOnly ? entry === `type ${name}` || entry === name : entry === name;
}

const packagesHaveHomes: Rule = (sources) =>
  sources.flatMap((source) =>
    importsOf(source)
      .filter(({ local, to }) => !local && !to.startsWith('node:'))
      .filter(({ to, typeOnly }) => !allows(homes[packageOf(to)] ?? [], areaOf(source.path), typeOnly))
      .map(({ to }) => `${source.path} imports ${to}`),
  );

const sandboxIsLeftAlone: Rule = (sources) =>
  sources
    .filter(({ path }) => !['sandbox', 'wire', 'main'].includes(areaOf(path)))
    .flatMap((source) => importsOf(source).filter(({ local, to }) => local && areaOf(to) === 'sandbox'))
    .map(({ from, to }) => `${from} imports ${to}`);

const importsAreReadable: Rule = (sources) =>
  sources
    .filter(({ text }) =>
      /\bimport\s*\(\s*[^'"`\s]|\bimport\s*\(\s*`[^`]*\$\{|\bcreateRequire\b|\brequire\s*\(/.test(
        withoutComments(text),
      ),
    )
    .map(({ path }) => `${path} imports something whose name is computed`);

const noCycles: Rule = (sources) => {
  const graph = new Map(
    sources.map((source) => [source.path, importsOf(source).flatMap(({ local, to }) => (local ? [to] : []))]),
  );
  return circles(graph);
};

/** Each circle of a graph once, as `a -> b -> a`. */
function circles(graph: ReadonlyMap<string, Iterable<string>>): readonly string[] {
  const done = new Set<string>();
  const walk = (node: string, path: readonly string[]): readonly string[] => {
    if (path.includes(node)) return [[...path.slice(path.indexOf(node)), node].join(' -> ')];
    if (done.has(node)) return [];
    const found = [...(graph.get(node) ?? [])].flatMap((next) => walk(next, [...path, node]));
    done.add(node);
    return found;
  };
  return [...graph.keys()].flatMap((node) => walk(node, []));
}

/** A folder below src; a file at the top is a folder of its own. */
function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? path : folder;
}

/** Folders that import one another, in a circle, types included. */
const noFolderLoops: Rule = (sources) => {
  const graph = new Map<string, Set<string>>();
  for (const source of sources) {
    const from = folderOf(source.path);
    const others = graph.get(from) ?? new Set<string>();
    for (const { local, to } of importsOf(source)) if (local && folderOf(to) !== from) others.add(folderOf(to));
    graph.set(from, others);
  }
  return circles(graph);
};

const filesAreShort: Rule = (sources) =>
  sources
    .filter(({ text }) => text.trimEnd().split('\n').length > 400)
    .map(({ path, text }) => `${path} has ${text.trimEnd().split('\n').length} lines`);

const onlyConfigReadsTheEnvironment: Rule = (sources) =>
  sources
    .filter(({ path }) => path !== 'config.ts')
    .filter(({ text }) =>
      /\bprocess\??\.\s*env\b|process\[['"]env|\{[^}]*\benv\b[^}]*\}\s*(=\s*process\b|from\s*['"]node:process)/.test(
        withoutComments(text),
      ),
    )
    .map(({ path }) => `${path} reads process.env`);

const pureAreasDoNothing: Rule = (sources) =>
  sources
    .filter(({ path }) => pureAreas.includes(areaOf(path)))
    .flatMap((source) => [
      ...importsOf(source)
        .filter(({ local, to }) => !local && to.startsWith('node:') && !pureModules.includes(to))
        .map(({ to }) => `${source.path} imports ${to}`),
      ...[
        ...withoutComments(source.text).matchAll(
          /\b(Date\.now|new Date\(\)|Math\.random|random(?:Bytes|UUID|Int|Fill|FillSync)\b|getRandomValues|generateKey(?:Pair)?(?:Sync)?\b|fetch\(|setTimeout|process\.)/g,
        ),
      ].map(([what]) => `${source.path} uses ${what}`),
    ]);

const namesSayWhatIsInside: Rule = (sources) =>
  sources.flatMap(({ path }) => {
    const forbidden = path
      .split('/')
      .some((part) => /^(utils?|helpers?|common|managers?|misc|services?|lib|shared)(\.tsx?)?$/.test(part));
    const kebab = /^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.(ts|tsx)$/.test(path);
    return [...(forbidden ? [`${path} says nothing`] : []), ...(kebab ? [] : [`${path} is not kebab-case`])];
  });

const noHiddenPower: Rule = (sources) =>
  sources.flatMap(({ path, text }) =>
    [
      ...withoutComments(text).matchAll(
        /^\s*(export default|export enum|(?:const )?enum \w+|abstract class|namespace \w+)/gm,
      ),
    ].map(([, what]) => `${path}: ${what}`),
  );

/** Names that two files export, the sandbox aside: whoever reads one of them must not take it for the other. */
const oneThingPerName: Rule = (sources) => {
  const files = new Map<string, Set<string>>();
  for (const { path, text } of sources.filter(({ path }) => areaOf(path) !== 'sandbox')) {
    const exported = /^export (?:async )?(?:function\*?|const|class|type|interface) (\w+)/gm;
    for (const [, name = ''] of withoutComments(text).matchAll(exported)) {
      files.set(name, (files.get(name) ?? new Set()).add(path));
    }
  }
  return [...files].filter(([, paths]) => paths.size > 1).map(([name, paths]) => `${name}: ${[...paths].join(', ')}`);
};

/** Folders whose files are a list, with the files there that are no entry. */
const lists: Readonly<Record<string, readonly string[]>> = {
  checks: ['index.ts'],
  operations: ['index.ts'],
  remedies: ['index.ts'],
  commands: ['index.ts', 'command.ts', 'parse.ts'],
  'model/providers': ['index.ts', 'provider.ts'],
  'wire/terminal-commands': ['index.ts'],
};

const everyEntryIsListed: Rule = (sources) =>
  Object.entries(lists).flatMap(([folder, others]) => {
    const entries = sources.filter(
      ({ path }) => posix.dirname(path) === folder && !others.includes(posix.basename(path)),
    );
    const index = sources.find(({ path }) => path === `${folder}/index.ts`);
    const listed = index === undefined ? [] : importsOf(index).filter(({ typeOnly }) => !typeOnly);
    return entries
      .filter(({ path }) => !listed.some(({ to }) => to === path))
      .map(({ path }) => `${path} is not in its list`);
  });

/** Ids and hosts of well-known registries, as patterns: a literal of these outside a provider's file decides something. */
const providerIds = 'acr|ecr|ecr-public|ghcr|docker-hub';
const registryHosts = String.raw`azurecr\\?\.(?:io|cn|us)|docker\\?\.(?:io|com)|ghcr\\?\.io|amazonaws\\?\.com|ecr\\?\.aws|gcr\\?\.io|pkg\\?\.dev|quay\\?\.io|gitlab\\?\.com|lscr\\?\.io|nvcr\\?\.io`;
const decisions: readonly RegExp[] = [
  /provider(?:\.id|Of\([^)]*\)\.id|\([^)]*\))?\s*[!=]==?\s*'[a-z-]+'/g,
  new RegExp(String.raw`(?:[!=]==?|\bcase)\s*(['"\x60])(?:${providerIds})\1`, 'g'),
  new RegExp(String.raw`(['"\x60])(?:${providerIds})\1\s*[!=]==?`, 'g'),
  // Nothing but a host or a URL; sentences and image references may name one.
  new RegExp(String.raw`(['"])(?:https:\/\/)?(?:[\w.*-]*\.)?(?:${registryHosts})(?:\/v[12]\/?)?\1`, 'g'),
  new RegExp(
    String.raw`\.(?:includes|startsWith|endsWith|indexOf|has|match|search)\(\s*['"\x60][^'"\x60\n]*(?:${registryHosts})`,
    'g',
  ),
  // A pattern: in it, the dots of a host are escaped.
  new RegExp(String.raw`(?:${registryHosts.replaceAll(String.raw`\\?\.`, String.raw`\\\.`)})`, 'g'),
];

/** What depends on the registry is a trait in its provider's file: nothing else decides by an id, a family, or a host. */
const providersStayInTheirFiles: Rule = (sources) =>
  sources
    .filter(({ path }) => !path.startsWith('model/providers/') && areaOf(path) !== 'sandbox')
    .flatMap(({ path, text }) => {
      const code = withoutComments(text);
      return decisions.flatMap((pattern) => [...code.matchAll(pattern)].map(([what]) => `${path}: ${what}`));
    });

/** What an operation is and does is asked of its kind: nothing outside the list decides by its type. */
const operationsStayInTheirFiles: Rule = (sources) => {
  const types = sources
    .filter(({ path }) => posix.dirname(path) === 'operations' && posix.basename(path) !== 'index.ts')
    .map(({ path }) => posix.basename(path, '.ts'));
  if (types.length === 0) return [];
  const decision = new RegExp(`(?:[!=]==?|\\bcase|\\bExtract<[^>]*type:)\\s*'(?:${types.join('|')})'`, 'g');
  return sources
    .filter(({ path }) => !['operations', 'sandbox'].includes(areaOf(path)))
    .flatMap(({ path, text }) => [...withoutComments(text).matchAll(decision)].map(([what]) => `${path}: ${what}`));
};

/** Where data is read whose sender decides how long its lists are; a kubeconfig belongs to whoever runs the product. */
const foreignEdges = /^(?:registry|kubernetes|model\/providers|http)\/|^slack\/bot\/payloads\.ts$/;

/** zod collects an issue for every element that does not fit: foreign lists and records stop at the first one. */
const foreignListsStopEarly: Rule = (sources) =>
  sources
    .filter(({ path }) => foreignEdges.test(path) && path !== 'kubernetes/connection/kubeconfig.ts')
    .flatMap(({ path, text }) =>
      [...withoutComments(text).matchAll(/\bz\s*\.(?:array|record|set|map)\(|\.array\(\)/g)].map(
        ([what]) => `${path} uses ${what.trim()} instead of model/values/foreign.ts`,
      ),
    );

/** Every rule by the sentence that it enforces. */
export const rules = {
  'imports point inward': importsPointInward,
  'imports stay below src': importsStayInside,
  'each package has one home': packagesHaveHomes,
  'no allowance goes unused': noUnusedAllowance,
  'nothing but wire and main.ts imports sandbox/': sandboxIsLeftAlone,
  'no import hides its name': importsAreReadable,
  'no import cycles': noCycles,
  'no loops between folders': noFolderLoops,
  'files stay under 400 lines': filesAreShort,
  'only config.ts reads the environment': onlyConfigReadsTheEnvironment,
  'pure areas compute and do nothing else': pureAreasDoNothing,
  'names say what is inside': namesSayWhatIsInside,
  'no two files export one name': oneThingPerName,
  'no default exports, enums, namespaces, abstract classes': noHiddenPower,
  'every check, remedy, operation, command and provider is in its list': everyEntryIsListed,
  'only a provider decides by its id or its host': providersStayInTheirFiles,
  'only an operation decides by its type': operationsStayInTheirFiles,
  'foreign lists and records stop at the first bad element': foreignListsStopEarly,
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof rules;
