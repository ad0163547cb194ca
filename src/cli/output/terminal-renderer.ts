import chalk from 'chalk';
import type { EngineEvent } from '../../engine/events.ts';
import { formatDuration } from './duration.ts';
import { createLiveLine, type LiveLine } from './live-line.ts';
import {
  describeJudgement,
  describeWaiting,
  finishLines,
  noticeLines,
  warningLines,
} from './plain.ts';
import { renderPlan } from './plan.ts';
import type { Renderer } from './renderer.ts';
import { sanitizeLine } from './sanitize.ts';
import { summaryLines } from './summary.ts';
import { type OutputStream, usableColumns } from './terminal.ts';
import { shorten, widthOf } from './width.ts';

/** One line a step with its time; the running one is rewritten in place with its last output. */
export const createTerminalRenderer = (stream: OutputStream): Renderer => {
  const live = createLiveLine(stream);
  const progress = createProgress(stream, live);
  const print = (line: string): void => {
    live.clear();
    stream.write(`${line}\n`);
  };
  let changes: readonly string[] = [];
  const emit = (event: EngineEvent): void => {
    if (event.kind === 'planned') changes = summaryLines(event.plan);
    if (event.kind === 'observing') progress.start(`Looking at ${event.host}`);
    else if (event.kind === 'step-started')
      progress.start(`${counter(event)} ${sanitizeLine(event.title)}`);
    else if (
      event.kind === 'gate-started' ||
      event.kind === 'witness-started' ||
      event.kind === 'undo-started'
    )
      progress.start(describeJudgement(event));
    else if (event.kind === 'step-output') progress.say(event.line);
    else linesOf(event, changes).forEach(print);
  };
  return { emit, close: live.clear };
};

type LastingEvent = Exclude<
  EngineEvent,
  {
    kind:
      | 'observing'
      | 'step-started'
      | 'step-output'
      | 'gate-started'
      | 'witness-started'
      | 'undo-started';
  }
>;

const linesOf = (event: LastingEvent, changes: readonly string[]): readonly string[] => {
  switch (event.kind) {
    case 'connecting':
      // Not a live line: while connecting there may be questions to ask.
      return [chalk.dim(`Connecting to ${event.host}`)];
    case 'waiting':
      return [describeWaiting(event)];
    case 'warned':
      return event.warnings.flatMap(warningLines).map((line) => chalk.yellow(line));
    case 'planned':
      return renderPlan(event);
    case 'step-finished':
      return [finishedLine(chalk.green('✔'), event)];
    case 'step-failed':
      return [finishedLine(chalk.red('✖'), event)];
    case 'finished': {
      const [head = '', ...rest] = finishLines(event, changes);
      const notices = event.notices.flatMap(noticeLines);
      return [...notices.map((line) => chalk.yellow(line)), chalk.bold(head), ...rest];
    }
    case 'gate-finished':
      return [`${chalk.green('✔')} ${describeJudgement(event)}`];
    case 'witness-finished': {
      const mark = event.complaints.length === 0 ? chalk.green('✔') : chalk.red('✖');
      return [`${mark} ${describeJudgement(event)}`];
    }
    case 'gate-failed':
      return [`${chalk.red('✖')} ${describeJudgement(event)}`];
    case 'stopping':
    case 'undo-finished':
      return [chalk.yellow(describeJudgement(event))];
  }
};

const counter = ({ index, total }: { index: number; total: number }): string =>
  `${String(index).padStart(String(total).length)}/${total}`;

const finishedLine = (mark: string, { title, ms }: { title: string; ms: number }): string =>
  `${mark} ${sanitizeLine(title)} ${chalk.dim(formatDuration(ms))}`;

/** What runs now, for how long, and what it said last. */
const createProgress = (stream: OutputStream, live: LiveLine) => {
  let output = '';
  return {
    start: (title: string): void => {
      output = '';
      const started = performance.now();
      live.show(() => {
        const columns = usableColumns(stream);
        const time = Math.floor((performance.now() - started) / 1000);
        const head = shorten(`${title} ${time} s`, columns);
        const room = columns - widthOf(head) - 2;
        return output === '' || room < 10 ? head : `${head}  ${chalk.dim(shorten(output, room))}`;
      });
    },
    say: (line: string): void => {
      const text = sanitizeLine(line).trim();
      if (text === '') return;
      output = text;
      live.refresh();
    },
  };
};
