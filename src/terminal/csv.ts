/**
 * One row of RFC 4180 with its CRLF. A cell that a spreadsheet would take for a formula is prefixed with an apostrophe
 * (OWASP, "CSV Injection"): the exported text comes from people and servers.
 */
export function csvRow(cells: readonly (string | number | undefined)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: string | number | undefined): string {
  const text = String(value ?? '');
  const safe = typeof value === 'string' && /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
