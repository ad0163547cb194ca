import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { configSchema } from '../../../src/config/schema.ts';
import { combine } from '../../../src/engine/combine.ts';
import {
  decodeState,
  encodeState,
  StoredStateError,
} from '../../../src/engine/history/stored-state.ts';
import { sha256 } from '../../../src/engine/planning/sha256.ts';
import { type DesiredState, ROOT } from '../../../src/engine/state.ts';
import { relayParts } from '../../../src/relay/relay.ts';
import { demoState } from '../scenario.ts';

const platform = { debian: 13 } as const;
const encode = (state = demoState) => encodeState({ version: '1.2.3', platform, state });
const decodeJson = (json: unknown) => {
  const bytes = gzipSync(typeof json === 'string' ? json : JSON.stringify(json));
  return decodeState(bytes, sha256(bytes));
};
const stored = (change: object) => ({
  format: 1,
  version: '9.9',
  platform,
  state: demoState,
  ...change,
});

/** The bundles are too long to be compared byte by byte. */
const hashed = (state: DesiredState) => ({
  ...state,
  files: state.files.map((file) => ({ ...file, content: sha256(file.content) })),
});

test('what a relay is made of comes back as it was', () => {
  const config = configSchema.parse({ mail_domain: 'chat.example' });
  for (const debian of [12, 13] as const) {
    const state = combine(relayParts(config, { debian }));
    const { bytes, sha256: hash } = encodeState({ version: '1', platform: { debian }, state });
    const decoded = decodeState(bytes, hash);
    expect(decoded.platform).toEqual({ debian });
    expect(hashed(decoded.state)).toEqual(hashed(state));
  }
}, 60_000);

test('contents come back byte for byte', () => {
  const bytes = Buffer.from(Uint8Array.from({ length: 512 }, (_, index) => index % 256));
  const files = [
    { path: '/a', content: bytes, owner: ROOT, mode: 0o600 },
    { path: '/b', content: 'line\n\u2028\0é', owner: ROOT, mode: 0o600, secret: true as const },
  ];
  const encoded = encode(combine([{ name: 'x', files }]));
  expect(decodeState(encoded.bytes, encoded.sha256).state.files).toEqual(files);
});

describe('refused', () => {
  test('another hash', () => {
    const { bytes, sha256: hash } = encode();
    expect(() => decodeState(bytes.subarray(1), hash)).toThrow(/damaged.*SHA-256/);
    expect(() => decodeState(bytes, '')).toThrow(StoredStateError);
  });

  test.each([
    ['no gzip', () => decodeState(Buffer.from('x'), sha256('x')), /cannot be unpacked/],
    ['no JSON', () => decodeJson('{"format":1'), /not JSON/],
    ['something else', () => decodeJson([1]), /not a stored state/],
    ['a later format', () => decodeJson(stored({ format: 2 })), /cmdeploy 9\.9.*use that version/],
    [
      'a field that would be lost',
      () => decodeJson(stored({ state: { ...demoState, moons: [] } })),
      /use that version/,
    ],
    [
      'a mode out of range',
      () =>
        decodeJson(
          stored({
            state: { ...demoState, directories: [{ path: '/a', owner: ROOT, mode: 1e9 }] },
          }),
        ),
      /directories\.0\.mode/,
    ],
    [
      'two owners of one path',
      () => decodeJson(stored({ state: { ...demoState, files: [], absent: ['/a', '/a'] } })),
      /two parts claim the path \/a/,
    ],
  ])('%s', (_, decode, message) => {
    expect(decode).toThrow(StoredStateError);
    expect(decode).toThrow(message);
  });

  test('what unpacks to more than memory should hold', () => {
    const bytes = gzipSync(Buffer.alloc(65 * 1024 * 1024));
    expect(() => decodeState(bytes, sha256(bytes))).toThrow(/cannot be unpacked/);
  });
});
