import type { Frame } from './frames.ts';
import { COMMAND, MilterProtocolError } from './protocol.ts';

/** What the mail server says, decoded. Text is Latin-1, so that every byte survives. */
export type MilterCommand =
  | {
      readonly kind: 'negotiate';
      readonly version: number;
      readonly actions: number;
      readonly steps: number;
    }
  | {
      readonly kind: 'macros';
      readonly stage: string;
      readonly values: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'mail' | 'rcpt'; readonly address: string }
  | { readonly kind: 'header'; readonly name: string; readonly value: string }
  | { readonly kind: 'body'; readonly chunk: Buffer }
  | { readonly kind: 'endOfHeaders' | 'endOfMessage' | 'abort' | 'quit' | 'quitNewConnection' }
  /** Steps that we asked to be left out but that are answered all the same. */
  | { readonly kind: 'ignored' };

/**
 * Reads a frame.
 * @throws MilterProtocolError on an unknown command or malformed data.
 */
export const parseCommand = ({ command, data }: Frame): MilterCommand => {
  switch (command) {
    case COMMAND.negotiate:
      return parseNegotiation(data);
    case COMMAND.macros:
      return parseMacros(data);
    case COMMAND.mail:
      return { kind: 'mail', address: envelopeAddress(data) };
    case COMMAND.rcpt:
      return { kind: 'rcpt', address: envelopeAddress(data) };
    case COMMAND.header:
      return parseHeader(data);
    case COMMAND.body:
      return { kind: 'body', chunk: data };
    case COMMAND.endOfHeaders:
      return { kind: 'endOfHeaders' };
    case COMMAND.endOfMessage:
      // Sendmail may send the last piece of the body along; Postfix sends none.
      if (data.length > 0) throw new MilterProtocolError('body data at the end of the message');
      return { kind: 'endOfMessage' };
    case COMMAND.abort:
      return { kind: 'abort' };
    case COMMAND.quit:
      return { kind: 'quit' };
    case COMMAND.quitNewConnection:
      return { kind: 'quitNewConnection' };
    case COMMAND.connect:
    case COMMAND.helo:
    case COMMAND.data:
    case COMMAND.unknown:
      return { kind: 'ignored' };
    default:
      throw new MilterProtocolError(`unknown command ${JSON.stringify(command)}`);
  }
};

const parseNegotiation = (data: Buffer): MilterCommand => {
  if (data.length < 12) throw new MilterProtocolError('short negotiation');
  return {
    kind: 'negotiate',
    version: data.readUInt32BE(0),
    actions: data.readUInt32BE(4),
    steps: data.readUInt32BE(8),
  };
};

/** NUL-terminated strings. */
const strings = (data: Buffer): string[] => {
  if (data.length === 0) return [];
  if (data[data.length - 1] !== 0) throw new MilterProtocolError('unterminated text');
  return data.toString('latin1', 0, data.length - 1).split('\0');
};

const parseMacros = (data: Buffer): MilterCommand => {
  if (data.length === 0) throw new MilterProtocolError('macros without a stage');
  const words = strings(data.subarray(1));
  if (words.length % 2 !== 0) throw new MilterProtocolError('macro without a value');
  const values = new Map<string, string>();
  for (let i = 0; i < words.length; i += 2) {
    // `i` and `{i}` are the same macro.
    values.set((words[i] ?? '').replace(/^\{(.*)\}$/, '$1'), words[i + 1] ?? '');
  }
  return { kind: 'macros', stage: String.fromCharCode(data[0] ?? 0), values };
};

/** `<user@domain>` without its brackets; the ESMTP parameters behind it are not used. */
const envelopeAddress = (data: Buffer): string => {
  const [path] = strings(data);
  if (path === undefined) throw new MilterProtocolError('envelope command without an address');
  return path.replace(/^<(.*)>$/, '$1');
};

const parseHeader = (data: Buffer): MilterCommand => {
  const [name, value, ...more] = strings(data);
  if (name === undefined || value === undefined || more.length > 0) {
    throw new MilterProtocolError('malformed header');
  }
  return { kind: 'header', name, value };
};
