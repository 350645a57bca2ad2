import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TestCertificates {
  /** PEM of the authority that clients are to trust. */
  readonly ca: string;
  /** File with the server's key and chain in PEM. */
  readonly keyStore: string;
  /** Files with the authority, the server's certificate and its key, each in PEM. */
  readonly files: { readonly ca: string; readonly certificate: string; readonly key: string };
}

/** A certificate authority of one test, and a certificate of it for `localhost` and 127.0.0.1, made by openssl in the folder. */
export async function makeCertificates(folder: string): Promise<TestCertificates> {
  const file = (name: string): string => path.join(folder, name);
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args);
  await writeFile(file('san'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
  await openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=Test authority', '-keyout', file('ca.key'), '-out', file('ca.pem'));
  await openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-keyout', file('server.key'), '-out', file('server.csr'));
  await openssl('x509', '-req', '-days', '2', '-in', file('server.csr'), '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-extfile', file('san'), '-out', file('server.pem'));
  const [ca, key, certificate] = await Promise.all(['ca.pem', 'server.key', 'server.pem'].map((name) => readFile(file(name), 'utf8')));
  await writeFile(file('keystore.pem'), `${key}${certificate}${ca}`, { mode: 0o600 });
  return { ca: ca!, keyStore: file('keystore.pem'), files: { ca: file('ca.pem'), certificate: file('server.pem'), key: file('server.key') } };
}
