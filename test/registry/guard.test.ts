import { assert, ipV4, ipV6, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressRefusal, guardedLookup, literalAddress } from '../../src/registry/guard.ts';

const NEVER = [
  '0.0.0.0',
  '169.254.169.254',
  '169.254.170.23',
  '100.100.100.200',
  '168.63.129.16',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'fd00:ec2::254',
  'ff02::1',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
  'fd20:ce::254',
  '64:ff9b:1::a9fe:a9fe',
  '2001:0:a00:1::5601:5601',
];
const PRIVATE = [
  '127.0.0.1',
  '127.8.8.8',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '100.64.0.1',
  '::1',
  'fd12::1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
];
const PUBLIC = [
  '8.8.8.8',
  '172.32.0.1',
  '100.128.0.1',
  '2606:4700::1111',
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
  '2001:4860::8888',
];

describe('addressRefusal', () => {
  test.each(NEVER)('%s is refused even for a configured name', (address) => {
    expect(addressRefusal(address, 'public')).toMatch(/link-local, metadata or reserved/);
    expect(addressRefusal(address, 'private')).toMatch(/link-local, metadata or reserved/);
    expect(addressRefusal(address, 'any')).toBeUndefined();
  });
  test.each(PRIVATE)('%s needs a configured registry', (address) => {
    expect(addressRefusal(address, 'public')).toMatch(/private or loopback/);
    expect(addressRefusal(address, 'private')).toBeUndefined();
  });
  test.each(PUBLIC)('%s is public', (address) => {
    expect(addressRefusal(address, 'public')).toBeUndefined();
  });
  test('anything that is not an address is refused, and nothing makes it throw', () => {
    expect(addressRefusal('registry.example.com', 'public')).toBe('is not an address');
    assert(
      property(string({ unit: 'binary-ascii' }), (text) => {
        addressRefusal(text, 'public');
      }),
    );
    assert(
      property(ipV6(), (address) => {
        expect(addressRefusal(address, 'public')).not.toBe('is not an address');
      }),
    );
    assert(
      property(ipV4(), (address) => {
        expect(addressRefusal(`::ffff:${address}`, 'public')).toBe(addressRefusal(address, 'public'));
      }),
    );
  });
});

test.each([
  ['http://2130706433/', '127.0.0.1'],
  ['http://0x7f.1/', '127.0.0.1'],
  ['http://0177.0.0.1/', '127.0.0.1'],
  ['http://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
  ['https://registry.example.com/', undefined],
  ['https://localhost/', undefined],
])('literalAddress %s', (url, expected) => {
  expect(literalAddress(new URL(url))).toBe(expected);
});

describe('guardedLookup', () => {
  const look = (addresses: readonly string[], options: { all?: boolean; family?: number } = { all: true }) =>
    new Promise<unknown>((resolve) => {
      guardedLookup(async () => addresses, 'public')('name.test', options, (error, found, family) =>
        resolve(error === null ? [found, family] : error.message),
      );
    });

  test('only addresses that may be reached are handed to the socket', async () => {
    expect(await look(['10.0.0.1', '8.8.8.8'])).toEqual([[{ address: '8.8.8.8', family: 4 }], undefined]);
    expect(await look(['10.0.0.1', '8.8.8.8'], {})).toEqual(['8.8.8.8', 4]);
    expect(await look(['8.8.8.8', '2606:4700::1111'], { family: 6 })).toEqual(['2606:4700::1111', 6]);
  });
  test('a name without an allowed address is an error that names the address', async () => {
    expect(await look(['10.0.0.1'])).toBe('name.test (10.0.0.1) is a private or loopback address');
    expect(await look([])).toBe('no address found for name.test');
  });
});
