/** Whether several options of an element can be chosen. */
export function takesSeveral({ type }: Readonly<Record<string, unknown>>): boolean {
  return type === 'checkboxes' || String(type).startsWith('multi_');
}
