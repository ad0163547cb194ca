/**
 * Stands in for the notification service: an HTTPS server on the lab's network, which answers as a test
 * says.
 */
import { vi } from 'vitest';
import { authority } from './certificates.ts';
import { type LabHost, shellOnHost } from './cmdeploy.ts';
import { StandIn } from './stand-in.ts';

const WAIT_MS = 90_000;
const FOLDER = '/run/push-test';
const DROP_IN = '/run/systemd/system/chatmail-push.service.d';

export class NotificationService {
  readonly #standIn: StandIn;
  readonly #authority: string;
  readonly #received = new Map<string, number>();

  static async start(): Promise<NotificationService> {
    const ca = authority();
    const standIn = await StandIn.start('notification-stand-in.mjs', (address) => {
      const { certificate: cert, key } = ca.issue([address], 1);
      return { cert, key };
    });
    return new NotificationService(standIn, ca.certificate);
  }

  /** `certificate` is that of the authority. */
  private constructor(standIn: StandIn, certificate: string) {
    this.#standIn = standIn;
    this.#authority = certificate;
    void standIn.listen((value) => {
      const token = String(value);
      this.#received.set(token, this.count(token) + 1);
    });
  }

  /** How to answer from now on. */
  answer(how: number | 'stall' | 'hang up'): void {
    this.#standIn.say(how);
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
    const has = () => this.count(token) >= times;
    await vi.waitUntil(has, { timeout: WAIT_MS, interval: 50 });
  }

  /** Has a relay's push service use this one, until {@link release}. */
  async employ(relay: LabHost): Promise<void> {
    const { address, port } = this.#standIn;
    await shellOnHost(
      relay,
      `mkdir -p ${FOLDER} ${DROP_IN}
       cat > ${FOLDER}/ca.pem <<'END'
${this.#authority}END
       sed '/^notification_url/d' /etc/chatmail/chatmail.ini > ${FOLDER}/chatmail.ini
       echo 'notification_url = https://${address}:${port}/notify' >> ${FOLDER}/chatmail.ini
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
    await this.#standIn.close();
  }
}

const FORGET_ALL = `systemctl stop chatmail-push
  find /var/lib/chatmail-push -type f -delete
  systemctl daemon-reload
  systemctl start chatmail-push`;
