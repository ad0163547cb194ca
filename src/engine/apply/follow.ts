import { createLineRedactor, redact } from '../../host/redact.ts';
import type { Emit } from '../events.ts';
import type { StepFailure } from './errors.ts';
import { PROGRESS_MARK } from './script.ts';

/** Lines of a step's output that are kept to explain its failure. */
const KEPT_LINES = 20;

/** Turns the lines of a run's log into events. */
export class ApplyFollower {
  /** Set once a step has failed. */
  failure: StepFailure | undefined;
  /** What follow-ups could not do, in words. */
  readonly notices: string[] = [];
  /** Whether the script came to its own end. */
  ended = false;

  private readonly titles: readonly string[];
  private readonly emit: Emit;
  private readonly redactLine = createLineRedactor();
  private output: string[] = [];
  private current = 0;
  private startedAt = 0;

  constructor(titles: readonly string[], emit: Emit) {
    this.titles = titles;
    this.emit = emit;
  }

  line(line: string): void {
    if (line.startsWith(PROGRESS_MARK)) {
      const [event = '', ...values] = line.slice(PROGRESS_MARK.length).split(' ');
      if (event === 'notice') this.notices.push(redact(fromBase64(values[0] ?? '')));
      else this.progress(event, Number(values[0]), Number(values[1]));
      return;
    }
    const shown = this.redactLine(line);
    this.output = [...this.output.slice(1 - KEPT_LINES), shown];
    this.emit({ kind: 'step-output', line: shown });
  }

  /** What to report when the log stopped before the script did. */
  interrupted(): StepFailure {
    return {
      title: this.title(this.current),
      code: -1,
      output: [...this.output, 'the run on the host was ended before it was done'],
    };
  }

  private progress(event: string, first: number, second: number): void {
    const index = first;
    const title = this.title(index);
    const ms = Date.now() - this.startedAt;
    if (event === 'start') {
      this.current = index;
      this.startedAt = Date.now();
      this.output = [];
      this.emit({ kind: 'step-started', index, total: this.titles.length, title });
    } else if (event === 'done') {
      this.emit({ kind: 'step-finished', index, title, ms });
    } else if (event === 'failed') {
      this.failure = { title, code: second, output: this.output };
      this.emit({ kind: 'step-failed', index, title, ms, code: second, output: this.output });
    } else if (event === 'end') {
      this.ended = first === 0;
    }
  }

  private title(index: number): string {
    return this.titles[index - 1] ?? 'prepare the new files';
  }
}

const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('utf8').trim();
