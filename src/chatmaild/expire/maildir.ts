/** The messages of a Maildir++: `cur`, `new` and `tmp` of the mailbox itself and of its `.FOLDER`s. */
import type { Folder } from './folder.ts';
import { describeMessage, type Message } from './rules.ts';

/** A message and the open folder that its file is in. */
export interface MessageFile extends Message {
  readonly folder: Folder;
  readonly name: string;
  /** `.FOLDER/cur/NAME`, for people. */
  readonly path: string;
}

/** What could not be read or removed; the rest goes on. */
export type OnError = (error: unknown) => void;

const SUBFOLDERS = ['cur', 'new', 'tmp'] as const;

/** Calls `visit` for each message; it may remove it. Other files are nobody's messages. */
export const visitMessages = (
  mailbox: Folder,
  visit: (message: MessageFile) => void,
  onError: OnError,
): void => {
  visitFolder(mailbox, '', visit, onError);
  guard(onError, () => {
    for (const name of mailbox.names()) {
      if (!name.startsWith('.')) continue;
      within(mailbox, name, onError, (folder) => visitFolder(folder, `${name}/`, visit, onError));
    }
  });
};

const visitFolder = (
  parent: Folder,
  prefix: string,
  visit: (message: MessageFile) => void,
  onError: OnError,
): void => {
  for (const subfolder of SUBFOLDERS) {
    within(parent, subfolder, onError, (folder) => {
      for (const name of folder.names()) {
        guard(onError, () => {
          const file = folder.statEntry(name);
          if (!file?.isFile()) return;
          const path = `${prefix}${subfolder}/${name}`;
          visit({ ...describeMessage(name, file, subfolder === 'cur'), folder, name, path });
        });
      }
    });
  }
};

/** Opens a folder, if it is one, for the time that `work` takes. */
export const within = (
  parent: Folder,
  name: string,
  onError: OnError,
  work: (folder: Folder) => void,
): void =>
  guard(onError, () => {
    const folder = parent.open(name);
    if (folder === undefined) return;
    try {
      work(folder);
    } finally {
      folder.close();
    }
  });

const guard = (onError: OnError, work: () => void): void => {
  try {
    work();
  } catch (error) {
    onError(error);
  }
};
