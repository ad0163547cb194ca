import type { HeaderField } from '../../mime/header-fields.ts';
import { asciiLowerCase } from '../../mime/header-fields.ts';
import type { Canonicalization, DkimSignature } from './signature.ts';

/** One field in canonical form, without its last line break (RFC 6376 section 3.4.1, 3.4.2). */
const canonicalField = ({ name, value }: HeaderField, form: Canonicalization): string => {
  if (form === 'simple') return `${name}:${value.replace(/\r?\n/g, '\r\n')}`;
  const text = value.replace(/\r?\n/g, '').replace(/[ \t]+/g, ' ');
  return `${asciiLowerCase(name)}:${text.replace(/^ | $/g, '')}`;
};

/**
 * What was signed (RFC 6376 section 3.7): the fields of h=, the last of a name first, then the
 * signature's own field without its value. Text is Latin-1.
 */
export const signedHeader = (fields: readonly HeaderField[], signature: DkimSignature): Buffer => {
  const byName = new Map<string, HeaderField[]>();
  for (const field of fields) {
    const key = asciiLowerCase(field.name);
    byName.set(key, [...(byName.get(key) ?? []), field]);
  }
  const lines: string[] = [];
  for (const name of signature.signedFields) {
    const field = byName.get(name)?.pop();
    if (field) lines.push(`${canonicalField(field, signature.headerForm)}\r\n`);
  }
  const { name, value } = signature.field;
  const unsigned = value.replace(/((?:^|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*/, '$1');
  lines.push(canonicalField({ name, value: unsigned }, signature.headerForm));
  return Buffer.from(lines.join(''), 'latin1');
};
