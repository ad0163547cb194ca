import { readFileSync } from 'node:fs';
import Handlebars from 'handlebars';

export type ViewValue = string | number | boolean | View | readonly (string | View)[];

/** What a template may name. No undefined: an unset option is `false` or has a default. */
export interface View {
  readonly [key: string]: ViewValue;
}

/** The package's templates/, the same distance from src/relay/ and dist/relay/. */
export const TEMPLATES = new URL('../../templates/', import.meta.url);

/**
 * Renders a file of templates/, named by its path there: `postfix/main.cf.hbs`. Nothing is escaped.
 * A name that the view does not have is an error wherever it stands, inside `#if` and `#each` too;
 * so is a helper other than Handlebars' own.
 */
export const renderTemplate = (name: string, view: View): string =>
  renderText(name, readFileSync(new URL(name, TEMPLATES), 'utf8'), view);

/** {@link renderTemplate} for a template at hand; `name` is for messages. */
export const renderText = (name: string, template: string, view: View): string => {
  try {
    const render = COMPILED.get(template) ?? compile(template);
    COMPILED.set(template, render);
    return render(guardView(view));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`templates/${name}: ${reason}`, { cause });
  }
};

/** By their text: the web pages use the same ones again and again. */
const COMPILED = new Map<string, HandlebarsTemplateDelegate>();

const compile = (template: string): HandlebarsTemplateDelegate =>
  Handlebars.compile(template, { noEscape: true, strict: true, knownHelpersOnly: true });

const guard = (value: ViewValue): unknown => {
  // Handlebars compares an item of #each with the view around it by `!=`, which asks the view for a
  // primitive value when the item is one.
  if (isList(value))
    return value.map((item) => (typeof item === 'string' ? Object(item) : guardView(item)));
  return typeof value === 'object' ? guardView(value) : value;
};

/** Handlebars' strict mode does not cover the arguments of `#if` and `#each`: the view does. */
const guardView = (view: View): object => {
  const entries = Object.entries(view).map(([key, value]) => [key, guard(value)] as const);
  return new Proxy(Object.fromEntries(entries), {
    get: (target, key) => {
      if (typeof key === 'symbol') return undefined;
      if (Object.hasOwn(target, key)) return target[key];
      throw new Error(`the view has no ${JSON.stringify(key)}`);
    },
  });
};

const isList = (value: ViewValue): value is readonly (string | View)[] => Array.isArray(value);
