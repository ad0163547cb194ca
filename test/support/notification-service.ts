/**
 * Stands in for the notification service: an HTTPS server on the lab's network, which answers as a test
 * says.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { authority } from './certificates.ts';
import { IN_LAB, type LabHost, shellOnHost } from './cmdeploy.ts';

const STAND_IN = fileURLToPath(new URL('notification-stand-in.mjs', import.meta.url));
const WAIT_MS = 90_000;
const FOLDER = '/run/push-test';
const DROP_IN = '/run/systemd/system/chatmail-push.service.d';

export class NotificationService {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterableIterator<string>;
  readonly #received = new Map<string, number>();
  #authority = '';
  #url = '';

  static async start(): Promise<NotificationService> {
    const service = new NotificationService();
    const address = await service.#hear();
    const ca = authority();
    const { certificate: cert, key } = ca.issue([address], 1);
    service.#say({ cert, key });
    service.#authority = ca.certificate;
    service.#url = `https://${address}:${await service.#hear()}/notify`;
    void service.#listen();
    return service;
  }

  private constructor() {
    const [program, ...args] = [...IN_LAB, process.execPath, STAND_IN];
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#process.stdin?.on('error', () => {});
    const { stdout } = this.#process;
    if (!stdout) throw new Error('The stand-in has no output.');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** How to answer from now on. */
  answer(how: number | 'stall' | 'hang up'): void {
    this.#say(how);
  }

  /** How often the token came. */
  count(token: string): number {
    return this.#received.get(token) ?? 0;
  }

  /** How many different tokens came. */
  get tokens(): number {
    return this.#received.size;
  }

  /** Waits until the token has come at least so often. */
  async expectPosts(token: string, times = 1): Promise<void> {
    await expect
      .poll(() => this.count(token), { timeout: WAIT_MS, interval: 50 })
      .toBeGreaterThanOrEqual(times);
  }

  /** Has a relay's push service use this one, until {@link release}. */
  async employ(relay: LabHost): Promise<void> {
    await shellOnHost(
      relay,
      `mkdir -p ${FOLDER} ${DROP_IN}
       cat > ${FOLDER}/ca.pem <<'END'
${this.#authority}END
       sed '/^notification_url/d' /etc/chatmail/chatmail.ini > ${FOLDER}/chatmail.ini
       echo 'notification_url = ${this.#url}' >> ${FOLDER}/chatmail.ini
       cat > ${DROP_IN}/test.conf <<'END'
[Service]
Environment=SSL_CERT_FILE=${FOLDER}/ca.pem
BindReadOnlyPaths=${FOLDER}/chatmail.ini:/etc/chatmail/chatmail.ini
END
       ${FORGET_ALL}`,
    );
  }

  /** Ends what {@link employ} began, and forgets what still waits. */
  async release(relay: LabHost): Promise<void> {
    await shellOnHost(relay, `rm -rf ${DROP_IN} ${FOLDER}\n${FORGET_ALL}`);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin?.end();
    await ended;
  }

  #say(value: unknown): void {
    this.#process.stdin?.write(`${JSON.stringify(value)}\n`);
  }

  async #hear(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The stand-in for the notification service has ended.');
    return String(JSON.parse(value));
  }

  async #listen(): Promise<void> {
    for await (const line of this.#lines) {
      const token = String(JSON.parse(line));
      this.#received.set(token, this.count(token) + 1);
    }
  }
}

const FORGET_ALL = `systemctl stop chatmail-push
  find /var/lib/chatmail-push -type f -delete
  systemctl daemon-reload
  systemctl start chatmail-push`;
