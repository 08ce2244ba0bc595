import { z } from 'zod';
import { ClusterId, Target } from '../../model/ask/ask.ts';
import { askOf, originOfId } from '../../model/message-origin.ts';
import { WorkloadRef, workloadKinds } from '../../model/workload/workload.ts';

/** Action ids, callback ids and block ids: everything that Slack sends back to identify what was clicked. */
export const ids = {
  /** Buttons that ask a question; a number is appended, because action ids are unique within a message. */
  ask: 'ask',
  askPattern: /^ask\.\d+$/,
  /** Asks the same question again and answers by direct message. */
  askDirect: 'ask_direct',
  showAll: 'show_all',
  openPicker: 'open_picker',
  picker: 'picker',
  pickerCluster: 'picker_cluster',
  pickerNamespace: 'picker_namespace',
  pickerWorkload: 'picker_workload',
  explain: 'explain',
} as const;

/** Text that holds JSON. */
export const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'not JSON' });
    return z.NEVER;
  }
});

/**
 * Value of a button that asks: the whole question, so that it works a week later and after a restart. `ask` is the
 * question that the button's message belongs to: in a direct message it identifies the channel in which the question
 * was asked.
 */
const AskValue = z.object({ cluster: ClusterId, target: Target, ask: z.string().optional() });
export const AskValueJson = json.pipe(AskValue);

/** Value of *Show all*: which stored report, shown in which message. */
const ShowAllValue = z.object({ messageId: z.string(), reportId: z.string() });
export const ShowAllValueJson = json.pipe(ShowAllValue);

/** What a picker remembers between clicks (`private_metadata`). */
export const PickerState = z.object({
  /** Where the answer goes. */
  channel: z.string(),
  channelName: z.string().optional(),
  threadTs: z.string().optional(),
  direct: z.boolean(),
  kind: z.enum(workloadKinds).optional(),
  cluster: ClusterId.optional(),
  namespace: z.string().max(63).optional(),
});
export type PickerState = z.infer<typeof PickerState>;
export const PickerStateJson = json.pipe(PickerState);

/** A block's id contains what its list depends on, so that Slack forgets the choice when that changes. */
export function pickerBlockIds({ cluster = '', namespace = '' }: Pick<PickerState, 'cluster' | 'namespace'>) {
  return {
    namespace: `${ids.pickerNamespace}.${cluster}`,
    workload: `${ids.pickerWorkload}.${cluster}.${namespace}`,
  };
}

/** Value of the button that opens a picker from a message. */
const OpenPickerValue = PickerState.pick({ kind: true, direct: true, cluster: true, namespace: true });
export const OpenPickerValueJson = json.pipe(OpenPickerValue);

/** The value of a button that asks, for a message of the outbox. */
export function askValue(cluster: string, target: Target, messageId = ''): string {
  return JSON.stringify({ cluster, target, ask: askOf(originOfId(messageId)) } satisfies z.infer<typeof AskValue>);
}

/** The value of *Show all*. */
export function showAllValue(value: z.infer<typeof ShowAllValue>): string {
  return JSON.stringify(value);
}

/** The value of the button that opens a picker. */
export function openPickerValue(value: z.infer<typeof OpenPickerValue>): string {
  return JSON.stringify(value);
}

/** A workload as the value of an option (at most 75 characters); undefined if it does not fit. */
export function workloadValue(workload: Pick<WorkloadRef, 'kind' | 'name'>): string | undefined {
  const value = `${workload.kind}/${workload.name}`;
  return value.length <= 75 ? value : undefined;
}

/** Parses `workloadValue`; the kind is not case-sensitive, because people and kubectl write it differently. */
export function readWorkloadValue(value: string): Pick<WorkloadRef, 'kind' | 'name'> | undefined {
  const slash = value.indexOf('/');
  const kind = workloadKinds.find((known) => known.toLowerCase() === value.slice(0, slash).toLowerCase());
  const name = value.slice(slash + 1);
  return kind === undefined || name === '' || name.length > 253 ? undefined : { kind, name };
}
