/**
 * Ctrl-C and other signals that end a command. While nothing is being changed they stop it at once.
 * While the host is at work, the first Ctrl-C asks it to undo that; the second one leaves it alone,
 * and so does a signal that comes from no person (a terminal that is closed, a cancelled job).
 */
import process from 'node:process';
import { ApplyFailedError } from '../engine/apply/errors.ts';
import { ConnectionLostError } from '../host/errors.ts';

/** Stopped, and nothing is left half done. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
  /** @param after a sentence: how things stand */
  constructor(after: string) {
    super(`Stopped. ${after}`);
  }
}

const unchanged = (host: string): InterruptedError =>
  new InterruptedError(`Nothing was changed on ${host}.`);

/** The command ended while the host was at work, which the host goes on with. */
export class HostGoesOnError extends Error {
  override readonly name: string = 'HostGoesOnError';
  constructor(host: string, reason: string, options?: ErrorOptions) {
    super(
      `${reason} What ${host} was told to do, it finishes or undoes by itself.
"cmdeploy history --host ${host}" shows how it ended, "cmdeploy status --host ${host}" how the relay is.`,
      options,
    );
  }
}

/** The operator did not want to wait for the end. */
export class LeftAloneError extends HostGoesOnError {
  override readonly name = 'LeftAloneError';
  constructor(host: string) {
    super(host, 'Stopped watching.');
  }
}

/** Stopped while the host was at work, which took back what it had done. */
export class UndoneError extends Error {
  override readonly name = 'UndoneError';
  constructor({ host, log }: ApplyFailedError) {
    super(
      `Stopped. ${host} has undone what this run changed, and was found healthy.
The whole log is on the host: ${log}`,
    );
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Where signals come from; `process` is one. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

export interface Interrupt {
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** To be called when the host is about to be changed. */
  changing(): void;
  /**
   * Waits for `work`, but not longer than the operator wants to.
   * @throws InterruptedError, UndoneError, HostGoesOnError, and what `work` throws
   */
  guard<R>(work: Promise<R>): Promise<R>;
  /** Gives the signals back. */
  dispose(): void;
}

/** @param host as the operator calls it */
export const createInterrupt = (host: string, source: SignalSource = process): Interrupt => {
  const controller = new AbortController();
  let changing = false;
  let leave: (error: Error) => void = () => undefined;
  const left = new Promise<never>((_resolve, reject) => {
    leave = reject;
  });
  // It may come when nobody waits any more.
  left.catch(() => undefined);
  const interrupted = (): void => {
    const again = controller.signal.aborted;
    controller.abort();
    if (!changing) leave(unchanged(host));
    else if (again) leave(new LeftAloneError(host));
  };
  const ended = (): void => leave(changing ? new LeftAloneError(host) : unchanged(host));
  const listeners = [
    ['SIGINT', interrupted],
    ['SIGTERM', ended],
    ['SIGHUP', ended],
  ] as const;
  for (const [signal, listener] of listeners) source.on(signal, listener);
  return {
    signal: controller.signal,
    changing: () => {
      changing = true;
    },
    guard: async (work) => {
      try {
        return await Promise.race([work, left]);
      } catch (error) {
        if (changing) throw explain(host, error, controller.signal.aborted);
        throw error;
      }
    },
    dispose: () => {
      for (const [signal, listener] of listeners) source.off(signal, listener);
    },
  };
};

/**
 * For commands that can be left at any moment. A signal ends the waiting for `work`, not what the host
 * was told: that goes on to its end.
 *
 * @param after a sentence for the operator: how things stand then
 * @throws InterruptedError: the process should end, `work` hangs in the air; and what `work` throws
 */
export const interruptible = async <R>(
  after: string,
  work: () => Promise<R>,
  source: SignalSource = process,
): Promise<R> => {
  let stop: () => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new InterruptedError(after));
  });
  for (const signal of SIGNALS) source.on(signal, stop);
  try {
    return await Promise.race([work(), stopped]);
  } finally {
    for (const signal of SIGNALS) source.off(signal, stop);
  }
};

/** What an error means that comes while the host is at work. */
const explain = (host: string, error: unknown, stopped: boolean): unknown => {
  if (error instanceof ConnectionLostError)
    return new HostGoesOnError(host, `The connection to ${host} was lost.`, { cause: error });
  const undone = error instanceof ApplyFailedError && error.outcome === 'rolled-back';
  return undone && stopped ? new UndoneError(error) : error;
};
