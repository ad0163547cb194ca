/** What befalls a relay while it is deployed to. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Blueprint } from '../../src/engine/examine.ts';
import { APPLY_UNIT, RUN_DIR } from '../../src/engine/layout.ts';
import { ROOT } from '../../src/engine/state.ts';
import { type LabHost, shellOnHost, tryCmdeploy } from './cmdeploy.ts';
import { bootAgain, cutPower } from './power.ts';

export type Blow = 'the run is killed' | 'the connection is killed' | 'the power is cut';

export const strike = async (host: LabHost, blow: Blow): Promise<void> => {
  switch (blow) {
    case 'the run is killed':
      await shellOnHost(host, `systemctl kill --signal=KILL ${APPLY_UNIT} 2>/dev/null || true`);
      return;
    case 'the connection is killed':
      await shellOnHost(host, KILL_CONNECTION);
      return;
    case 'the power is cut':
      await cutPower(host);
      await bootAgain(host);
  }
};

/** The sshd above whoever follows the log of a run. */
const KILL_CONNECTION = `for pid in $(pgrep -f '^tail .*${RUN_DIR}' || true); do
  while [ "$pid" -gt 1 ] && ! grep -q '^sshd' /proc/$pid/comm; do pid=$(ps -o ppid= -p "$pid" | tr -d ' '); done
  [ "$pid" -le 1 ] || kill -KILL "$pid"
done`;

/**
 * `cmdeploy run` with another `max_message_size`, killed when that share of the steps has begun; 1 is the
 * gate's time.
 */
export const killedCli = async (
  host: LabHost,
  messageSize: number,
  share: number,
): Promise<void> => {
  const ini = join(dirname(host.config), 'fault.ini');
  writeFileSync(ini, `${readFileSync(host.config, 'utf8')}\nmax_message_size = ${messageSize}\n`);
  const killer = new AbortController();
  await tryCmdeploy(['run', '--yes', '--config', ini], {
    signal: killer.signal,
    killSignal: 'SIGKILL',
    onLine: (line) => {
      const [, index, total] = /\((\d+)\/(\d+)\)/.exec(line) ?? [];
      const begun = index !== undefined && Number(index) >= share * Number(total);
      if (begun || line.includes('Trying: ')) killer.abort();
    },
  }).catch((error: unknown) => {
    if (!killer.signal.aborted) throw error;
  });
};

/** Runs `work` while nothing more can be written to the folder; then it is as it was before. */
export const withFull = async (
  host: LabHost,
  folder: string,
  work: () => Promise<unknown>,
): Promise<void> => {
  await shellOnHost(
    host,
    `cp -a ${folder} /run/fault
mount -t tmpfs -o size=16m tmpfs ${folder}
cp -a /run/fault/. ${folder}/
rm -r /run/fault
dd if=/dev/zero of=${folder}/fault bs=4k status=none 2>/dev/null || true`,
  );
  try {
    await work();
  } finally {
    await shellOnHost(host, `umount -l ${folder}`);
  }
};

const FIREWALL = 'firewall.service';

/** The blueprint, and with it something that lets answers from port 80 go to this host itself only. */
export const withFirewall = (blueprint: Blueprint): Blueprint => ({
  ...blueprint,
  parts: (platform) => [
    ...blueprint.parts(platform),
    {
      name: 'firewall',
      files: [
        {
          path: `/etc/systemd/system/${FIREWALL}`,
          content: `[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/ip rule add pref 100 ipproto tcp sport 80 prohibit
ExecStop=/usr/sbin/ip rule del pref 100
[Install]
WantedBy=multi-user.target
`,
          owner: ROOT,
          mode: 0o644,
        },
      ],
      units: [
        {
          name: FIREWALL,
          restartOn: { files: [], packages: [] },
          reloadOn: { files: [], packages: [] },
        },
      ],
    },
  ],
});
