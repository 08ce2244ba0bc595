import { describe, expect, test } from 'vitest';
import { choose, merged, valuesOf } from '../../../src/sandbox/slack/view-state.ts';
import type { OpenView } from '../../../src/sandbox/slack/workspace.ts';

const option = (value: string) => ({ text: { type: 'plain_text', text: value }, value });
const select = (action: string, initial?: string) => ({
  type: 'external_select',
  action_id: action,
  ...(initial === undefined ? {} : { initial_option: option(initial) }),
});

function openView(blocks: readonly unknown[]): OpenView {
  return { id: 'V1', user: 'U1', hash: '1', rootId: 'V1', view: { type: 'modal', blocks } };
}

describe('the state of an open view, as Slack reports it to the app', () => {
  test('has the app’s initial values, and nothing for other inputs', () => {
    const view = openView([
      { type: 'input', block_id: 'cluster', element: select('pick-cluster', 'dev') },
      { type: 'input', block_id: 'namespace', element: select('pick-namespace') },
      { type: 'input', element: { type: 'plain_text_input', action_id: 'why' } },
      { type: 'actions', block_id: 'go', elements: [{ type: 'button', action_id: 'press' }] },
      { type: 'section', text: { type: 'mrkdwn', text: 'words' } },
    ]);
    expect(valuesOf(view)).toEqual({
      cluster: { 'pick-cluster': { type: 'external_select', selected_option: option('dev') } },
      namespace: { 'pick-namespace': { type: 'external_select', selected_option: null } },
      b2: { why: { type: 'plain_text_input', value: null } },
    });
  });

  test('a choice replaces the initial value, and is forgotten with its block', () => {
    const view = openView([{ type: 'input', block_id: 'namespace.dev', element: select('pick', 'a') }]);
    const action = { block_id: 'namespace.dev', action_id: 'pick', type: 'external_select' };
    choose(view, { ...action, selected_option: option('b') });
    expect(valuesOf(view)).toEqual({
      'namespace.dev': { pick: { type: 'external_select', selected_option: option('b') } },
    });
    view.view = { type: 'modal', blocks: [{ type: 'input', block_id: 'namespace.prod', element: select('pick') }] };
    expect(valuesOf(view)).toEqual({
      'namespace.prod': { pick: { type: 'external_select', selected_option: null } },
    });
  });

  test('a button chooses nothing', () => {
    const view = openView([{ type: 'actions', block_id: 'go', elements: [{ type: 'button', action_id: 'press' }] }]);
    choose(view, { block_id: 'go', action_id: 'press', type: 'button', value: 'x' });
    expect(view.chosen).toBeUndefined();
  });

  test('a submitted value replaces the earlier one and leaves the others', () => {
    expect(merged({ a: { x: 1, y: 2 }, b: { z: 3 } }, { a: { x: 9 } })).toEqual({ a: { x: 9, y: 2 }, b: { z: 3 } });
  });
});
