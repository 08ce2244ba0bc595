import {
  parseJson,
  readClaims,
  readImageConfig,
  readManifest,
  readReferrers,
  readRegistryError,
  readTags,
  readToken,
} from '../../src/registry/schema.ts';

/*
 * Reads, in a process whose heap is small, what a hostile registry may answer, and prints the largest heap in MiB.
 */
const sizeBytes = 4_194_304;

/** As many of these between the two ends as 4 MiB hold. */
function filled(from: string, item: string, to: string): Buffer {
  const count = Math.floor((sizeBytes - from.length - to.length) / (item.length + 1));
  return Buffer.from(`${from}${`${item},`.repeat(count - 1)}${item}${to}`);
}

const digest = `sha256:${'0'.repeat(64)}`;
const config = `{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"${digest}"}`;
const around: readonly (readonly [string, string])[] = [
  ['{"manifests":[', ']}'],
  ['{"tags":[', ']}'],
  ['{"errors":[', ']}'],
  [`{"config":${config},"layers":[`, ']}'],
  ['{"schemaVersion":1,"fsLayers":[', ']}'],
  ['{"os":"linux","architecture":"amd64","config":{"Env":[', ']}}'],
  ['{"access":[', ']}'],
];
/** A name of its own for each value takes the most memory. */
const named = Array.from({ length: 280_000 }, (_, at) => `"k${at}":1`).join(',');
const objects = Array.from({ length: 240_000 }, (_, at) => `{"k${at}":1}`).join(',');

let largest = 0;
function read(body: Buffer): void {
  readRegistryError(body);
  readToken(body);
  readClaims(`a.${body.toString('base64url')}.c`);
  readReferrers(parseJson(body)?.json);
  readTags(parseJson(body)?.json);
  readManifest(digest, '', parseJson(body)?.json);
  readImageConfig(digest, parseJson(body)?.json);
  largest = Math.max(largest, process.memoryUsage().heapUsed);
}

for (const [from, to] of around) for (const item of ['1', '{}']) read(filled(from, item, to));
read(filled(`{"config":${config},"layers":[`, '{"size":"x"}', ']}'));
read(filled('{"access":[', '{"actions":[1,1,1]}', ']}'));
read(Buffer.from(`{${named}}`));
read(Buffer.from(`{"os":"linux","architecture":"amd64","config":{"Labels":{${named}}}}`));
read(Buffer.from(`{"manifests":[{"digest":"${digest}","annotations":{${named}}}]}`));
read(Buffer.from(`{"manifests":[${objects}]}`));
read(Buffer.from('['.repeat(sizeBytes)));
process.stdout.write(`${Math.round(largest / 1_048_576)}\n`);
