/** What `cmdeploy lab` does; other commands only need to know where a lab host is (`lookup.ts`). */
export { labDown } from './down.ts';
export { labExec } from './exec.ts';
export { labList } from './list.ts';
export { requireLinux, rerunAsRoot } from './privilege.ts';
export { labSsh } from './ssh.ts';
export { labUp } from './up.ts';
