/**
 * The start page of a relay with a self-signed certificate: fetches a new login from `/new` when the
 * button is pressed and shows it as a link and a QR code. Runs in the browser, bundled by the build.
 */
import { qrShape } from '../website/qr.ts';

const SVG = 'http://www.w3.org/2000/svg';

const element = (id: string): Element => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
};

const fetchLogin = async (): Promise<string> => {
  const answer = await fetch('/new', { method: 'POST' });
  const body: unknown = await answer.json();
  const link = (body as { dclogin_url?: unknown }).dclogin_url;
  if (!answer.ok || typeof link !== 'string' || !link.startsWith('dclogin:'))
    throw new Error('no login');
  return link;
};

const drawCode = (svg: Element, text: string): void => {
  const { size, path } = qrShape(text);
  const shape = document.createElementNS(SVG, 'path');
  shape.setAttribute('d', path);
  svg.setAttribute('viewBox', `0 0 ${size} ${size}`);
  svg.replaceChildren(shape);
};

const showLogin = async (): Promise<void> => {
  element('login-failed').setAttribute('hidden', '');
  const link = await fetchLogin();
  drawCode(element('login-code'), link);
  element('login-link').setAttribute('href', link);
  element('login').removeAttribute('hidden');
  document.getElementById('login-link')?.focus();
};

element('login-button').addEventListener('click', (event) => {
  event.preventDefault();
  showLogin().catch(() => element('login-failed').removeAttribute('hidden'));
});
