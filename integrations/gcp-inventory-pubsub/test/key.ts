import { generateKeyPairSync } from 'node:crypto';

const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });

export const publicKey = pair.publicKey;

/** Key of a service account that does not exist. */
export const credentialsJson = JSON.stringify({
  type: 'service_account',
  project_id: 'acme-shop',
  private_key_id: 'key-1',
  private_key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  client_email: 'catalog@acme-shop.iam.gserviceaccount.com',
});
