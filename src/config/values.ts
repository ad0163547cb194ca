/**
 * What a value of chatmail.ini may be: each reads the text of the file, refuses what it cannot mean in
 * words for the operator, and gives the value.
 */
import { z } from 'zod';
import { canonicalDomain, domainProblem, isAddress } from './domain.ts';
import { LANGUAGES, parseLanguages } from './languages.ts';
import { parseSize } from './size.ts';
import { type PortRange, parsePortRange } from './turn.ts';

/** ASCII control characters: none may reach a template. Handlebars' own braces neither. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const FORBIDDEN = /[\u0000-\u001f\u007f]|\{\{|\}\}/;

export const text = () =>
  z.string().refine((value) => !FORBIDDEN.test(value), {
    error: 'must not hold control characters, "{{" or "}}"',
  });

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, { error: 'must be a whole number' })
    .transform(Number)
    .refine((n) => n >= min && n <= max, { error: `must be between ${min} and ${max}` });

export const size = (defaultText: string) =>
  z
    .string()
    .transform((value, context) => {
      const bytes = parseSize(value);
      if (bytes !== undefined) return bytes;
      context.addIssue({
        code: 'custom',
        message: 'must be a size: a number of bytes, or one with K, M, G or T, like 500M',
      });
      return z.NEVER;
    })
    .prefault(defaultText);

export const number = (min: number, max: number, defaultValue: number) =>
  wholeNumber(min, max).prefault(String(defaultValue));

export const decimal = (defaultValue: number) =>
  z
    .string()
    .regex(/^\d{1,6}(\.\d{1,6})?$/, { error: 'must be a number like 5 or 2.5' })
    .transform(Number)
    .prefault(String(defaultValue));

export const flag = (defaultValue: boolean) =>
  z
    .string()
    .transform((value) => value.toLowerCase())
    .pipe(z.stringbool({ error: 'must be true or false' }))
    .prefault(String(defaultValue));

/** An empty value is the same as a missing key. */
export const optional = <T extends z.ZodType<string, string>>(type: T) =>
  z
    .string()
    .transform((value) => (value === '' ? undefined : value))
    .pipe(z.union([z.undefined(), type]))
    .optional();

export const domain = () =>
  z
    .string()
    .transform(canonicalDomain)
    .superRefine((value, context) => {
      const problem = domainProblem(value);
      if (problem) context.addIssue({ code: 'custom', message: problem });
    });

export const urlOrLocal = () =>
  text().regex(/^(local|https?:\/\/[^\s"'<>]+)$/, { error: 'must be an http(s) URL, or local' });

export const httpsUrl = () =>
  text().regex(/^https:\/\/[^\s"'<>@]+$/, { error: 'must be a URL that begins with https://' });

/** RFC 5321 addresses as operators write them; no quoting, no comments. */
export const emailAddress = () =>
  text().regex(/^[^\s@"<>\\;]+@[^\s@"<>\\;]+$/, { error: 'must be an e-mail address' });

export const absolutePath = /^\/[A-Za-z0-9._@+/-]+$/;

export const certificateAndKey = () =>
  text().refine(
    (value) => {
      const paths = value.split(/\s+/);
      return paths.length === 2 && paths.every((path) => absolutePath.test(path));
    },
    {
      error: 'must be two absolute paths on the relay, certificate and key, separated by a space',
    },
  );

export const languageList = () =>
  z
    .string()
    .transform((value, context) => {
      const languages = parseLanguages(value);
      if (languages !== undefined) return languages;
      context.addIssue({
        code: 'custom',
        message: `must be languages separated by commas, of ${LANGUAGES.join(', ')}`,
      });
      return z.NEVER;
    })
    .prefault('');

export const listenAddress = () =>
  z
    .string()
    .transform(canonicalDomain)
    .refine((value) => isAddress(value), { error: 'must be an IP address of the relay' });

export const portRange = (defaultText: string) =>
  z
    .string()
    .transform((value, context): PortRange => {
      const range = parsePortRange(value);
      if (range !== undefined) return range;
      context.addIssue({
        code: 'custom',
        message:
          'must be a range of at least 16 ports between 1024 and 65535, without 3478, like 49152-49663',
      });
      return z.NEVER;
    })
    .prefault(defaultText);
