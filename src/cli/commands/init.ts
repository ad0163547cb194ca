import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { canonicalDomain, domainProblem } from '../../config/domain.ts';
import { renderIni } from '../../config/render.ts';

interface InitOptions {
  readonly config: string;
  readonly force?: true;
}

/** chatmail.ini could not be written; the message names the file and what to do. */
export class InitError extends Error {
  override readonly name = 'InitError';
}

const parseDomain = (text: string): string => {
  const domain = canonicalDomain(text);
  const problem = domainProblem(domain);
  if (problem) throw new InvalidArgumentError(`It ${problem}.`);
  return domain;
};

export const initCommand = (): Command =>
  new Command('init')
    .description('write a chatmail.ini for a new relay')
    .argument(
      '<domain>',
      'domain of the relay, for example chat.example.org, or its IP address',
      parseDomain,
    )
    .option('--config <file>', 'where to write it', 'chatmail.ini')
    .option('--force', 'replace an existing file')
    .action((domain: string, options: InitOptions) => {
      writeIni(domain, options);
      console.log(`Wrote ${options.config} for ${domain}. Look through it, then deploy with:`);
      const config = options.config === 'chatmail.ini' ? '' : ` --config ${options.config}`;
      console.log(`  cmdeploy run${config} --host HOST`);
    });

const writeIni = (domain: string, { config, force }: InitOptions): void => {
  try {
    writeFileSync(config, renderIni({ mail_domain: domain }), { flag: force ? 'w' : 'wx' });
  } catch (error) {
    throw new InitError(describeProblem(config, error as NodeJS.ErrnoException), { cause: error });
  }
};

const describeProblem = (file: string, { code, message }: NodeJS.ErrnoException): string => {
  if (code === 'EEXIST') return `${file}: exists already; --force replaces it`;
  if (code === 'ENOENT') return `${file}: its folder does not exist; make it first`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return `${file}: no permission to write there; choose another place with --config`;
  }
  if (code === 'EISDIR') return `${file}: is a folder; name a file with --config`;
  return `${file}: cannot be written (${code ?? message})`;
};
