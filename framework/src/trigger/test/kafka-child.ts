import { text } from 'node:stream/consumers';
import { recordedLog } from '../../testkit';
import { kafkaTrigger } from '../kafka';

interface Input {
  readonly organization: string;
  readonly credentials: { readonly username: string; readonly password: string; readonly brokers: readonly string[] };
}

/** A process of its own, because an authority of NODE_EXTRA_CA_CERTS is read only when a process starts. Says `ready`, then the id of the first request, and ends. */
async function main(): Promise<void> {
  const { organization, credentials } = JSON.parse(await text(process.stdin)) as Input;
  const trigger = kafkaTrigger({
    entries: [{ identifier: 'a', type: 'git' }],
    portal: { organization: () => Promise.resolve({ id: organization, featureFlags: [] }), kafkaCredentials: () => Promise.resolve(credentials) },
    local: false,
    settings: {},
    log: recordedLog(),
    request(request) {
      process.stdout.write(`${request.id}\n`);
      setImmediate(() => void trigger.stop());
      return Promise.resolve({ identifier: request.identifier, runId: 'r', status: 'running', joined: false });
    },
  });
  await trigger.start(new AbortController().signal);
  const timer = setInterval(() => {
    if (!trigger.ready().ok) return;
    clearInterval(timer);
    process.stdout.write('ready\n');
  }, 20);
}

void main();
