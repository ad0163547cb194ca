/** The web pages of a relay, rendered: what a visitor sees, in every language. Pure but for templates. */
import { certificateOrigin } from '../config/certificate.ts';
import { domainInUrl } from '../config/domain.ts';
import type { Language } from '../config/languages.ts';
import type { Config } from '../config/schema.ts';
import { renderTemplate, type View } from '../relay/render.ts';
import { inviteLink } from './invite.ts';
import { escapeMarkup } from './markup.ts';
import { directionOf, fillText, readTexts } from './texts.ts';

export interface Page {
  /** As in URLs: `/de/index.html`. */
  readonly path: string;
  readonly content: string;
}

const PAGES = ['index', 'info', 'privacy', '404'] as const;
type PageName = (typeof PAGES)[number];

/** Whether the invitation is a login made on demand: no client would trust the certificate as it is. */
export const invitesByLogin = (config: Config): boolean =>
  certificateOrigin(config) === 'self-signed';

/** All pages in all languages of the relay. */
export const relayPages = (config: Config): Page[] =>
  config.languages.flatMap((language) => {
    const view = languageView(config, language);
    return PAGES.map((name) => ({
      path: `/${language}/${name}.html`,
      content: renderPage(name, { ...view, ...pageView(config, language, name) }),
    }));
  });

const renderPage = (name: PageName, view: View): string => {
  const content = renderTemplate(`website/${name}.html.hbs`, view);
  return renderTemplate('website/layout.html.hbs', { ...view, content });
};

/** The name of a page in its `<title>` and navigation: a key of the texts. */
const TITLES: Readonly<Record<PageName, string>> = {
  index: 'home',
  info: 'infoTitle',
  privacy: 'privacyTitle',
  '404': 'notFoundTitle',
};

const pageView = (config: Config, language: Language, name: PageName): View => {
  // The page that is shown for a missing one can stand under any path.
  const base = name === '404' ? `/${language}/` : './';
  const domain = escapeMarkup(domainInUrl(config.mail_domain));
  const title = escapeMarkup(readTexts(language)[TITLES[name]] ?? '');
  const file = name === 'info' || name === 'privacy' ? `${name}.html` : '';
  return {
    base,
    title: name === 'index' ? domain : `${title} – ${domain}`,
    navigation: [
      navigationItem(base, '', 'home', name === 'index', language),
      navigationItem(base, 'info.html', 'info', name === 'info', language),
      navigationItem(base, 'privacy.html', 'privacy', name === 'privacy', language),
    ],
    translations: config.languages.map((other) => ({
      language: other,
      direction: directionOf(other),
      name: escapeMarkup(readTexts(other)['name'] ?? other),
      href: `/${other}/${file}`,
      current: other === language,
    })),
    translated: config.languages.length > 1,
  };
};

const navigationItem = (
  base: string,
  file: string,
  text: string,
  current: boolean,
  language: Language,
): View => ({
  href: base + file,
  text: escapeMarkup(readTexts(language)[text] ?? ''),
  current,
});

/** What all pages of a language have in common. */
const languageView = (config: Config, language: Language): View => {
  const values = textValues(config, language);
  const texts = Object.entries(readTexts(language)).map(
    ([name, text]) => [name, fillText(text, values)] as const,
  );
  return {
    language,
    direction: directionOf(language),
    text: Object.fromEntries(texts),
    domain: escapeMarkup(domainInUrl(config.mail_domain)),
    inviteLink: escapeMarkup(inviteLink(config)),
    byLogin: invitesByLogin(config),
    donation: escapeMarkup(config.donation_url ?? ''),
    mail: escapeMarkup(config.privacy_mail ?? ''),
    operator: escapeMarkup(config.privacy_postal ?? ''),
    officer: escapeMarkup(config.privacy_pdo ?? ''),
    authority: escapeMarkup(config.privacy_supervisor ?? ''),
    contact: config.privacy_mail !== undefined || config.privacy_postal !== undefined,
  };
};

const MEBIBYTE = 1024 * 1024;

/** Values for the texts, as people of that language write them. */
const textValues = (config: Config, language: Language): Record<string, string> => {
  const number = (value: number, options: Intl.NumberFormatOptions = {}): string =>
    new Intl.NumberFormat(language, { maximumFractionDigits: 1, ...options }).format(value);
  const days = (count: number): string =>
    number(count, { style: 'unit', unit: 'day', unitDisplay: 'long' });
  const megabytes = (bytes: number): string =>
    number(bytes / MEBIBYTE, {
      style: 'unit',
      unit: 'megabyte',
      // A Latin abbreviation falls apart among letters that run the other way.
      unitDisplay: directionOf(language) === 'rtl' ? 'long' : 'short',
    });
  return {
    domain: `<bdi>${escapeMarkup(domainInUrl(config.mail_domain))}</bdi>`,
    deltachat: '<a href="https://delta.chat">Delta Chat</a>',
    link: escapeMarkup(inviteLink(config)),
    days: days(config.delete_mails_after),
    largeDays: days(config.delete_large_after),
    inactiveDays: days(config.delete_inactive_users_after),
    mailbox: megabytes(config.max_mailbox_size),
    message: megabytes(config.max_message_size),
    rate: number(config.max_user_send_per_minute),
  };
};
