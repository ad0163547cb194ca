import { Command, InvalidArgumentError, Option } from 'commander';
import type { LabHost } from '../../lab/state.ts';

/** Loaded by those who need it: it takes a fifth of the start of a command. */
const loadLab = () => import('../../lab/index.ts');
type Lab = Awaited<ReturnType<typeof loadLab>>;

export const labCommand = (): Command =>
  new Command('lab')
    .description('throw-away Debian hosts on this machine, to try things on')
    .enablePositionalOptions()
    .addCommand(upCommand())
    .addCommand(downCommand())
    .addCommand(listCommand())
    .addCommand(sshCommand())
    .addCommand(execCommand());

const progress = (text: string): void => console.error(`lab: ${text}`);

/** Runs `work` as root, in this process or in one made by sudo, whose exit code becomes ours. */
const asRoot = async (work: (lab: Lab) => Promise<void>): Promise<void> => {
  const lab = await loadLab();
  lab.requireLinux();
  const exitCode = await lab.rerunAsRoot(progress);
  if (exitCode === undefined) return work(lab);
  process.exitCode = exitCode;
};

interface UpOptions {
  readonly debian: '12' | '13';
  readonly warm?: readonly string[];
  readonly disk?: true;
  readonly acme?: true;
  readonly json?: true;
}

const upCommand = (): Command =>
  new Command('up')
    .description('bring up hosts; NAME serves the domain _NAME.test')
    .argument('<name...>', 'names of the hosts')
    .addOption(
      new Option('--debian <release>', 'Debian release').choices(['12', '13']).default('13'),
    )
    .option('--warm <packages>', 'packages to have installed, separated by commas', parsePackages)
    .option('--disk', 'keep what the hosts write on disk instead of in memory')
    .option('--acme', 'serve the domain NAME.test, with certificates from an authority in the lab')
    .option('--json', 'print the hosts as JSON')
    .action((names: string[], options: UpOptions) =>
      asRoot(async ({ labUp }) => {
        const hosts = await labUp({
          names,
          debian: options.debian === '12' ? 12 : 13,
          warmPackages: options.warm ?? [],
          disk: options.disk ?? false,
          acme: options.acme ?? false,
          onProgress: progress,
        });
        if (options.json) printJson(hosts);
        else printNextSteps(hosts);
      }),
    );

/** Debian policy section 5.6.1. */
const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]+$/;

const parsePackages = (text: string): string[] => {
  const names = text.split(',').map((name) => name.trim());
  const bad = names.find((name) => !PACKAGE_NAME.test(name));
  if (bad !== undefined) {
    throw new InvalidArgumentError(`${JSON.stringify(bad)} is not the name of a Debian package.`);
  }
  return names;
};

const downCommand = (): Command =>
  new Command('down')
    .description('remove hosts; without a name, the whole lab')
    .argument('[name...]', 'names of the hosts')
    .action((names: string[]) => asRoot(({ labDown }) => labDown(names, progress)));

const listCommand = (): Command =>
  new Command('list')
    .description('list the running hosts')
    .option('--json', 'print them as JSON')
    .action(async ({ json }: { readonly json?: true }) => {
      const { requireLinux, labList } = await loadLab();
      requireLinux();
      const hosts = labList();
      if (json) printJson(hosts);
      else if (hosts.length === 0)
        console.log('No host is running; "cmdeploy lab up NAME" makes one.');
      else for (const host of hosts) console.log(describeHost(host));
    });

const sshCommand = (): Command =>
  new Command('ssh')
    .description('log in to a host as root, or run a command there')
    .passThroughOptions()
    .argument('<name>', 'name of the host')
    .argument('[command...]', 'command, after --')
    .action(async (name: string, command: string[]) => {
      const { requireLinux, labSsh } = await loadLab();
      requireLinux();
      process.exitCode = await labSsh(name, withoutDashes(command));
    });

const execCommand = (): Command =>
  new Command('exec')
    .description("run a command of this machine on the lab's network, with the lab's DNS")
    .passThroughOptions()
    .argument('<command...>', 'command, after --')
    .action((command: string[]) =>
      asRoot(async ({ labExec }) => {
        const [program, ...args] = withoutDashes(command);
        if (program === undefined) throw new InvalidArgumentError('No command given.');
        process.exitCode = await labExec([program, ...args]);
      }),
    );

/** Depending on where options stop, commander hands over the `--` or swallows it. */
const withoutDashes = (command: readonly string[]): readonly string[] =>
  command[0] === '--' ? command.slice(1) : command;

const describeHost = (host: LabHost): string =>
  `${host.name}  ${host.address}  Debian ${host.debian}  ${host.domain}  ${host.config}`;

const printNextSteps = (hosts: readonly LabHost[]): void => {
  for (const host of hosts) {
    console.log(describeHost(host));
    console.log(`  cmdeploy run --config ${host.config}`);
    console.log(`  cmdeploy lab ssh ${host.name}`);
  }
};

const printJson = (hosts: readonly LabHost[]): void => {
  const report = hosts.map(({ name, address, debian, domain, config }) => ({
    name,
    address,
    debian,
    domain,
    config,
  }));
  console.log(JSON.stringify(report, undefined, 2));
};
