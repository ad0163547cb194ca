import jsQR from 'jsqr';
import { describe, expect, it } from 'vitest';
import { type Config, configSchema } from '../../src/config/schema.ts';
import { inviteCode } from '../../src/website/invite.ts';
import { qrSvg } from '../../src/website/qr.ts';

const PIXELS = 4;

/** Draws the rectangles of our SVG, as a browser would, and reads the picture with a decoder. */
const decode = (svg: string): string | undefined => {
  const size = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const width = size * PIXELS;
  const pixels = new Uint8ClampedArray(width * width * 4).fill(255);
  const dark = /<path d="([^"]*)"/.exec(svg)?.[1] ?? '';
  for (const [, x, y, length] of dark.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    for (let row = Number(y) * PIXELS; row < (Number(y) + 1) * PIXELS; row += 1) {
      const start = (row * width + Number(x) * PIXELS) * 4;
      for (let at = start; at < start + Number(length) * PIXELS * 4; at += 4)
        pixels.fill(0, at, at + 3);
    }
  }
  return jsQR.default(pixels, width, width)?.data;
};

const configOf = (domain: string): Config => configSchema.parse({ mail_domain: domain });

describe('the QR code of the invitation', () => {
  it.each([
    ['chat.example.org', 'DCACCOUNT:https://chat.example.org/new'],
    ['a'.repeat(60).concat('.example.org'), `DCACCOUNT:https://${'a'.repeat(60)}.example.org/new`],
    ['2001:db8::1', 'DCACCOUNT:https://[2001:db8::1]/new'],
  ])('of %s is read by a decoder', (domain, link) => {
    expect(decode(qrSvg(inviteCode(configOf(domain))))).toBe(link);
  });

  it('holds a login too', () => {
    const link = `dclogin:abcdefghjkmn@[IPv6:2001:db8::1]?p=${'x'.repeat(20)}&v=1&ih=2001%3Adb8%3A%3A1&ic=3`;
    expect(decode(qrSvg(link))).toBe(link);
  });
});
