import {
  type Addresses,
  armoredMessage,
  type Built,
  CONTROL_PART,
  pgpMime,
} from '../../test/support/messages.ts';

/** Content that makes a message of about 3 kB once it is encrypted, armored and in PGP/MIME. */
const CONTENT_BYTES = 1600;

let ciphertext: Promise<string> | undefined;

/** Messages as a chat client sends them, about 3 kB each; they differ in their Message-ID. */
export const chatMessages = async (addresses: Addresses, count: number): Promise<Built[]> => {
  ciphertext ??= armoredMessage(CONTENT_BYTES);
  const parts = [CONTROL_PART, ['application/octet-stream', await ciphertext]] as const;
  return await Promise.all(Array.from({ length: count }, () => pgpMime(addresses, { parts })));
};
