import { takesSeveral } from './elements.ts';
import type { OpenView } from './workspace.ts';

type Json = Readonly<Record<string, unknown>>;

/** `view.state.values`: block id -> action id -> the selected or typed value. */
export type ViewValues = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * The values of an open view: the app's initial values, overridden by what someone has entered since, in blocks that
 * still exist.
 */
export function valuesOf({ view, chosen = {} }: OpenView): ViewValues {
  const blocks = Array.isArray(view['blocks']) ? view['blocks'].filter(isRecord) : [];
  const entries = blocks.flatMap((block, index) => {
    const id = typeof block['block_id'] === 'string' ? block['block_id'] : `b${index}`;
    const elements = [block['element'], block['accessory'], block['elements']].flat().filter(isRecord);
    const held = elements.flatMap((element) => {
      const action = element['action_id'];
      if (typeof action !== 'string' || element['type'] === 'button') return [];
      return [[action, chosen[id]?.[action] ?? initial(element)] as const];
    });
    return held.length === 0 ? [] : [[id, Object.fromEntries(held)] as const];
  });
  return Object.fromEntries(entries);
}

/** Stores a choice, given as an entry of `actions`. */
export function choose(open: OpenView, action: Json): void {
  const { block_id: block, action_id: id, action_ts: _, text: __, ...held } = action;
  if (typeof block !== 'string' || typeof id !== 'string' || action['type'] === 'button') return;
  open.chosen = { ...open.chosen, [block]: { ...open.chosen?.[block], [id]: held } };
}

/** Values in a submission override earlier choices. */
export function merged(before: ViewValues, given: Json): ViewValues {
  const blocks = Object.entries(given).map(([block, values]) => [
    block,
    { ...before[block], ...(isRecord(values) ? values : {}) },
  ]);
  return { ...before, ...Object.fromEntries(blocks) };
}

function initial(element: Json): Json {
  const { type } = element;
  if (type === 'plain_text_input') return { type, value: element['initial_value'] ?? null };
  if (takesSeveral(element)) return { type, selected_options: element['initial_options'] ?? [] };
  return { type, selected_option: element['initial_option'] ?? null };
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
