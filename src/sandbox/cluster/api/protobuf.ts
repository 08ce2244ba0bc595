import type { Fields } from '../objects/object.ts';
import { unsupportedMediaType } from '../objects/status.ts';
import { messageTable } from './protobuf-messages.ts';

interface Field {
  readonly name: string;
  readonly shape: 'one' | 'many' | 'map';
  readonly type: string;
}

const fieldPattern = /^(\d+)(\[\]|\{\})? (\w+) (\S+)$/;

const messages: ReadonlyMap<string, ReadonlyMap<number, Field>> = new Map(
  messageTable
    .trim()
    .split('\n')
    .map((line) => {
      const [name = '', list = ''] = line.split(': ');
      const fields = list.split(', ').flatMap((entry): readonly (readonly [number, Field])[] => {
        const [, number, mark, field = '', type = ''] = fieldPattern.exec(entry) ?? [];
        const shape = mark === '[]' ? 'many' : mark === '{}' ? 'map' : 'one';
        return number === undefined ? [] : [[Number(number), { name: field, shape, type }]];
      });
      return [name, new Map(fields)] as const;
    }),
);

/**
 * Numbers and booleans that are plain Go values with `omitempty`: protobuf sends their zero, JSON leaves it out. For
 * all others, a zero that is sent was meant (`replicas: 0`).
 */
const plainFields: ReadonlySet<string> = new Set([
  'failureThreshold',
  'generation',
  'healthCheckNodePort',
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'hostPort',
  'initialDelaySeconds',
  'minReadySeconds',
  'nodePort',
  'paused',
  'periodSeconds',
  'publishNotReadyAddresses',
  'readOnly',
  'stdin',
  'stdinOnce',
  'successThreshold',
  'timeoutSeconds',
  'tty',
]);

const magic = Buffer.from('k8s\0');

/**
 * Reads the protobuf form of an object (`application/vnd.kubernetes.protobuf`), which kubectl uses for `create
 * namespace`, `create secret`, `auth can-i` and other typed commands: the magic `k8s\0` and a `runtime.Unknown` with
 * type and bytes. Fields that are not in the table are refused with 415, never dropped silently.
 */
export function fromProtobuf(body: Buffer): Fields {
  if (!body.subarray(0, 4).equals(magic)) throw unsupportedMediaType(['application/json']);
  try {
    const envelope = new Map(wireFields(body.subarray(4)).map(({ number, value }) => [number, value]));
    const type = new Map(
      wireFields(asBytes(envelope.get(1))).map(({ number, value }) => [number, asBytes(value).toString('utf8')]),
    );
    const apiVersion = type.get(1) ?? '';
    const kind = type.get(2) ?? '';
    return { apiVersion, kind, ...message(kind, asBytes(envelope.get(2))) };
  } catch (error) {
    if (error instanceof RangeError) throw unsupportedMediaType(['application/json']);
    throw error;
  }
}

interface WireField {
  readonly number: number;
  readonly value: Buffer | bigint;
}

function asBytes(value: Buffer | bigint | undefined): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
}

/** The fields of a message (protobuf encoding: varint, 64-bit, length-delimited, 32-bit). */
function wireFields(bytes: Buffer): readonly WireField[] {
  const found: WireField[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = BigInt(bytes.readUInt8(at));
      at += 1;
      value |= (byte & 0x7fn) << shift;
      if (byte < 0x80n) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError('a field is longer than its message');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const number = Number(key >> 3n);
    const wire = Number(key & 7n);
    if (wire === 0) found.push({ number, value: varint() });
    else if (wire === 1) found.push({ number, value: take(8) });
    else if (wire === 2) found.push({ number, value: take(Number(varint())) });
    else if (wire === 5) found.push({ number, value: take(4) });
    else throw new RangeError(`wire type ${wire}`);
  }
  return found;
}

function message(name: string, bytes: Buffer): Fields {
  const known = messages.get(name);
  if (known === undefined) throw new RangeError(`no message ${name}`);
  const result: Record<string, unknown> = {};
  for (const { number, value } of wireFields(bytes)) {
    const field = known.get(number);
    if (field === undefined) {
      // The empty status that clients send along.
      if (asBytes(value).length === 0 || number === 3) continue;
      throw new RangeError(`${name} has no field ${number}`);
    }
    put(result, field, value);
  }
  return result;
}

function put(result: Record<string, unknown>, { name, shape, type }: Field, value: Buffer | bigint): void {
  if (shape === 'map') {
    const entry = new Map(wireFields(asBytes(value)).map((part) => [part.number, part.value]));
    const map = (result[name] ??= {}) as Record<string, unknown>;
    map[asBytes(entry.get(1)).toString('utf8')] = scalar(type, entry.get(2) ?? Buffer.alloc(0)) ?? '';
    return;
  }
  const read = scalar(type, value);
  if (shape === 'many') ((result[name] ??= []) as unknown[]).push(read ?? '');
  else if (read !== undefined && !(plainFields.has(name) && (read === 0 || read === false))) result[name] = read;
}

/** A value as in JSON; undefined for values that JSON leaves out when empty. */
function scalar(type: string, value: Buffer | bigint): unknown {
  const bytes = asBytes(value);
  const number = typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : 0;
  switch (type) {
    case 's':
      return bytes.length === 0 ? undefined : bytes.toString('utf8');
    case 'b':
      return bytes.toString('base64');
    case '?':
      return number !== 0;
    case 'i':
      return number;
    case 'd':
      return bytes.readDoubleLE(0);
    case 'Time':
    case 'MicroTime':
      return time(bytes);
    case 'Quantity':
      return text(bytes, 1);
    case 'IntOrString':
      return intOrString(bytes);
    case 'FieldsV1':
    case 'Raw':
      return bytes.length === 0 ? undefined : json(bytes);
    default:
      return message(type, bytes);
  }
}

function text(bytes: Buffer, wanted: number): string {
  const found = wireFields(bytes).find(({ number }) => number === wanted);
  return asBytes(found?.value).toString('utf8');
}

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(text(bytes, 1));
  } catch {
    throw new RangeError('raw content is not JSON');
  }
}

function time(bytes: Buffer): string | undefined {
  const seconds = wireFields(bytes).find(({ number }) => number === 1)?.value;
  return typeof seconds === 'bigint' ? new Date(Number(seconds) * 1000).toISOString().replace('.000Z', 'Z') : undefined;
}

function intOrString(bytes: Buffer): string | number {
  const parts = new Map(wireFields(bytes).map(({ number, value }) => [number, value]));
  if (parts.get(1) === 1n) return asBytes(parts.get(3)).toString('utf8');
  const value = parts.get(2);
  return typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : 0;
}
