import { Command } from 'commander';
import { readHistory } from '../../engine/history/read.ts';
import { historyJson, historyLines } from '../output/history.ts';
import { rendererMode, usableColumns } from '../output/terminal.ts';
import { type SessionOptions, sessionOptions, withSession } from '../session.ts';

export const historyCommand = (): Command =>
  sessionOptions(
    new Command('history').description('tell what was deployed, when and by whom; writes nothing'),
  ).action(showHistory);

const showHistory = (options: SessionOptions): Promise<void> =>
  withSession(options, async ({ config, host }) => {
    const history = await readHistory(host);
    const { stdout } = process;
    const mode = rendererMode(stdout, options.json);
    if (mode === 'json') {
      console.log(JSON.stringify(historyJson(host.name, config.mail_domain, history), null, 2));
      return;
    }
    const columns = mode === 'terminal' ? usableColumns(stdout) : undefined;
    for (const line of historyLines(host.name, history, columns)) console.log(line);
  });
