/** What `openssl x509` printed, on one line. */
import type { CertificateFact, NamedCertificateFact } from './facts.ts';

export const parseCertificate = (text = ''): CertificateFact | undefined => {
  const fingerprint = /Fingerprint=([0-9A-F:]{95})(?: |$)/.exec(text)?.[1];
  const notBefore = date(text, 'notBefore');
  const notAfter = date(text, 'notAfter');
  if (fingerprint === undefined || notBefore === undefined || notAfter === undefined) return;
  return { fingerprint, notBefore, notAfter };
};

/** `notAfter=Nov 19 19:36:51 2036 GMT` */
const date = (text: string, name: string): number | undefined => {
  const pattern = new RegExp(`${name}=([A-Z][a-z]{2} +\\d{1,2} [\\d:]{8} \\d{4} GMT)`);
  const time = Date.parse(pattern.exec(text)?.[1] ?? '');
  return Number.isNaN(time) ? undefined : time;
};

export const parseNamedCertificate = (text = ''): NamedCertificateFact | undefined => {
  const certificate = parseCertificate(text);
  if (certificate === undefined) return undefined;
  const names = [...text.matchAll(/(?:DNS|IP Address):([0-9A-Za-z_.:*-]+)/g)];
  const [, subject, issuer] = /subject=(.*?) issuer=(.*?) (?:X509v3 |$)/.exec(text) ?? [];
  return {
    ...certificate,
    names: names.map(([, name = '']) => name),
    selfSigned: subject !== undefined && subject === issuer,
  };
};
