import { z } from 'zod';
import { Secret } from '../model/values/secret.ts';
import { isHttpUrl, parseRealmHost, parseRegistryName } from './addresses.ts';
import { holdsCertificates, type Outside } from './outside.ts';

/** A check across several keys that also runs when one of them is wrong, so that all mistakes are found at once. */
export const always = { when: () => true };

/** Non-empty text. */
export const Text = z.string().trim().min(1);
export const Names = z.array(Text);

/** A variable named in the file, and its value; `secret` is undefined when it is unset or empty. */
export interface NamedVariable {
  readonly variable: string;
  readonly secret: Secret | undefined;
}

/** How a variable is treated: an error when it is unset, read when it is set, or ignored by this process. */
export type VariableReading = 'required' | 'optional' | 'ignored';

/** The name of an environment variable, and the secret in it. */
export function variable(outside: Outside, reading: VariableReading) {
  return z
    .string()
    .regex(
      /^[A-Za-z_][A-Za-z0-9_]*$/,
      'expected the name of an environment variable, such as DOCKERHUB_TOKEN, not the secret',
    )
    .transform((name, context): NamedVariable => {
      const value = reading === 'ignored' ? '' : (outside.env[name]?.trim() ?? '');
      if (value !== '') return { variable: name, secret: new Secret(value) };
      if (reading === 'required') context.addIssue({ code: 'custom', message: notSet(name) });
      return { variable: name, secret: undefined };
    });
}

/** Quotes a variable's name only if it looks like one: a secret written in its place must not be repeated. */
export function notSet(name: string): string {
  const shown = /^[A-Z][A-Z0-9_]{0,63}$/.test(name) ? `environment variable ${name}` : 'the variable named here';
  return `${shown} is not set`;
}

/** The text of a PEM file. */
export function certificates(outside: Outside) {
  return Text.transform((file, context) => {
    const text = outside.read(file);
    if (text !== undefined && holdsCertificates(text)) return text;
    const why = text === undefined ? 'the file cannot be read' : 'the file has no valid certificate';
    context.addIssue({ code: 'custom', message: `expected a file with certificates in PEM form; ${why}` });
    return z.NEVER;
  });
}

/** An http or https URL. */
export const HttpUrl = z
  .string()
  .refine(isHttpUrl, 'expected a URL such as https://mirror.example.com, without a user, a query or a fragment')
  .transform((text) => new URL(text));

/** A registry as images, people and docker's credentials write it. */
export const RegistryField = Text.transform((text, context) => {
  const name = parseRegistryName(text);
  if (name !== undefined) return name;
  const message = 'expected a registry such as ghcr.io, host:5000, ghcr.io/acme or https://index.docker.io/v1/';
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** A registry without a path. */
export const RegistryHost = Text.transform((text, context) => {
  const name = parseRegistryName(text);
  if (name !== undefined && name.pathPrefix === undefined) return name.host;
  context.addIssue({ code: 'custom', message: 'expected a registry host such as docker.io or host:5000' });
  return z.NEVER;
});

/** A host, bare or as an https URL. */
export const RealmHost = Text.transform((text, context) => {
  const host = parseRealmHost(text);
  if (host !== undefined) return host;
  context.addIssue({ code: 'custom', message: 'expected a host such as auth.example.com, or an https URL' });
  return z.NEVER;
});

/** Reports every entry of a list whose `key` an earlier entry already has. */
export function unique(key: string) {
  return (entries: readonly unknown[], context: z.core.$RefinementCtx) => {
    const seen = new Set<unknown>();
    for (const [index, entry] of Array.isArray(entries) ? entries.entries() : []) {
      const value: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, key) : undefined;
      if (value !== undefined && seen.has(value)) {
        context.addIssue({ code: 'custom', path: [index, key], message: `another entry already has this ${key}` });
      }
      seen.add(value);
    }
  };
}
