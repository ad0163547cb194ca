/** People write and wait for mail while the relay is changed: nothing is lost, nobody is thrown out. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cmdeploy, type LabHost, shellOnHost } from '../support/cmdeploy.ts';
import { Load } from '../support/load.ts';
import { relays } from '../support/relays.ts';

const dir = mkdtempSync(join(tmpdir(), 'cmdeploy-load-'));

afterAll(() => rmSync(dir, { recursive: true }));

const on = ({ config }: LabHost) => ['--config', config] as const;

/** Postfix and Dovecot read these; chatmaild's services read the whole file. */
const changeConfiguration = async (relay: LabHost): Promise<string> => {
  const keys = ['max_message_size', 'max_mailbox_size'];
  const ini = readFileSync(relay.config, 'utf8').replace(
    new RegExp(`^#? *(?:${keys.join('|')}) *=.*$`, 'gm'),
    '',
  );
  const changed = join(dir, `${relay.name}.ini`);
  writeFileSync(changed, `${ini}\nmax_message_size = 23456789\nmax_mailbox_size = 400M\n`);
  return await cmdeploy(['run', '--config', changed]);
};

/** As if another version had been there: the run puts its own in place and restarts the services. */
const updateChatmaild = async (relay: LabHost): Promise<string> => {
  await shellOnHost(
    relay,
    `cd /usr/local/lib/chatmaild; for bundle in filter accounts push; do echo '// another version' >> $bundle.cjs; done`,
  );
  return await cmdeploy(['run', ...on(relay)]);
};

test.concurrent.each(relays)(
  'changes under load on Debian $debian',
  async (relay) => {
    const load = await Load.start(relay);
    try {
      const before = await load.during(async () => undefined);
      const change = await load.during(() => changeConfiguration(relay));
      const rollback = await load.during(() => cmdeploy(['rollback', '--yes', ...on(relay)]));
      const update = await load.during(() => updateChatmaild(relay));
      const outcome = await load.settle();
      const told = await load.told();
      console.log(relay.name, JSON.stringify({ before, change, rollback, update, outcome, told }));
      expect(load.dropped).toEqual([]);
      expect(outcome).toMatchObject({ lost: [], duplicates: 0 });
      expect(told).toBe(20);
    } finally {
      load.close();
      await cmdeploy(['run', ...on(relay)]);
    }
  },
  600_000,
);
