/** The first words of the relay's services, TLS among them. */
import { ImapClient } from './imap.ts';
import type { Network, ServedCertificate } from './network.ts';
import { SmtpClient } from './smtp.ts';
import { askHttp, lookAtHttps } from './web.ts';

/** On which TLS begins at once or, where the protocol asks for it, by STARTTLS. */
export const TLS_PORTS = [25, 465, 587, 143, 993, 443] as const;
export type TlsPort = (typeof TLS_PORTS)[number];

/** @throws Error that says in words what did not go as it should */
export const greet = async (network: Network, port: TlsPort): Promise<ServedCertificate> => {
  switch (port) {
    case 443:
      return lookAtHttps(network);
    case 143:
    case 993: {
      const client = await ImapClient.open(network, port);
      await client.logout();
      return client.certificate;
    }
    default: {
      const client = await SmtpClient.open(network, port);
      client.quit();
      return client.certificate;
    }
  }
};

/** Any answer in HTTP on port 80 will do. */
export const greetHttp = async (network: Network): Promise<void> => {
  await askHttp(network, '/');
};
