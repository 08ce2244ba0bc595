/** A DNS label, the form of namespace names (RFC 1123): at most 63 lower-case letters, digits and `-`. */
export function isLabel(text: string): boolean {
  return text.length <= 63 && isWord(text);
}

/** A DNS subdomain, the form of most object names (RFC 1123): at most 253 characters, with dots between its parts. */
export function isSubdomain(text: string): boolean {
  return text.length <= 253 && text.split('.').every(isWord);
}

function isWord(text: string): boolean {
  return /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(text);
}
