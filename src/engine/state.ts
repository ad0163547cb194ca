/**
 * Desired state: what should be on a host, as plain data. Parts (`src/relay/*.ts`) describe their
 * share, `combine.ts` joins them, `plan.ts` compares the whole with what was observed.
 *
 * The engine knows nothing of mail: everything here is Debian and systemd.
 */
import type { Argv } from '../host/host.ts';

export interface Owner {
  readonly user: string;
  readonly group: string;
}

export const ROOT: Owner = { user: 'root', group: 'root' };

/** A file whose whole content is ours. */
export interface ManagedFile {
  /** Absolute path. */
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly owner: Owner;
  /** Permission bits, for example `0o644`. */
  readonly mode: number;
  /** Its content is shown to nobody: plans only tell that it changes. */
  readonly secret?: true;
}

export interface ManagedDirectory {
  readonly path: string;
  readonly owner: Owner;
  readonly mode: number;
  /** Everything below it is ours: files and links there that are not desired are removed. */
  readonly exclusive?: true;
}

/** A symbolic link, for example the one that masks a unit or enables a site. */
export interface ManagedLink {
  readonly path: string;
  readonly target: string;
}

/** A system account without login. The group of the same name is made with it. */
export interface SystemUser {
  readonly name: string;
  readonly home: string;
  /** Supplementary groups. They must exist by then: a package's or another {@link SystemUser}'s. */
  readonly groups: readonly string[];
}

/**
 * Something made once on the host and kept: a key, a certificate. Made when any of `paths` is
 * missing; never overwritten, never read by the operator's side (only its hash is).
 */
export interface GeneratedFiles {
  /** For messages: `DKIM key`. */
  readonly name: string;
  readonly paths: readonly string[];
  /** Makes all of `paths`. Run as root in `/`, with umask 077. */
  readonly commands: readonly Argv[];
  /** Set on each of `paths` after it was made, and kept so. */
  readonly owner: Owner;
  readonly mode: number;
}

/**
 * A command that must run again whenever one of its inputs has changed since it last succeeded
 * (newaliases, postmap, sysctl --system). Remembered by a stamp on the host, like a unit's.
 */
export interface Refresh {
  /** A file name: `[a-z0-9.@-]+`, unique among refreshes and units. */
  readonly name: string;
  readonly command: Argv;
  readonly inputs: Inputs;
}

/**
 * A {@link Refresh} that runs when the units are up, and that may end without having done all it
 * should: then it leaves the reason in `notice`. While that file is there it runs again with every
 * deploy, whose end shows the text. A failure without a notice fails the deploy.
 */
export interface FollowUp extends Refresh {
  /** Path of a text file, a few lines for the operator. */
  readonly notice: string;
}

/** What a unit or a refresh was made from. */
export interface Inputs {
  /** Managed, generated or foreign files, by absolute path. */
  readonly files: readonly string[];
  /** Debian packages; a new version counts as a change. */
  readonly packages: readonly string[];
}

/** A systemd unit that should be enabled and running with its current configuration. */
export interface ManagedUnit {
  /** With suffix: `dovecot.service`. */
  readonly name: string;
  /** A change in one of these restarts the unit. */
  readonly restartOn: Inputs;
  /** A change in one of these reloads it, unless something in `restartOn` changed too. */
  readonly reloadOn: Inputs;
}

/** A unit that must not run here: stopped, disabled and masked. Absent units are fine. */
export interface ForbiddenUnit {
  readonly name: string;
  readonly because: string;
}

/** A unit that is ours no longer: stopped and disabled. Absent units are fine. */
export interface RetiredUnit {
  readonly name: string;
  readonly because: string;
}

/**
 * The daemon's own checker, run on the staged files before any of them replaces a live one.
 * In `command`, `{stage}` stands for the staging folder: `{stage}/etc/nginx/nginx.conf`.
 */
export interface Check {
  /** For messages: `nginx -t`. */
  readonly name: string;
  /** Files that must be staged for the command; it runs when one of them is about to change. */
  readonly files: readonly string[];
  readonly command: Argv;
}

/** Something of the operator's that must be right on the host before anything is changed there. */
export interface Precondition {
  /** For the engine: `[a-z-]+`, unique. */
  readonly name: string;
  /** POSIX sh, reads only: prints what is wrong, one sentence a line, or nothing. */
  readonly script: string;
  /** What the operator can do about it. */
  readonly fix: string;
  /** `error` (the default) refuses the host; `error-at-first` does until it was deployed to once. */
  readonly level?: 'error' | 'warning' | 'error-at-first';
  /** Looked at only until the host was deployed to once. */
  readonly firstDeploy?: true;
}

/**
 * Decides whether what was deployed does its job. Run by the host, as root, when all units are up and
 * again after an undo; an exit status other than 0 fails the run, and what it printed says why.
 */
export interface Gate {
  /** For messages: `mail goes through`. Unique, one line. */
  readonly name: string;
  readonly command: Argv;
}

/** One part of a host's desired state; every list may be left out. */
export interface Part {
  /** `postfix`: shown in plans, names the template folder. */
  readonly name: string;
  readonly preconditions?: readonly Precondition[];
  /** Debian packages that must be installed. */
  readonly packages?: readonly string[];
  readonly users?: readonly SystemUser[];
  readonly directories?: readonly ManagedDirectory[];
  readonly files?: readonly ManagedFile[];
  readonly links?: readonly ManagedLink[];
  /** Paths of files and links that must not exist. */
  readonly absent?: readonly string[];
  readonly generated?: readonly GeneratedFiles[];
  readonly checks?: readonly Check[];
  readonly refreshes?: readonly Refresh[];
  /** In the order in which they are to be started. */
  readonly units?: readonly ManagedUnit[];
  readonly followUps?: readonly FollowUp[];
  readonly forbidden?: readonly ForbiddenUnit[];
  readonly retired?: readonly RetiredUnit[];
  readonly gates?: readonly Gate[];
}

/** What the host is, as far as the parts must know. */
export interface Platform {
  /** Debian's major release. */
  readonly debian: 12 | 13;
}

/** The parts of a host joined; lists keep the order of the parts. */
export interface DesiredState {
  readonly preconditions: readonly Precondition[];
  readonly packages: readonly string[];
  readonly users: readonly SystemUser[];
  readonly directories: readonly ManagedDirectory[];
  readonly files: readonly ManagedFile[];
  readonly links: readonly ManagedLink[];
  readonly absent: readonly string[];
  readonly generated: readonly GeneratedFiles[];
  readonly checks: readonly Check[];
  readonly refreshes: readonly Refresh[];
  readonly units: readonly ManagedUnit[];
  readonly followUps: readonly FollowUp[];
  readonly forbidden: readonly ForbiddenUnit[];
  readonly retired: readonly RetiredUnit[];
  readonly gates: readonly Gate[];
}
