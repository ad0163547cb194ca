/** The engine's own part of every host: what undoes a run that a power loss has cut off. */
import { CURRENT_FILE, RUN_DIR } from './layout.ts';
import { type Part, ROOT } from './state.ts';

const UNIT = 'cmdeploy-recover.service';

/** Before sysinit.target: no unit of ours has started by then, and none needs to know of this one. */
const UNIT_TEXT = `# Made by cmdeploy. Brings back the files of before, when the power went while it changed them.
[Unit]
Description=Undo the run of cmdeploy that was cut off
DefaultDependencies=no
After=local-fs.target systemd-remount-fs.service
Before=sysinit.target shutdown.target
Conflicts=shutdown.target
ConditionPathExists=${CURRENT_FILE}

[Service]
Type=oneshot
ExecStart=/bin/sh -c 'read -r run < ${CURRENT_FILE} && exec bash ${RUN_DIR}/"$$run"/undo.sh boot'
TimeoutStartSec=90
`;

export const recoveryPart: Part = {
  name: 'cmdeploy',
  files: [{ path: `/etc/systemd/system/${UNIT}`, content: UNIT_TEXT, owner: ROOT, mode: 0o644 }],
  // Not a unit to be started: that would undo the run that starts it.
  links: [
    {
      path: `/etc/systemd/system/sysinit.target.wants/${UNIT}`,
      target: `/etc/systemd/system/${UNIT}`,
    },
  ],
};
