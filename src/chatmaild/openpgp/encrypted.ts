import { MultipartScanner } from '../mime/multipart.ts';
import { OneLineReader } from '../mime/one-line.ts';
import { expectType } from '../mime/part-header.ts';
import type { ArmorRules } from './armor.ts';
import { ArmorReader } from './armor.ts';

/** A scanner for the body of a `multipart/encrypted` message (RFC 3156 section 4). */
export const encryptedBody = (boundary: string, rules: ArmorRules): MultipartScanner =>
  new MultipartScanner(boundary, [
    {
      checkHeader: expectType('application/pgp-encrypted'),
      reader: new OneLineReader('Version: 1'),
    },
    { checkHeader: expectType('application/octet-stream'), reader: new ArmorReader(rules) },
  ]);
