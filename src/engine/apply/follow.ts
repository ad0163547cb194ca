import { createLineRedactor, redact } from '../../host/redact.ts';
import type { Emit, FailureOutcome } from '../events.ts';
import type { StepFailure } from './errors.ts';
import { PROGRESS_MARK } from './shell.ts';

/** Lines of a step's output that are kept to explain its failure. */
const KEPT_LINES = 20;

/** Turns the lines of a run's log into events. */
export class ApplyFollower {
  /** Set once a step or a gate has failed. */
  failure: StepFailure | undefined;
  /** What follow-ups could not do, in words. */
  readonly notices: string[] = [];
  /** Whether the run came to its good end. */
  ended = false;
  /** The generation that it made. */
  generation: number | undefined;
  /** Set when the run was undone, or could not be. */
  outcome: FailureOutcome | undefined;
  /** Whether there was no generation to go back to. */
  first = false;
  /** What the undo printed, its last lines. */
  undoOutput: readonly string[] = [];

  private readonly titles: readonly string[];
  private readonly emit: Emit;
  private readonly redactLine = createLineRedactor();
  private readonly onGatesPassed: () => void;
  private output: string[] = [];
  private current = 0;
  private startedAt = Date.now();
  private gate = '';
  private undoing = false;
  private undoStartedAt = 0;

  /** @param onGatesPassed called when the host has found itself healthy and may wait for a verdict */
  constructor(titles: readonly string[], emit: Emit, onGatesPassed: () => void = () => undefined) {
    this.titles = titles;
    this.emit = emit;
    this.onGatesPassed = onGatesPassed;
  }

  line(line: string): void {
    if (line.startsWith(PROGRESS_MARK)) {
      const [event = '', ...values] = line.slice(PROGRESS_MARK.length).split(' ');
      this.progress(event, values);
      return;
    }
    const shown = this.redactLine(line);
    this.output = [...this.output.slice(1 - KEPT_LINES), shown];
    if (this.undoing) this.undoOutput = this.output;
    this.emit({ kind: 'step-output', line: shown });
  }

  /** What to report when the log stopped before the run did. */
  interrupted(): StepFailure {
    return {
      title: this.title(this.current),
      code: -1,
      output: [...this.output, 'the run on the host was ended before it was done'],
    };
  }

  private progress(event: string, values: readonly string[]): void {
    const [first = '', second = ''] = values;
    if (event === 'notice') this.notices.push(redact(fromBase64(first)));
    else if (event === 'generation') this.generation = Number(first);
    else if (event === 'end') this.ended = first === '0';
    else if (event === 'gate-passed') this.onGatesPassed();
    else if (event.startsWith('gate-')) this.gateProgress(event, values);
    else if (['undo', 'first', 'rolled-back', 'broken'].includes(event)) this.undoProgress(event);
    else this.stepProgress(event, Number(first), Number(second));
  }

  private stepProgress(event: string, index: number, code: number): void {
    const title = this.title(index);
    const ms = Date.now() - this.startedAt;
    if (event === 'start') {
      this.current = index;
      this.begin();
      this.emit({ kind: 'step-started', index, total: this.titles.length, title });
    } else if (event === 'done') {
      this.emit({ kind: 'step-finished', index, title, ms });
    } else if (event === 'refused') {
      this.failure ??= { title: 'go on', code: -1, output: ['it was told to go back'] };
    } else if (event === 'failed' && this.failure === undefined) {
      this.failure = { title, code, output: this.output };
      this.emit({ kind: 'step-failed', index, title, ms, code, output: this.output });
    }
  }

  private gateProgress(event: string, values: readonly string[]): void {
    const ms = Date.now() - this.startedAt;
    const name = this.gate;
    if (event === 'gate-start') {
      this.gate = values.join(' ');
      this.begin();
      this.emit({ kind: 'gate-started', name: this.gate });
    } else if (event === 'gate-done') {
      this.emit({ kind: 'gate-finished', name, ms });
    } else if (event === 'gate-failed') {
      const code = Number(values[0]);
      const output = this.output;
      if (!this.undoing) this.failure = { title: `pass the gate "${name}"`, code, output };
      this.emit({ kind: 'gate-failed', name, ms, code, output });
    }
  }

  private undoProgress(event: string): void {
    if (event === 'undo') {
      this.failure ??= this.interrupted();
      this.undoing = true;
      this.begin();
      this.undoStartedAt = Date.now();
      this.emit({ kind: 'undo-started' });
    } else if (event === 'first') this.first = true;
    else if (event === 'rolled-back' || event === 'broken') {
      this.outcome = event;
      const ms = Date.now() - this.undoStartedAt;
      this.emit({ kind: 'undo-finished', outcome: event, ms });
    }
  }

  private begin(): void {
    this.startedAt = Date.now();
    this.output = [];
  }

  private title(index: number): string {
    return this.titles[index - 1] ?? 'prepare the new files';
  }
}

const fromBase64 = (text: string): string => Buffer.from(text, 'base64').toString('utf8').trim();
