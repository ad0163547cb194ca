import { hostname, userInfo } from 'node:os';

/** `alice@laptop`: who runs this, for the record on the host. */
export const whoRuns = (): string => `${userName()}@${hostname()}`;

/** A user without an entry in the password file has no name. */
const userName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
};
