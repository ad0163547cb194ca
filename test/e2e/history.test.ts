import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeState, encodeState } from '../../src/engine/history/stored-state.ts';
import { ROOT } from '../../src/engine/state.ts';
import { cmdeploy, type LabHost, onHost, shellOnHost, tryCmdeploy } from '../support/cmdeploy.ts';
import { relays } from '../support/relays.ts';

const HISTORY = '/var/lib/cmdeploy/history.jsonl';
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

/** As if that generation had had a unit that the one before does not have. */
const addUnitToGeneration = async (relay: LabHost, number: number): Promise<void> => {
  const file = `/var/lib/cmdeploy/generations/${number}/state.json.gz`;
  const encoded = await shellOnHost(relay, `base64 -w 0 ${file}; echo; cat ${file}.sha256`);
  const [base64 = '', hash = ''] = encoded.split('\n');
  const stored = decodeState(Buffer.from(base64, 'base64'), hash.slice(0, 64));
  const none = { files: [], packages: [] };
  const unit = { name: 'former.service', restartOn: none, reloadOn: none };
  const path = '/etc/systemd/system/former.service';
  const content =
    '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n';
  const state = {
    ...stored.state,
    files: [...stored.state.files, { path, content, owner: ROOT, mode: 0o644 }],
    units: [...stored.state.units, unit],
  };
  const changed = encodeState({ ...stored, state });
  await shellOnHost(
    relay,
    `base64 -d > ${file} <<'END'
${changed.bytes.toString('base64').replace(/.{1,120}/g, '$&\n')}END
echo '${changed.sha256}  state.json.gz' > ${file}.sha256
printf '%s' '${content}' > ${path}
systemctl daemon-reload
systemctl enable --quiet --now former.service`,
  );
};

describe.each(relays)('generations on Debian $debian', (relay) => {
  const on = ['--config', relay.config] as const;
  const history = async (): Promise<Report> =>
    JSON.parse(await cmdeploy(['history', '--json', ...on])) as Report;
  const sizeLimit = async (): Promise<number> =>
    Number(await onHost(relay, 'postconf', '-h', 'message_size_limit'));
  const changedIni = join(dir, `${relay.name}.ini`);
  let first: Report;
  let limit: number;

  beforeAll(async () => {
    await cmdeploy(['run', ...on]);
    first = await history();
    limit = await sizeLimit();
    const ini = readFileSync(relay.config, 'utf8').replace(/^#? *max_message_size *=.*$/gm, '');
    writeFileSync(changedIni, `${ini}\nmax_message_size = ${LIMIT}\n`);
  });
  afterAll(async () => {
    await cmdeploy(['run', ...on]);
  });

  test('a run is on record, with its generation, who made it and what it changed', async () => {
    await cmdeploy(['run', '--config', changedIni]);
    const { version, current, generations, runs, warnings } = await history();
    expect(await sizeLimit()).toBe(LIMIT);
    expect({ version, current, warnings }).toEqual({
      version: 1,
      current: first.current + 1,
      warnings: [],
    });
    expect(generations).toContain(first.current);
    expect(runs).toHaveLength(first.runs.length + 1);
    expect(runs.at(-1)).toMatchObject({
      result: 'deployed',
      who: expect.stringMatching(/.@./),
      from: expect.stringMatching(/\d/),
      changes: expect.arrayContaining([expect.stringMatching(/^write files: \/etc\//)]),
      before: first.current,
      generation: current,
    });
    const text = await cmdeploy(['history', ...on]);
    expect(text).toMatch(new RegExp(`^ +${current} +20\\d\\d-.* deployed +\\S+@`, 'm'));
    expect(text).toContain(`Current generation: ${current};`);
  });

  test('a rollback brings the files back, ends what is new, and is a new generation', async () => {
    await addUnitToGeneration(relay, first.current + 1);
    const preview = await cmdeploy(['rollback', '--dry-run', ...on]);
    expect(preview).toContain(`-message_size_limit = ${LIMIT}`);
    expect(preview).toContain('- stop and disable former.service: generation');
    expect(await sizeLimit()).toBe(LIMIT);

    const text = await cmdeploy(['rollback', ...on]);
    expect(text).toContain(`generation ${first.current + 2}`);
    expect(text).toMatch(/The next "cmdeploy run" deploys chatmail.ini again/);
    expect(await sizeLimit()).toBe(limit);
    const { current, runs } = await history();
    expect(current).toBe(first.current + 2);
    expect(runs.at(-1)).toMatchObject({
      result: 'deployed',
      as: first.current,
      generation: current,
    });
    const postfix = relay.debian === 12 ? 'postfix@-' : 'postfix';
    const units = [postfix, 'dovecot', 'nginx', 'chatmail-filter', 'chatmail-accounts'];
    expect(await onHost(relay, 'systemctl', 'is-active', ...units)).toBe('active\n'.repeat(5));
    const former = 'systemctl show --property=LoadState,ActiveState --value former.service';
    expect(await shellOnHost(relay, former)).toBe('not-found\ninactive\n');
    expect(await cmdeploy(['run', ...on])).toContain('nothing to do');
  });

  test('an unknown generation is refused, with those that are kept', async () => {
    const { code, stderr } = await tryCmdeploy(['rollback', '9999', ...on]);
    expect({ code, stderr }).toMatchObject({ code: 1 });
    expect(stderr).toMatch(/generation 9999 is not kept there; kept are .*\b\d/);
  });

  test('a damaged generation is refused, and nothing is touched', async () => {
    const number = first.current + 1;
    const file = `/var/lib/cmdeploy/generations/${number}/state.json.gz`;
    await shellOnHost(relay, `cp -p ${file} ${file}.kept; printf x >> ${file}`);
    const { code, stderr } = await tryCmdeploy(['rollback', String(number), ...on]);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`generation ${number} is damaged.*Nothing was touched`));
    expect(await sizeLimit()).toBe(limit);
    await shellOnHost(relay, `mv ${file}.kept ${file}`);
  });

  test('a damaged line of the history is named, the others count', async () => {
    const { runs } = await history();
    await shellOnHost(
      relay,
      `cp -p ${HISTORY} ${HISTORY}.kept; printf '{"event":"st' >> ${HISTORY}`,
    );
    const report = await history();
    expect(report.runs).toEqual(runs);
    expect(report.warnings).toEqual([
      expect.stringMatching(/^line \d+ of the history cannot be read and was passed over/),
    ]);
    expect(await cmdeploy(['history', ...on])).toMatch(/^WARNING: line \d+ of the history/m);
    await shellOnHost(relay, `mv ${HISTORY}.kept ${HISTORY}`);
  });

  test('one at a time: a second run stops, or waits when it is told to', async () => {
    const unit = 'cmdeploy-apply.service';
    await onHost(
      relay,
      'systemd-run',
      '--quiet',
      '--collect',
      `--unit=${unit}`,
      'sleep',
      'infinity',
    );
    let ended: Promise<string> | undefined;
    try {
      const refused = await tryCmdeploy(['run', ...on]);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(/another run is under way there/);

      const waited = await tryCmdeploy(['run', '--lock-wait', '300', ...on], {
        onLine: (line) => {
          if (line.includes('Waiting')) ended ??= onHost(relay, 'systemctl', 'stop', unit);
        },
      });
      expect(waited).toMatchObject({ code: 0 });
      expect(waited.stdout).toMatch(/Waiting .* another run .*[\s\S]*nothing to do/);
    } finally {
      await (ended ?? onHost(relay, 'systemctl', 'stop', unit));
    }
  });
});
