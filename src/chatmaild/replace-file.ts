import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Replaces a file in one step that survives a power cut. Only its owner may read it. */
export const replaceFile = async (path: string, content: string): Promise<void> => {
  const staged = `${path}.new`;
  const file = await open(staged, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(staged, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
};
