import { NotRootError } from './errors.ts';
import type { Argv, ExecResult } from './host.ts';

/** The argv that runs `argv` as root: itself for root, else through sudo without asking. */
export const asRoot = (argv: Argv, isRoot: boolean): Argv =>
  isRoot ? argv : ['env', 'LC_ALL=C.UTF-8', 'sudo', '-n', '--', ...argv];

/**
 * Tells "sudo refused" from "the command failed". Messages are sudo's own (C locale) and those of
 * `env` when there is no sudo.
 *
 * @throws NotRootError
 */
export const refuseWithoutRoot = (host: string, user: string, result: ExecResult): void => {
  if (result.code !== 1 && result.code !== 127) return;
  const reason = result.stderr
    .split('\n')
    .find(
      (line) =>
        /^sudo: .*(password is required|terminal is required|askpass)/.test(line) ||
        /is not (in the sudoers file|allowed to (run sudo|execute))/.test(line) ||
        /^env: .*sudo.*No such file/.test(line),
    );
  if (reason !== undefined) throw new NotRootError(host, user, reason.trim());
};
