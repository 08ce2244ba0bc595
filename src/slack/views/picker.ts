import type { KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import { context, type Formatted, format, label, limits, sections } from '../blocks/blocks.ts';
import { ids, type PickerState, pickerBlockIds } from '../blocks/ids.ts';

/**
 * The form of a bare `/imagecheck deployment`: cluster, namespace, workload; the lists are read while people type.
 * `note` is a line that explains why they are empty.
 */
export function drawPicker(state: PickerState, clusters: readonly string[], note?: Formatted): ModalView {
  return {
    type: 'modal',
    callback_id: ids.picker,
    private_metadata: JSON.stringify(state),
    title: label('Check a workload', limits.modalTitle),
    submit: label('Check', limits.modalTitle),
    close: label('Cancel', limits.modalTitle),
    blocks: [
      clusterBlock(state, clusters),
      ...(state.cluster === undefined ? [] : [namespaceBlock(state), workloadBlock(state)]),
      ...context(note === undefined ? [] : [note]),
      ...(clusters.length > limits.options
        ? sections([format`Only ${limits.options} clusters fit here; type the command for others.`])
        : []),
    ],
  };
}

function clusterBlock({ cluster }: PickerState, clusters: readonly string[]): KnownBlock {
  const options = clusters.slice(0, limits.options).map((id) => option(id));
  const initial = options.find(({ value }) => value === cluster);
  return {
    type: 'input',
    block_id: ids.pickerCluster,
    dispatch_action: true,
    label: label('Cluster', 75),
    element: {
      type: 'static_select',
      action_id: ids.pickerCluster,
      options,
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

function namespaceBlock(state: PickerState): KnownBlock {
  const { namespace } = state;
  return {
    type: 'input',
    block_id: pickerBlockIds(state).namespace,
    dispatch_action: true,
    label: label('Namespace', 75),
    element: {
      type: 'external_select',
      action_id: ids.pickerNamespace,
      min_query_length: 0,
      placeholder: label('Type part of its name', 75),
      ...(namespace === undefined ? {} : { initial_option: option(namespace) }),
    },
  };
}

function workloadBlock(state: PickerState): KnownBlock {
  return {
    type: 'input',
    block_id: pickerBlockIds(state).workload,
    label: label(state.kind ?? 'Workload', 75),
    element: {
      type: 'external_select',
      action_id: ids.pickerWorkload,
      min_query_length: 0,
      placeholder: label('Type part of its name', 75),
    },
  };
}

/** An entry of a list. `value` is at most 75 characters; the caller makes sure of that. */
export function option(value: string, text = value): PlainTextOption {
  return { text: label(text, limits.optionText), value };
}
