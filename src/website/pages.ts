/** The web pages of a relay, rendered: what a visitor sees, in every language. Pure but for templates. */
import { certificateOrigin } from '../config/certificate.ts';
import { domainInUrl } from '../config/domain.ts';
import type { Language } from '../config/languages.ts';
import type { Config } from '../config/schema.ts';
import { renderTemplate, type View } from '../relay/render.ts';
import { inviteLink } from './invite.ts';
import { escapeMarkup } from './markup.ts';
import { directionOf, fillText, readTexts, type Texts } from './texts.ts';

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

/** The texts in each language of the relay. */
type Translations = ReadonlyMap<Language, Texts>;

/** All pages in all languages of the relay. */
export const relayPages = (config: Config): Page[] => {
  const translations: Translations = new Map(
    config.languages.map((language) => [language, readTexts(language)]),
  );
  return [...translations].flatMap(([language, texts]) => {
    const view = languageView(config, language, texts);
    return PAGES.map((name) => ({
      path: `/${language}/${name}.html`,
      content: renderPage(name, { ...view, ...pageView(config, language, name, translations) }),
    }));
  });
};

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

const pageView = (
  config: Config,
  language: Language,
  name: PageName,
  translations: Translations,
): View => {
  // The page that is shown for a missing one can stand under any path.
  const base = name === '404' ? `/${language}/` : './';
  const text = (key: string, of: Language = language): string =>
    escapeMarkup(translations.get(of)?.[key] ?? '');
  const domain = escapeMarkup(domainInUrl(config.mail_domain));
  const file = name === 'info' || name === 'privacy' ? `${name}.html` : '';
  return {
    base,
    title: name === 'index' ? domain : `${text(TITLES[name])} – ${domain}`,
    navigation: [
      { href: base, text: text('home'), current: name === 'index' },
      { href: `${base}info.html`, text: text('info'), current: name === 'info' },
      { href: `${base}privacy.html`, text: text('privacy'), current: name === 'privacy' },
    ],
    translations: config.languages.map((other) => ({
      language: other,
      direction: directionOf(other),
      name: text('name', other),
      href: `/${other}/${file}`,
      current: other === language,
    })),
    translated: config.languages.length > 1,
  };
};

/** What all pages of a language have in common. */
const languageView = (config: Config, language: Language, texts: Texts): View => {
  const values = textValues(config, language);
  const filled = Object.entries(texts).map(
    ([name, text]) => [name, fillText(text, values)] as const,
  );
  return {
    language,
    direction: directionOf(language),
    text: Object.fromEntries(filled),
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
