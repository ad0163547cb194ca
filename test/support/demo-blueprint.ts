/** Something small to deploy: a service that lives as long as its configuration is sane. */
import type { Blueprint } from '../../src/engine/examine.ts';
import { type Gate, type Part, ROOT } from '../../src/engine/state.ts';

export const DEMO_CONF = '/etc/demo/demo.conf';
export const DEMO_UNIT = 'demo.service';
const PROGRAM = '/usr/local/bin/demo';
const UNIT_FILE = `/etc/systemd/system/${DEMO_UNIT}`;

/** Writes down what it was started with; refuses "broken"; SIGHUP loads again. */
const PROGRAM_TEXT = `#!/bin/bash
load() {
  ! grep -q broken ${DEMO_CONF} || { echo 'demo: the configuration is broken'; exit 1; }
  cp ${DEMO_CONF} /run/demo
}
trap load HUP
load
while :; do sleep 1 & wait $!; done
`;

const UNIT_TEXT = `[Service]
Type=exec
ExecStart=${PROGRAM}
ExecReload=/bin/sh -c '! grep -q broken ${DEMO_CONF}'
ExecReload=/bin/kill -HUP $MAINPID
[Install]
WantedBy=multi-user.target
`;

export interface Demo {
  readonly conf: string;
  /** Shell commands that decide whether it is healthy. Default: it has loaded its configuration. */
  readonly gate?: string;
  /** A unit that no generation before had. */
  readonly more?: Part;
  /** Commands that run after the files were written, before the unit is touched. */
  readonly slow?: string;
}

/** The service runs with what it was configured with: a reload takes a moment. */
const LOADED = `for _ in 1 2 3 4 5 6 7 8 9 10; do cmp -s ${DEMO_CONF} /run/demo && exit 0; sleep 0.3; done; echo 'it runs with another configuration'; exit 1`;

export const demoBlueprint = ({ conf, gate = LOADED, more, slow }: Demo): Blueprint => {
  const gates: Gate[] = [{ name: 'it has loaded its configuration', command: ['sh', '-c', gate] }];
  const part: Part = {
    name: 'demo',
    files: [
      { path: DEMO_CONF, content: conf, owner: ROOT, mode: 0o640 },
      { path: PROGRAM, content: PROGRAM_TEXT, owner: ROOT, mode: 0o755 },
      { path: UNIT_FILE, content: UNIT_TEXT, owner: ROOT, mode: 0o644 },
    ],
    refreshes:
      slow === undefined
        ? []
        : [
            {
              name: 'slow',
              command: ['sh', '-c', slow],
              inputs: { files: [DEMO_CONF], packages: [] },
            },
          ],
    units: [
      {
        name: DEMO_UNIT,
        restartOn: { files: [PROGRAM, UNIT_FILE], packages: [] },
        reloadOn: { files: [DEMO_CONF], packages: [] },
      },
    ],
    gates,
  };
  return {
    parts: () => (more === undefined ? [part] : [part, more]),
    ports: [],
    takeOver: true,
    version: '0.0.0-test',
  };
};
