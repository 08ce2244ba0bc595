import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, expect, it } from 'vitest';
import { findTool, type Tool, tools, toolVariables } from '../../scripts/tools.mjs';

const directory = mkdtempSync(join(tmpdir(), 'imagecheck-tools-'));
const tool: Tool = {
  id: 'sundial',
  variable: 'IMAGECHECK_SUNDIAL',
  commands: ['sundial-new', 'sundial'],
  debian: 'sundial',
  brew: 'sundial',
  tests: [],
};
const path = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = path;
  delete process.env[tool.variable];
});
afterAll(() => rmSync(directory, { recursive: true }));

function executable(name: string, mode = 0o755): string {
  const file = join(directory, name);
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, mode);
  return file;
}

it('finds a tool by its variable before PATH, and by PATH otherwise', () => {
  const inPath = executable('sundial');
  const named = executable('other-sundial');
  expect(findTool(tool)).toBeUndefined();
  process.env['PATH'] = [directory, path].join(delimiter);
  expect(findTool(tool)).toBe(inPath);
  process.env[tool.variable] = named;
  expect(findTool(tool)).toBe(named);
});

it('prefers the first of several names', () => {
  executable('sundial');
  const newer = executable('sundial-new');
  process.env['PATH'] = directory;
  expect(findTool(tool)).toBe(newer);
});

it('takes no file that cannot be executed, and no directory', () => {
  for (const file of [executable('broken', 0o644), directory, join(directory, 'missing')]) {
    process.env[tool.variable] = file;
    expect(findTool(tool), file).toBeUndefined();
  }
});

it('gives every tool a variable of its own and a way to install it', () => {
  expect(new Set(tools.map(({ variable }) => variable)).size).toBe(tools.length);
  expect(tools.filter(({ debian, brew, tests }) => debian === '' || brew === '' || tests.length === 0)).toEqual([]);
  expect(Object.keys(toolVariables())).toContain('PATH');
});
