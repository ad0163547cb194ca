/**
 * Delta Chat's own core as a process: started as its JSON-RPC server, spoken to through the official
 * npm packages. Every wait is bounded, and a failure shows what the core logged last.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type DcEvent, type DcEventType, StdioDeltaChat } from '@deltachat/jsonrpc-client';
import { getRPCServerPath } from '@deltachat/stdio-rpc-server';

const EVENT_TIMEOUT_MS = 90_000;
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const LOG_LINES_KEPT = 300;
const LOG_LINES_SHOWN = 40;

interface SeenEvent {
  /** `performance.now()` at arrival. */
  readonly at: number;
  readonly account: number;
  readonly event: DcEvent;
}

export class DeltaChatCore {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #client: StdioDeltaChat;
  readonly #log: string[] = [];
  readonly #died: Promise<never>;
  readonly #events: SeenEvent[] = [];
  #wakeUp: (() => void)[] = [];

  /** `prefix` is put before the server's command, to run it in the lab's network. */
  static async start(prefix: readonly string[] = []): Promise<DeltaChatCore> {
    const folder = await mkdtemp(join(tmpdir(), 'deltachat-'));
    const core = new DeltaChatCore(prefix, folder);
    try {
      await core.call('start', core.rpc.getSystemInfo(), START_TIMEOUT_MS);
    } catch (error) {
      await core.close();
      throw error;
    }
    return core;
  }

  private constructor(prefix: readonly string[], folder: string) {
    const accounts = `DC_ACCOUNTS_PATH=${join(folder, 'accounts')}`;
    const [program = 'env', ...args] = [...prefix, 'env', accounts, getRPCServerPath()];
    this.#folder = folder;
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process.stderr?.on('data', (data: Buffer) => this.#note(`stderr: ${data}`));
    // A write to a core that has just died is reported by #died.
    this.#process.stdin?.on('error', () => {});
    this.#died = new Promise((_, reject) => {
      this.#process.on('error', reject);
      this.#process.on('exit', (code, signal) =>
        reject(new Error(`Delta Chat core ended (${signal ?? `exit code ${code}`}).`)),
      );
    });
    this.#died.catch(() => {});
    this.#client = new StdioDeltaChat(this.#process.stdin, this.#process.stdout, true);
    this.#client.on('ALL', (account, event) => this.#record(account, event));
  }

  get rpc(): StdioDeltaChat['rpc'] {
    return this.#client.rpc;
  }

  /** Waits for an RPC call; its failure, its delay and the core's death get the log. */
  async call<R>(what: string, request: Promise<R>, timeoutMs = EVENT_TIMEOUT_MS): Promise<R> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const fail = () => reject(new Error(`no answer within ${timeoutMs} ms`));
      timer = setTimeout(fail, timeoutMs);
    });
    try {
      return await Promise.race([request, late, this.#died]);
    } catch (error) {
      // yerpc rejects with the JSON-RPC error object, which is no Error.
      const message = (error as { message?: string }).message ?? String(error);
      throw new Error(`Delta Chat: ${what}: ${message}\n${this.recentLog()}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Waits for an event of an account, also one that has come already at or after `since`
   * (`performance.now()`); by default only new ones count.
   */
  async waitFor<K extends DcEvent['kind']>(
    account: number,
    kind: K,
    matches: (event: DcEventType<K>) => boolean | Promise<boolean>,
    { since = performance.now(), timeoutMs = EVENT_TIMEOUT_MS } = {},
  ): Promise<{ at: number; event: DcEventType<K> }> {
    const deadline = performance.now() + timeoutMs;
    for (let next = 0; ; ) {
      for (; next < this.#events.length; next += 1) {
        const entry = this.#events[next];
        if (!entry || entry.at < since || entry.account !== account) continue;
        if (entry.event.kind !== kind) continue;
        const event = entry.event as DcEventType<K>;
        if (await matches(event)) return { at: entry.at, event };
      }
      const woken = new Promise<void>((resolve) => this.#wakeUp.push(resolve));
      await this.call(`wait for ${kind}`, woken, Math.max(deadline - performance.now(), 1));
    }
  }

  recentLog(): string {
    return this.#log.slice(-LOG_LINES_SHOWN).join('\n');
  }

  /** Ends the core (it stops when its input ends) and removes its accounts. Safe to call twice. */
  async close(): Promise<void> {
    const ended = this.#died.catch(() => {});
    this.#process.stdin?.end();
    const stop = setTimeout(() => this.#process.kill('SIGTERM'), STOP_TIMEOUT_MS / 2);
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(stop);
    clearTimeout(kill);
    await rm(this.#folder, { recursive: true, force: true });
  }

  #note(line: string): void {
    this.#log.push(line.trimEnd());
    if (this.#log.length > LOG_LINES_KEPT) this.#log.shift();
  }

  #record(account: number, event: DcEvent): void {
    if (event.kind === 'Info' || event.kind === 'Warning' || event.kind === 'Error') {
      this.#note(`${account} ${event.kind}: ${event.msg}`);
      return;
    }
    this.#note(`${account} ${JSON.stringify(event)}`);
    this.#events.push({ at: performance.now(), account, event });
    const waiting = this.#wakeUp;
    this.#wakeUp = [];
    for (const wakeUp of waiting) wakeUp();
  }
}
