/** Whether several options of an element can be selected. */
export function takesSeveral({ type }: Readonly<Record<string, unknown>>): boolean {
  return type === 'checkboxes' || String(type).startsWith('multi_');
}
