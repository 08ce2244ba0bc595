import { describe, expect, it } from 'vitest';
import type { Platform } from '../../../src/model/image/outcome.ts';
import { canRun } from '../../../src/model/image/platform-fit.ts';

/** `linux/arm64/v8`, `windows/amd64@10.0.20348.1`. */
function platform(text: string): Platform {
  const [name = '', osVersion] = text.split('@');
  const [os = '', architecture = '', variant] = name.split('/');
  return {
    os,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    ...(osVersion === undefined ? {} : { osVersion }),
  };
}

describe('canRun', () => {
  it.each([
    ['linux/amd64', 'linux/amd64', true],
    ['linux/amd64', 'linux/arm64', false],
    ['linux/arm64', 'linux/amd64', false],
    ['linux/amd64', 'linux/386', true],
    ['linux/386', 'linux/amd64', false],
    ['linux/amd64', 'linux/amd64/v2', true],
    ['linux/arm64', 'linux/arm64/v8', true],
    ['linux/arm64/v8', 'linux/arm64', true],
    ['linux/arm64', 'linux/arm/v7', true],
    ['linux/arm64', 'linux/arm/v6', true],
    ['linux/arm/v7', 'linux/arm64', false],
    ['linux/arm/v7', 'linux/arm/v6', true],
    ['linux/arm/v6', 'linux/arm/v7', false],
    ['linux/arm/v6', 'linux/arm', false],
    ['linux/arm', 'linux/arm/v7', true],
    ['linux/amd64', 'windows/amd64', false],
    ['linux/amd64', 'linux/x86_64', true],
    ['linux/aarch64', 'linux/arm64', true],
    ['Linux/AMD64', 'linux/amd64', true],
    ['linux/s390x', 'linux/s390x', true],
    ['windows/amd64@10.0.17763.1', 'windows/amd64@10.0.17763.5000', true],
    ['windows/amd64@10.0.17763.1', 'windows/amd64@10.0.20348.1', false],
    ['windows/amd64@10.0.20348.1', 'windows/amd64@10.0.17763.1', false],
    ['windows/amd64@10.0.26100.1', 'windows/amd64@10.0.20348.1', true],
    ['windows/amd64@10.0.20348.1', 'windows/amd64@10.0.26100.1', false],
    ['windows/amd64@10.0.20348.1', 'windows/amd64', true],
    ['windows/amd64', 'windows/amd64@10.0.20348.1', true],
  ])('node %s, image %s: %s', (node, image, expected) => {
    expect(canRun(platform(node), platform(image))).toBe(expected);
  });
});
