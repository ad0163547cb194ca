/** Installs the Debian packages that the unit tests need, if they are missing. Run as root. */
import { ensurePackages } from '../dist/lab/requirements.js';

const NEEDED = [
  ['/usr/sbin/sshd', 'openssh-server'],
  ['/usr/bin/openssl', 'openssl'],
];

try {
  await ensurePackages('the tests', NEEDED, (text) => console.log(text));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
