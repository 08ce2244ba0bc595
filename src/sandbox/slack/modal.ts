import { validateView } from './block-rules.ts';
import { takesSeveral } from './elements.ts';
import { changed, type OpenView, type Workspace } from './workspace.ts';

type Json = Readonly<Record<string, unknown>>;

/** The element with this action id in some blocks, as in a payload's `actions[]` when it is used. */
export function elementOf(
  blocks: readonly unknown[],
  actionId: string,
  value: string | undefined,
  actionTs: string,
): Json | undefined {
  for (const [index, block] of blocks.entries()) {
    if (!isRecord(block)) continue;
    const named = candidates(block).filter((candidate) => candidate['action_id'] === actionId);
    const element = named.find((candidate) => candidate['value'] === value) ?? named[0];
    if (element === undefined) continue;
    const base = {
      action_id: actionId,
      block_id: block['block_id'] ?? `b${index}`,
      type: element['type'],
      action_ts: actionTs,
    };
    if (element['type'] === 'button') return { ...base, text: element['text'], value: value ?? element['value'] };
    const options = Array.isArray(element['options']) ? element['options'].filter(isRecord) : [];
    const optionOf = (each: string) =>
      options.find((option) => option['value'] === each) ?? { text: { type: 'plain_text', text: each }, value: each };
    if (element['type'] === 'plain_text_input') return { ...base, value: value ?? null };
    return takesSeveral(element)
      ? {
          ...base,
          selected_options: (value ?? '')
            .split(',')
            .filter((each) => each !== '')
            .map(optionOf),
        }
      : { ...base, selected_option: optionOf(value ?? '') };
  }
  return undefined;
}

function candidates(block: Json): readonly Json[] {
  const nested = [block['elements'], block['accessory'], block['element']].flat();
  return nested.filter(isRecord);
}

/**
 * Applies the app's response to a submitted modal: errors keep it open, update replaces it, push adds one on top, clear
 * closes all; otherwise it closes.
 */
export function answerSubmission(workspace: Workspace, open: OpenView, payload: Json): { errors?: unknown } {
  const { response_action: action, view } = payload;
  if (action === 'errors') return { errors: payload['errors'] };
  const isView = isRecord(view) && validateView(view) === undefined;
  if (action === 'update' && isView) {
    open.view = { ...view };
    open.hash = workspace.nextTs();
  } else if (action === 'push' && isView) {
    const id = workspace.nextId('V');
    workspace.views.set(id, { id, user: open.user, view: { ...view }, hash: workspace.nextTs(), rootId: open.rootId });
  } else if (action === 'clear') {
    for (const { id, rootId } of workspace.views.values()) if (rootId === open.rootId) workspace.views.delete(id);
  } else workspace.views.delete(open.id);
  changed(workspace);
  return {};
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
