import type { SshDeps } from './ssh-target.ts';

/** The time is over. */
export class DeadlineError extends Error {}

/** A time limit that stands still while the operator is thinking. */
export interface Deadline {
  /** Rejects with {@link DeadlineError}; never resolves. */
  readonly expired: Promise<never>;
  restart(): void;
  stop(): void;
  suspendedFor<T>(work: () => Promise<T>): Promise<T>;
}

export const createDeadline = (ms: number): Deadline => {
  let expire: () => void = () => undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    expire = () => reject(new DeadlineError(`no answer within ${ms / 1000} s`));
  });
  // It may come before anyone waits for it.
  expired.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const restart = (): void => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(expire, ms);
  };
  const stop = (): void => {
    stopped = true;
    clearTimeout(timer);
  };
  const suspendedFor = async <T>(work: () => Promise<T>): Promise<T> => {
    clearTimeout(timer);
    try {
      return await work();
    } finally {
      restart();
    }
  };
  restart();
  return { expired, restart, stop, suspendedFor };
};

/** Questions asked of the operator do not count. */
export const withoutDeadline = (deps: SshDeps, deadline: Deadline): SshDeps => {
  const { confirmHostKey, askPassphrase } = deps;
  return {
    ...(confirmHostKey && {
      confirmHostKey: (info) => deadline.suspendedFor(() => confirmHostKey(info)),
    }),
    ...(askPassphrase && {
      askPassphrase: (file) => deadline.suspendedFor(() => askPassphrase(file)),
    }),
  };
};
