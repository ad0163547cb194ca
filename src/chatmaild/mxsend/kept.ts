/** A message that can be sent more than once. */
import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';

/** The service's own (PrivateTmp=), and on disk: /tmp may be memory. */
const FOLDER = '/var/tmp';
const PIECE_BYTES = 64 * 1024;

export interface KeptMessage {
  /** Tells messages apart: SHA-256. */
  readonly digest: string;
  readonly read: () => AsyncIterable<Buffer>;
  readonly close: () => Promise<void>;
}

/**
 * Keeps it in a file that has no name, so that none is left behind, however the service ends.
 * @throws when `message` or the disk does
 */
export const keep = async (
  message: AsyncIterable<Buffer>,
  folder: string = FOLDER,
): Promise<KeptMessage> => {
  const path = `${folder}/${randomUUID()}`;
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    const hash = createHash('sha256');
    for await (const chunk of message) {
      hash.update(chunk);
      await file.appendFile(chunk);
    }
    return {
      digest: hash.digest('base64'),
      read: () => pieces(file),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
};

async function* pieces(file: FileHandle): AsyncGenerator<Buffer> {
  for (let at = 0; ; ) {
    const piece = Buffer.alloc(PIECE_BYTES);
    const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, at);
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
    at += bytesRead;
  }
}
