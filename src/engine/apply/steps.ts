/** The shell commands of each kind of step; run by the script that `script.ts` frames. */
import type { Argv } from '../../host/host.ts';
import { quote } from '../../host/quote.ts';
import type { Step } from '../plan.ts';
import type { Owner } from '../state.ts';
import { stampCommand } from './settle.ts';

/** Seconds that another package manager may hold a lock before we give up. */
export const APT_LOCK_SECONDS = 300;

const APT_GET: Argv = [
  'apt-get',
  '-qq',
  '-y',
  '-o',
  `DPkg::Lock::Timeout=${APT_LOCK_SECONDS}`,
  '-o',
  'Dpkg::Use-Pty=0',
  '-o',
  // A first deploy would leave more than 100 MB of archives behind.
  'APT::Keep-Downloaded-Packages=false',
  '-o',
  'Acquire::Retries=3',
];

/** @param stage folder that `{stage}` in a check's command stands for */
export const stepCommands = (step: Step, stage: string): string => {
  switch (step.kind) {
    case 'remove-policy':
    case 'remove':
      return quote(['rm', '-f', step.path]);
    case 'forbid-unit':
      return lines(['systemctl', 'disable', '--now', step.unit], ['systemctl', 'mask', step.unit]);
    case 'retire-unit':
      return [
        quote(['systemctl', 'disable', '--now', step.unit]),
        `${quote(['systemctl', 'reset-failed', step.unit])} 2>/dev/null || true`,
      ].join('\n');
    case 'install':
      return installCommands(step.packages);
    case 'add-user':
      return quote(addUser(step.name, step.home));
    case 'join-groups':
      return quote(['usermod', '-a', '-G', step.groups.join(','), step.user]);
    case 'make-directory':
      return quote([
        'install',
        '-d',
        ...ownerOptions(step.owner),
        '-m',
        octal(step.mode),
        step.path,
      ]);
    case 'generate':
      return generateCommands(step);
    case 'check':
      return quote(replaceStage(step.command, stage));
    case 'write':
      return quote(['put', step.path, `${step.owner.user}:${step.owner.group}`, octal(step.mode)]);
    case 'link':
      return lines(
        ['mkdir', '-p', parent(step.path)],
        ['ln', '-sfnT', step.target, `${step.path}.cmdeploy-new`],
        ['mv', '-fT', `${step.path}.cmdeploy-new`, step.path],
      );
    case 'set-owner':
      return lines(...ownCommands(step.path, step.owner, step.mode));
    case 'reload-systemd':
      return quote(['systemctl', 'daemon-reload']);
    case 'refresh':
      return lines(
        ['acted', 'refresh', step.name],
        step.command,
        stampCommand(step.name, step.stamp),
      );
    case 'follow-up':
      return followUpCommands(step);
    case 'unmask':
    case 'enable':
      return quote(['systemctl', step.kind, '--quiet', ...step.units]);
    case 'start':
    case 'restart':
    case 'reload':
      return lines(
        ['acted', step.kind, step.unit],
        ['act_on_unit', step.kind, step.unit],
        stampCommand(step.unit, step.stamp),
      );
    case 'confirm-units':
      return quote(['confirm_units', ...step.units]);
  }
};

const lines = (...commands: readonly Argv[]): string => commands.map(quote).join('\n');

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

const parent = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

const ownerOptions = ({ user, group }: Owner): string[] => ['-o', user, '-g', group];

const ownCommands = (path: string, owner: Owner, mode: number): Argv[] => [
  ['chown', '-h', `${owner.user}:${owner.group}`, path],
  ['chmod', octal(mode), path],
];

const replaceStage = ([program, ...args]: Argv, stage: string): Argv => [
  program,
  ...args.map((arg) => arg.replaceAll('{stage}', stage)),
];

const addUser = (name: string, home: string): Argv => [
  'useradd',
  '--system',
  '--user-group',
  '--no-create-home',
  '--home-dir',
  home,
  '--shell',
  '/usr/sbin/nologin',
  name,
];

const installCommands = (packages: readonly string[]): string => `
: > "$run/installing"
forbid_starts
status=0
{
  patient dpkg --configure -a --force-confdef --force-confold &&
  ${quote(['patient', ...APT_GET, 'update'])} &&
  ${quote([
    'patient',
    ...APT_GET,
    '-o',
    'Dpkg::Options::=--force-confdef',
    '-o',
    'Dpkg::Options::=--force-confold',
    'install',
    '--no-install-recommends',
    '--',
    ...packages,
  ])}
} || status=$?
allow_starts
[ "$status" = 0 ] || exit "$status"`;

const generateCommands = (step: Step & { kind: 'generate' }): string => {
  const folders = [...new Set(step.paths.map(parent))];
  const own = step.paths.flatMap((path) => ownCommands(path, step.owner, step.mode));
  return [
    lines(...folders.map((folder) => ['mkdir', '-p', folder] as const)),
    `(umask 077\n${lines(...step.commands)})`,
    lines(...own),
  ].join('\n');
};

const followUpCommands = (step: Step & { kind: 'follow-up' }): string => `
${quote(['acted', 'refresh', step.name])}
status=0
${quote(step.command)} || status=$?
[ "$status" = 0 ] || [ -s ${quote([step.notice])} ] || exit "$status"
${quote(stampCommand(step.name, step.stamp))}`;
