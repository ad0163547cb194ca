import { generateKeyPairSync } from 'node:crypto';
import type { DKIMSignOptions } from 'mailauth';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import { describe, expect, test } from 'vitest';
import type { DkimResult } from '../../../src/chatmaild/filter/dkim/verifier.ts';
import { DkimVerifier } from '../../../src/chatmaild/filter/dkim/verifier.ts';
import type { TxtAnswer } from '../../../src/chatmaild/filter/dns.ts';
import { splitMessage } from './split-message.ts';

const NOW = 1_700_000_000;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const short = generateKeyPairSync('rsa', { modulusLength: 768 });
const ed25519 = generateKeyPairSync('ed25519');
const pem = (key: typeof rsa.privateKey): string =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();
const record = (key: typeof rsa.publicKey, prefix = 'v=DKIM1;k=rsa;'): string =>
  `${prefix}p=${key.export({ type: 'spki', format: 'der' }).toString('base64')}`;

const KEYS: Readonly<Record<string, string>> = {
  'rsa._domainkey.chat.example': record(rsa.publicKey, 'v=DKIM1; k=rsa; s=email; t=s; '),
  'bare._domainkey.chat.example': record(rsa.publicKey, ''),
  'pkcs1._domainkey.chat.example': `p=${rsa.publicKey.export({ type: 'pkcs1', format: 'der' }).toString('base64')}`,
  'ed._domainkey.chat.example': `v=DKIM1; k=ed25519; p=${ed25519.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')}`,
  'short._domainkey.chat.example': record(short.publicKey),
  'revoked._domainkey.chat.example': 'v=DKIM1; k=rsa; p=',
  'version._domainkey.chat.example': record(rsa.publicKey, 'v=DKIM2;'),
  'type._domainkey.chat.example': record(rsa.publicKey, 'k=ed25519;'),
  'service._domainkey.chat.example': record(rsa.publicKey, 's=other;'),
  'sha1._domainkey.chat.example': record(rsa.publicKey, 'h=sha1;'),
  'garbage._domainkey.chat.example': 'v=DKIM1; p=AAAA',
  'rsa._domainkey.other.example': record(rsa.publicKey),
};

const queries: string[] = [];
const lookup = async (name: string): Promise<TxtAnswer> => {
  queries.push(name);
  if (name.startsWith('down.')) return { kind: 'later' };
  const key = KEYS[name];
  return { kind: 'records', records: key === undefined ? [] : [key] };
};

const verify = async (
  message: string,
  options: { chunkSize?: number; now?: number } = {},
): Promise<DkimResult> => {
  const { fields, body } = splitMessage(message);
  const verifier = new DkimVerifier(fields, 'chat.example', lookup, options.now ?? NOW);
  const size = options.chunkSize ?? 1000;
  for (let i = 0; i < body.length; i += size) verifier.body(body.subarray(i, i + size));
  return verifier.finish();
};

const MESSAGE = [
  'From: Ann <a@chat.example>',
  'To:  b@other.example,',
  '\tc@other.example  ',
  'SUBJECT: [...]',
  'Date: Sat, 21 Nov 2026 04:01:46 +0000',
  '',
  'Hello  world \t ',
  ' indented',
  '',
  '  ',
  'end',
  '',
  '',
  '',
].join('\r\n');

interface Signing {
  canonicalization?: string;
  algorithm?: string;
  selector?: string;
  domain?: string;
  headers?: string;
  maxBodyLength?: number;
  expires?: Date;
}

const sign = async (message: string, options: Signing = {}): Promise<string> => {
  const algorithm = options.algorithm ?? 'rsa-sha256';
  const key = algorithm.startsWith('ed') ? ed25519.privateKey : rsa.privateKey;
  const selector = options.selector ?? (algorithm.startsWith('ed') ? 'ed' : 'rsa');
  // The library's types do not know signatureData, and take headerList for a list.
  const signOptions: unknown = {
    signTime: new Date((NOW - 10) * 1000),
    ...(options.expires ? { expires: options.expires } : {}),
    signatureData: [
      {
        signingDomain: options.domain ?? 'chat.example',
        selector,
        privateKey: pem(selector === 'short' ? short.privateKey : key),
        algorithm,
        canonicalization: options.canonicalization ?? 'relaxed/simple',
        ...(options.maxBodyLength === undefined ? {} : { maxBodyLength: options.maxBodyLength }),
      },
    ],
    headerList: options.headers ?? 'from:to:date',
  };
  const { signatures, errors } = await dkimSign(
    Buffer.from(message, 'latin1'),
    signOptions as DKIMSignOptions,
  );
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return `${signatures}${message}`;
};

const VALID: DkimResult = { kind: 'valid' };
const invalid = (why: string): DkimResult => ({ kind: 'invalid', why });

describe('DKIM', () => {
  const forms = ['simple/simple', 'simple/relaxed', 'relaxed/simple', 'relaxed/relaxed'];
  const bodies = [
    MESSAGE,
    'From: a@chat.example\r\n\r\n',
    'From: a@chat.example\r\n\r\n\r\n\r\n',
    'From: a@chat.example\r\n\r\nx',
    'From: a@chat.example\r\n\r\n  \t\r\n \r\n',
    'From: a@chat.example\r\n\r\n\tx  y\r\n\r\n\r\nz \r\n',
    `From: a@chat.example\r\n\r\n${'a b  c\r\n'.repeat(10_000)}`,
  ];
  test.each(forms.flatMap((form) => bodies.map((body, i) => [form, i, body] as const)))(
    'of mailauth is valid: %s, body %i',
    async (canonicalization, _i, body) => {
      const signed = await sign(body, { canonicalization, headers: 'from' });
      for (const chunkSize of [1, 3, 65535]) {
        expect(await verify(signed, { chunkSize })).toEqual(VALID);
      }
    },
  );

  test.each<[string, Signing, DkimResult]>([
    ['ed25519', { algorithm: 'ed25519-sha256' }, VALID],
    ['key without tags', { selector: 'bare' }, VALID],
    ['RSAPublicKey', { selector: 'pkcs1' }, VALID],
    ['domain in capitals', { domain: 'Chat.EXAMPLE' }, VALID],
    ['not expired', { expires: new Date((NOW + 10) * 1000) }, VALID],
    ['expired', { expires: new Date((NOW - 1) * 1000) }, invalid('expired')],
    ['rsa-sha1', { algorithm: 'rsa-sha1' }, invalid('algorithm')],
    ['from not signed', { headers: 'to:date' }, invalid('from not signed')],
    ['other domain', { domain: 'other.example' }, { kind: 'missing' }],
    ['subdomain', { domain: 'sub.chat.example' }, { kind: 'missing' }],
    ['parent domain', { domain: 'example' }, { kind: 'missing' }],
    ['no key', { selector: 'none' }, invalid('no key')],
    ['DNS down', { selector: 'down' }, { kind: 'later' }],
    ['short key', { selector: 'short' }, invalid('malformed key')],
    ['revoked key', { selector: 'revoked' }, invalid('key revoked')],
    ['unknown version of key', { selector: 'version' }, invalid('malformed key')],
    ['other type of key', { selector: 'type' }, invalid('key type')],
    ['key for another service', { selector: 'service' }, invalid('key service')],
    ['key for another hash', { selector: 'sha1' }, invalid('key hash')],
    ['garbage key', { selector: 'garbage' }, invalid('malformed key')],
    ['part of the body', { maxBodyLength: 5 }, invalid('body length')],
  ])('%s', async (_name, options, result) => {
    expect(await verify(await sign(MESSAGE, options))).toEqual(result);
  });

  test('no signature', async () => {
    expect(await verify(MESSAGE)).toEqual({ kind: 'missing' });
  });

  test.each<[string, (signed: string) => string, DkimResult]>([
    ['body changed', (signed) => signed.replace('Hello', 'Hallo'), invalid('body hash')],
    ['body appended', (signed) => `${signed}more\r\n`, invalid('body hash')],
    [
      'signed header changed',
      (signed) => signed.replace('04:01', '04:02'),
      invalid('bad signature'),
    ],
    ['unsigned header changed', (signed) => signed.replace('[...]', 'Hello'), VALID],
    ['second From on top', (signed) => `From: x@chat.example\r\n${signed}`, VALID],
    [
      'second From below',
      (signed) => signed.replace('\r\nTo:', '\r\nFrom: x@chat.example\r\nTo:'),
      invalid('bad signature'),
    ],
    [
      'selector of another',
      (signed) => signed.replace('s=rsa;', 's=x y;'),
      invalid('domain or selector'),
    ],
    ['d= twice', (signed) => signed.replace('d=', 'd=chat.example; d='), { kind: 'missing' }],
    ['version 2', (signed) => signed.replace('v=1', 'v=2'), invalid('malformed')],
    [
      'unknown canonicalization',
      (signed) => signed.replace('c=relaxed', 'c=nofws'),
      invalid('canonicalization'),
    ],
    [
      'agent of another domain',
      (signed) => signed.replace('d=', 'i=@evil.example; d='),
      invalid('agent'),
    ],
    [
      'no signature value',
      (signed) => signed.replace(/ b=[^;]*?\r\n(?=From)/, ' b=\r\n'),
      invalid('malformed'),
    ],
    [
      'a=constructor',
      (signed) => signed.replace('a=rsa-sha256', 'a=constructor'),
      invalid('algorithm'),
    ],
    [
      'other query method',
      (signed) => signed.replace('q=dns/txt', 'q=carrier/pigeon'),
      invalid('query method'),
    ],
  ])('%s', async (_name, change, result) => {
    expect(await verify(change(await sign(MESSAGE)))).toEqual(result);
  });

  test('one valid signature is enough, whatever the others are', async () => {
    const other = await sign(MESSAGE, { domain: 'other.example' });
    const expired = await sign(other, { expires: new Date((NOW - 1) * 1000) });
    const down = await sign(expired, { selector: 'down' });
    expect(await verify(await sign(down))).toEqual(VALID);
    expect(await verify(down)).toEqual({ kind: 'later' });
  });

  test('a flood of signatures costs few queries', async () => {
    const signed = await sign(MESSAGE, { selector: 'none' });
    const signature = signed.slice(0, signed.indexOf('From:'));
    queries.length = 0;
    expect(await verify(`${signature.repeat(100)}${MESSAGE}`)).toEqual(invalid('no key'));
    expect(queries.length).toBeLessThan(10);
  });
});
