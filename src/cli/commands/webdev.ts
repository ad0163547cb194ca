import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { loadConfig } from '../../config/load.ts';
import { TEMPLATES } from '../../relay/render.ts';
import { watchFolders } from '../../webdev/changes.ts';
import { startPreview } from '../../webdev/server.ts';
import { createSite, type Site } from '../../webdev/site.ts';
import { ownPagesFolder, readOwnPages } from '../../website/own-pages.ts';

interface WebdevOptions {
  readonly config: string;
  readonly port: number;
}

export const webdevCommand = (): Command =>
  new Command('webdev')
    .description('serve the web pages on this machine, to work on them; they reload by themselves')
    .option('--config <file>', 'configuration of the relay', 'chatmail.ini')
    .option('--port <number>', 'port on 127.0.0.1; 0 takes a free one', parsePort, 8000)
    .action(webdev);

const webdev = async ({ config, port }: WebdevOptions): Promise<void> => {
  const own = ownPagesFolder(loadConfig(config), config);
  const render = (): Site => {
    const now = loadConfig(config);
    return createSite(now, readOwnPages(now, config));
  };
  // What is wrong from the start is told here, later mistakes in the browser.
  render();
  const server = await startPreview(port, render);
  const folders = [
    { folder: fileURLToPath(new URL('website/', TEMPLATES)), recursive: true },
    { folder: dirname(resolve(config)), recursive: false },
    ...(own === undefined ? [] : [{ folder: own, recursive: true }]),
  ];
  const stop = watchFolders(folders, server.reload);
  console.log(`${server.url} (end with Ctrl-C)`);
  await new Promise<void>((end) => {
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
  stop();
  await server.close();
};

const parsePort = (text: string): number => {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It is a number from 0 to 65535.');
};
