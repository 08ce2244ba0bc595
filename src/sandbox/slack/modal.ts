import { validateView } from './block-rules.ts';
import { changed, type OpenView, type Workspace } from './workspace.ts';

type Json = Readonly<Record<string, unknown>>;

/** The element with this action id among blocks, as `actions[]` of a payload carries it when it is used. */
export function elementOf(
  blocks: readonly unknown[],
  actionId: string,
  value: string | undefined,
  actionTs: string,
): Json | undefined {
  for (const [index, block] of blocks.entries()) {
    if (!isRecord(block)) continue;
    const element = candidates(block).find((candidate) => candidate['action_id'] === actionId);
    if (element === undefined) continue;
    const base = {
      action_id: actionId,
      block_id: block['block_id'] ?? `b${index}`,
      type: element['type'],
      action_ts: actionTs,
    };
    if (element['type'] === 'button') return { ...base, text: element['text'], value: value ?? element['value'] };
    const options = Array.isArray(element['options']) ? element['options'].filter(isRecord) : [];
    const known = options.find((option) => option['value'] === value);
    return {
      ...base,
      selected_option: known ?? { text: { type: 'plain_text', text: value ?? '' }, value: value ?? '' },
    };
  }
  return undefined;
}

function candidates(block: Json): readonly Json[] {
  const nested = [block['elements'], block['accessory'], block['element']].flat();
  return nested.filter(isRecord);
}

/** What the app said to a submitted modal: errors keep it open, update replaces it, otherwise it closes. */
export function answerSubmission(workspace: Workspace, open: OpenView, payload: Json): { errors?: unknown } {
  const action = payload['response_action'];
  if (action === 'errors') return { errors: payload['errors'] };
  if (
    (action === 'update' || action === 'push') &&
    validateView(payload['view']) === undefined &&
    isRecord(payload['view'])
  ) {
    open.view = { ...payload['view'] };
    open.hash = workspace.nextTs();
  } else {
    workspace.views.delete(open.id);
  }
  changed(workspace);
  return {};
}

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
