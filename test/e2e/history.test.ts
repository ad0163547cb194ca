import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { decodeState, encodeState } from '../../src/engine/history/stored-state.ts';
import { type DesiredState, ROOT } from '../../src/engine/state.ts';
import { CHATMAIL_INI } from '../../src/relay/paths.ts';
import { cmdeploy, type LabHost, onHost, shellOnHost, tryCmdeploy } from '../support/cmdeploy.ts';
import { newAccount, relays } from '../support/relays.ts';

const LIMIT = 12_345_678;
const dir = mkdtempSync(join(tmpdir(), 'cmdeploy-history-'));

afterAll(() => rmSync(dir, { recursive: true }));

interface Report {
  readonly version: number;
  readonly current: number;
  readonly generations: readonly number[];
  readonly runs: readonly Record<string, unknown>[];
  readonly warnings: readonly string[];
}

const on = ({ config }: LabHost) => ['--config', config] as const;

const historyOf = async (relay: LabHost): Promise<Report> =>
  JSON.parse(await cmdeploy(['history', '--json', ...on(relay)])) as Report;

const folderOf = (number: number): string => `/var/lib/cmdeploy/generations/${number}`;

/** As if that generation had been another. */
const changeGeneration = async (
  relay: LabHost,
  number: number,
  change: (state: DesiredState) => DesiredState,
): Promise<void> => {
  const file = `${folderOf(number)}/state.json.gz`;
  const encoded = await shellOnHost(relay, `base64 -w 0 ${file}; echo; cat ${file}.sha256`);
  const [base64 = '', hash = ''] = encoded.split('\n');
  const stored = decodeState(Buffer.from(base64, 'base64'), hash.slice(0, 64));
  const changed = encodeState({ ...stored, state: change(stored.state) });
  await shellOnHost(
    relay,
    `base64 -d > ${file} <<'END'
${changed.bytes.toString('base64').replace(/.{1,120}/g, '$&\n')}END
echo '${changed.sha256}  state.json.gz' > ${file}.sha256`,
  );
};

/** As if that generation had had a unit that the one before does not have. */
const addUnitToGeneration = async (relay: LabHost, number: number): Promise<void> => {
  const none = { files: [], packages: [] };
  const unit = { name: 'former.service', restartOn: none, reloadOn: none };
  const path = '/etc/systemd/system/former.service';
  const content =
    '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n';
  await changeGeneration(relay, number, (state) => ({
    ...state,
    files: [...state.files, { path, content, owner: ROOT, mode: 0o644 }],
    units: [...state.units, unit],
  }));
  await shellOnHost(
    relay,
    `printf '%s' '${content}' > ${path}
systemctl daemon-reload
systemctl enable --quiet --now former.service`,
  );
};

/** As if that generation had been the relay of another domain. */
const moveGeneration = (relay: LabHost, number: number, domain: string): Promise<void> =>
  changeGeneration(relay, number, (state) => ({
    ...state,
    files: state.files.map((file) =>
      file.path === CHATMAIL_INI
        ? { ...file, content: String(file.content).replaceAll(relay.domain, domain) }
        : file,
    ),
  }));

/** Each step goes on from the one before; the relays beside each other. */
test.concurrent.each(relays)(
  'generations on Debian $debian',
  async (relay) => {
    const before = await historyOf(relay);
    try {
      await deployChange(relay, before);
      await addUnitToGeneration(relay, before.current + 1);
      await rollBack(relay, before);
      await askAboutOtherDomain(relay, before.current + 1);
      await refuseWhatIsDamaged(relay, before.current + 1);
      await waitForAnotherRun(relay);
    } finally {
      await cmdeploy(['run', ...on(relay)]);
    }
  },
  600_000,
);

const deployChange = async (relay: LabHost, before: Report): Promise<void> => {
  const ini = readFileSync(relay.config, 'utf8').replace(/^#? *max_message_size *=.*$/gm, '');
  const changed = join(dir, `${relay.name}.ini`);
  writeFileSync(changed, `${ini}\nmax_message_size = ${LIMIT}\n`);
  await cmdeploy(['run', '--config', changed]);

  const { version, current, generations, runs } = await historyOf(relay);
  expect({ version, current }).toEqual({ version: 1, current: before.current + 1 });
  expect(generations).toContain(before.current);
  expect(runs).toHaveLength(before.runs.length + 1);
  expect(runs.at(-1)).toMatchObject({
    result: 'deployed',
    who: expect.stringMatching(/.@./),
    from: expect.stringMatching(/\d/),
    changes: expect.arrayContaining([expect.stringMatching(/^write files: \/etc\//)]),
    before: before.current,
    generation: current,
  });
};

const rollBack = async (relay: LabHost, before: Report): Promise<void> => {
  const preview = await cmdeploy(['rollback', '--dry-run', ...on(relay)]);
  expect(preview).toContain(`-message_size_limit = ${LIMIT}`);
  expect(preview).toContain('- stop and disable former.service: generation');

  const text = await cmdeploy(['rollback', ...on(relay)]);
  expect(text).toContain(`generation ${before.current + 2}`);
  expect(text).toMatch(/The next "cmdeploy run" deploys chatmail.ini again/);
  const { current, runs } = await historyOf(relay);
  expect(current).toBe(before.current + 2);
  expect(runs.at(-1)).toMatchObject({
    result: 'deployed',
    as: before.current,
    generation: current,
  });
  const postfix = relay.debian === 12 ? 'postfix@-' : 'postfix';
  const state = await shellOnHost(
    relay,
    `systemctl is-active ${postfix} dovecot nginx chatmail-filter chatmail-accounts
     systemctl show --property=LoadState,ActiveState --value former.service
     postconf -h message_size_limit`,
  );
  expect(state).toMatch(/^(active\n){5}not-found\ninactive\n\d+\n$/);
  expect(state).not.toContain(String(LIMIT));
};

const askAboutOtherDomain = async (relay: LabHost, number: number): Promise<void> => {
  await newAccount(relay);
  const folder = folderOf(number);
  await shellOnHost(relay, `cp -a ${folder} ${folder}.kept`);
  await moveGeneration(relay, number, '_other.test');
  const rollback = ['rollback', String(number), '--dry-run', ...on(relay)];
  const refused = await tryCmdeploy(rollback);
  expect(refused).toMatchObject({ code: 4 });
  expect(refused.stderr).toContain(`/home/vmail/mail/${relay.domain} holds accounts`);
  expect(refused.stderr).toContain('--change-domain');
  expect(await cmdeploy([...rollback, '--change-domain'])).toContain('+mail_domain = _other.test');
  await shellOnHost(relay, `rm -r ${folder}; mv ${folder}.kept ${folder}`);
};

const refuseWhatIsDamaged = async (relay: LabHost, number: number): Promise<void> => {
  const folder = '/var/lib/cmdeploy';
  const state = `generations/${number}/state.json.gz`;
  await shellOnHost(
    relay,
    `cd ${folder}; cp -p ${state} ${state}.kept; printf x >> ${state}
     cp -p history.jsonl history.kept; printf '{"event":"st' >> history.jsonl`,
  );
  const damaged = await tryCmdeploy(['rollback', String(number), ...on(relay)]);
  expect(damaged).toMatchObject({ code: 4 });
  expect(damaged.stderr).toMatch(
    new RegExp(`generation ${number} is damaged.*Nothing was touched; kept are .*\\d`),
  );
  const unknown = await tryCmdeploy(['rollback', '9999', ...on(relay)]);
  expect(unknown).toMatchObject({ code: 4 });
  expect(unknown.stderr).toMatch(/generation 9999 is not kept there; kept are .*\d/);
  const text = await cmdeploy(['history', ...on(relay)]);
  expect(text).toMatch(new RegExp(`^ +${number} +20\\d\\d-.* deployed +\\S+@`, 'm'));
  expect(text).toContain(`Current generation: ${number + 1};`);
  expect(text).toMatch(/^WARNING: line \d+ of the history cannot be read/m);
  await shellOnHost(
    relay,
    `cd ${folder}; mv ${state}.kept ${state}; mv history.kept history.jsonl`,
  );
};

const waitForAnotherRun = async (relay: LabHost): Promise<void> => {
  const unit = 'cmdeploy-apply.service';
  await onHost(relay, 'systemd-run', '--quiet', '--collect', `--unit=${unit}`, 'sleep', 'infinity');
  let ended: Promise<string> | undefined;
  try {
    const refused = await tryCmdeploy(['run', ...on(relay)]);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toMatch(/another run is under way there/);

    const waited = await tryCmdeploy(['run', '--lock-wait', '300', ...on(relay)], {
      onLine: (line) => {
        if (line.includes('Waiting')) ended ??= onHost(relay, 'systemctl', 'stop', unit);
      },
    });
    expect(waited).toMatchObject({ code: 0 });
    expect(waited.stdout).toMatch(/Waiting .* another run .*[\s\S]*nothing to do/);
  } finally {
    await (ended ?? onHost(relay, 'systemctl', 'stop', unit));
  }
};
