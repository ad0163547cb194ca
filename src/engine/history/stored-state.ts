/**
 * A generation's desired state as a file: gzipped JSON that is read back only when its hash and its
 * shape are right. It is carried out as root, so nothing in it is guessed or repaired.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { combine } from '../combine.ts';
import { sha256 } from '../planning/sha256.ts';
import type {
  Check,
  DesiredState,
  FollowUp,
  ForbiddenUnit,
  Gate,
  GeneratedFiles,
  Inputs,
  ManagedDirectory,
  ManagedFile,
  ManagedLink,
  ManagedUnit,
  Owner,
  Platform,
  Precondition,
  Refresh,
  RetiredUnit,
  SystemUser,
} from '../state.ts';

/** Counts up when the meaning of a field changes. */
const FORMAT = 1;

/** Some megabytes are usual; more is not one of ours. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface StoredState {
  /** Of the cmdeploy that deployed it. */
  readonly version: string;
  readonly platform: Platform;
  readonly state: DesiredState;
}

/** What was kept cannot be read; the message ends a sentence that names the generation. */
export class StoredStateError extends Error {
  constructor(what: string) {
    super(what);
    this.name = 'StoredStateError';
  }
}

/** An object with every field of `T`, optional ones too: one that is missing here does not compile. */
const exactly =
  <T>() =>
  <S extends Record<keyof T, z.ZodType>>(shape: S) =>
    z.strictObject(shape);

const argv = z.tuple([z.string()]).rest(z.string());
const name = z.string();
const path = z.string();
const names = z.array(z.string());
const owner = exactly<Owner>()({ user: z.string(), group: z.string() });
const mode = z.int().min(0).max(0o7777);
const inputs = exactly<Inputs>()({ files: names, packages: names });
const marked = z.literal(true).exactOptional();
const content = z.union([
  z.strictObject({ text: z.string() }).transform(({ text }) => text),
  z
    .strictObject({ base64: z.base64() })
    .transform(({ base64 }): Uint8Array => Buffer.from(base64, 'base64')),
]);

/** Strict: a field that is not known here must not be lost on the way. */
const stateSchema = exactly<DesiredState>()({
  preconditions: z.array(
    exactly<Precondition>()({
      name,
      script: z.string(),
      fix: z.string(),
      level: z.enum(['error', 'warning', 'error-at-first']).exactOptional(),
      firstDeploy: marked,
    }),
  ),
  packages: names,
  users: z.array(exactly<SystemUser>()({ name, home: path, groups: names })),
  directories: z.array(exactly<ManagedDirectory>()({ path, owner, mode, exclusive: marked })),
  files: z.array(exactly<ManagedFile>()({ path, content, owner, mode, secret: marked })),
  links: z.array(exactly<ManagedLink>()({ path, target: path })),
  absent: names,
  generated: z.array(
    exactly<GeneratedFiles>()({ name, paths: names, commands: z.array(argv), owner, mode }),
  ),
  checks: z.array(exactly<Check>()({ name, files: names, command: argv })),
  refreshes: z.array(exactly<Refresh>()({ name, command: argv, inputs })),
  units: z.array(exactly<ManagedUnit>()({ name, restartOn: inputs, reloadOn: inputs })),
  followUps: z.array(exactly<FollowUp>()({ name, command: argv, inputs, notice: path })),
  forbidden: z.array(exactly<ForbiddenUnit>()({ name, because: z.string() })),
  retired: z.array(exactly<RetiredUnit>()({ name, because: z.string() })),
  gates: z.array(exactly<Gate>()({ name, command: argv })),
});

const envelopeSchema = z.object({ format: z.int(), version: z.string() });
const storedSchema = z.object({
  version: z.string(),
  platform: z.strictObject({ debian: z.union([z.literal(12), z.literal(13)]) }),
  state: stateSchema,
});

/** The file to keep, and its SHA-256. Contains what the files contain, so secrets. */
export const encodeState = ({
  version,
  platform,
  state,
}: StoredState): { bytes: Buffer; sha256: string } => {
  const files = state.files.map((file) => ({
    ...file,
    content:
      typeof file.content === 'string'
        ? { text: file.content }
        : { base64: Buffer.from(file.content).toString('base64') },
  }));
  const json = JSON.stringify({ format: FORMAT, version, platform, state: { ...state, files } });
  const bytes = gzipSync(json, { level: 9 });
  return { bytes, sha256: sha256(bytes) };
};

/** @throws {StoredStateError} damaged, or made by another version of cmdeploy */
export const decodeState = (bytes: Uint8Array, expectedSha256: string): StoredState => {
  if (sha256(bytes) !== expectedSha256) {
    throw new StoredStateError('is damaged: its content does not match its SHA-256');
  }
  const json = parseJson(unzip(bytes));
  const { data: envelope } = envelopeSchema.safeParse(json);
  if (envelope === undefined) throw new StoredStateError('is damaged: it is not a stored state');
  if (envelope.format !== FORMAT) throw new StoredStateError(otherVersion(envelope.version));
  const { data, error } = storedSchema.safeParse(json);
  if (error) {
    const [issue] = error.issues;
    const where = issue ? ` (${issue.path.join('.')}: ${issue.message})` : '';
    throw new StoredStateError(`${otherVersion(envelope.version)}${where}`);
  }
  refuseContradictions(data.state);
  return data;
};

const otherVersion = (version: string): string =>
  `was kept by cmdeploy ${version.slice(0, 40)} in a form that this one cannot read; use that version`;

const unzip = (bytes: Uint8Array): string => {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES }).toString('utf8');
  } catch {
    throw new StoredStateError('is damaged: it cannot be unpacked');
  }
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new StoredStateError('is damaged: it is not JSON');
  }
};

/** What combining refused when it was deployed cannot be in it now. */
const refuseContradictions = (state: DesiredState): void => {
  try {
    combine([{ name: 'stored', ...state }]);
  } catch (error) {
    throw new StoredStateError(`is damaged: ${error instanceof Error ? error.message : 'unknown'}`);
  }
};
