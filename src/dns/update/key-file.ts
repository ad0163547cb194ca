/** TSIG keys as name servers write them down. Pure but for the reading. */
import { readFileSync } from 'node:fs';
import { registerSecret } from '../../host/redact.ts';
import { ALGORITHMS, type Algorithm, type TsigKey } from './tsig.ts';

/** The key file cannot be used; the message names it and says what to do. Never holds the secret. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

const MAX_BYTES = 64 * 1024;

/** @throws KeyFileError */
export const readKeyFile = (file: string): TsigKey => {
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new KeyFileError(`${file}: the key cannot be read (${code ?? message})`, {
      cause: error,
    });
  }
  if (text.length > MAX_BYTES) throw new KeyFileError(`${file}: is too large for a key`);
  const key = parseKey(text, file);
  registerSecret(Buffer.from(key.secret).toString('base64'));
  return key;
};

/**
 * BIND's `key "name" { algorithm ...; secret "..."; };` (tsig-keygen), knot's YAML (keymgr -t), and
 * `algorithm:name:secret` in one line (knsupdate -y).
 *
 * @param file only names the text in messages
 * @throws KeyFileError
 */
export const parseKey = (text: string, file: string): TsigKey => {
  const fields = bindKey(text) ?? knotKey(text) ?? lineKey(text);
  if (fields === undefined)
    throw new KeyFileError(
      `${file}: this is no TSIG key; make one on the name server with tsig-keygen (BIND) or keymgr -t (knot)`,
    );
  return {
    ...checkedName(fields.name, file),
    ...checkedAlgorithm(fields.algorithm, file),
    ...checkedSecret(fields.secret, file),
  };
};

interface Fields {
  readonly name: string;
  readonly algorithm: string;
  readonly secret: string;
}

const bindKey = (text: string): Fields | undefined => {
  const plain = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*(#|\/\/).*$/gm, '');
  const [, name, body = ''] = /\bkey\s+"?([^\s"{]+)"?\s*\{([^}]*)\}/.exec(plain) ?? [];
  const [, algorithm] = /\balgorithm\s+"?([\w-]+)\.?"?\s*;/.exec(body) ?? [];
  const [, secret] = /\bsecret\s+"?([^\s";]+)"?\s*;/.exec(body) ?? [];
  return name === undefined || algorithm === undefined || secret === undefined
    ? undefined
    : { name, algorithm, secret };
};

const knotKey = (text: string): Fields | undefined => {
  const value = (field: string): string | undefined =>
    new RegExp(`^[\\s-]*${field}:\\s*"?([^\\s"]+)"?\\s*$`, 'm').exec(text)?.[1];
  const [name, algorithm, secret] = [value('id'), value('algorithm'), value('secret')];
  return name === undefined || algorithm === undefined || secret === undefined
    ? undefined
    : { name, algorithm, secret };
};

const lineKey = (text: string): Fields | undefined => {
  const [, algorithm, name, secret] = /^\s*(hmac-\w+):([^\s:]+):(\S+)\s*$/m.exec(text) ?? [];
  return name === undefined || algorithm === undefined || secret === undefined
    ? undefined
    : { name, algorithm, secret };
};

const checkedName = (name: string, file: string): Pick<TsigKey, 'name'> => {
  if (name.length < 254 && name.split('.').every((label) => label.length < 64)) return { name };
  throw new KeyFileError(`${file}: the name of the key is too long`);
};

const isAlgorithm = (text: string): text is Algorithm => Object.hasOwn(ALGORITHMS, text);

const checkedAlgorithm = (text: string, file: string): Pick<TsigKey, 'algorithm'> => {
  const algorithm = text.toLowerCase();
  if (isAlgorithm(algorithm)) return { algorithm };
  throw new KeyFileError(
    `${file}: the algorithm ${JSON.stringify(text)} is not supported; use one of ${Object.keys(ALGORITHMS).join(', ')}`,
  );
};

const checkedSecret = (text: string, file: string): Pick<TsigKey, 'secret'> => {
  const secret = Buffer.from(text, 'base64');
  if (/^[A-Za-z0-9+/]+={0,2}$/.test(text) && secret.length > 0) return { secret };
  throw new KeyFileError(`${file}: the secret is not base64`);
};
