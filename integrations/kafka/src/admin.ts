import type { Context, Log } from '@integration-framework/framework';
import { Kafka, logLevel, type Admin, type KafkaConfig, type SASLOptions } from 'kafkajs';
import { failureOf } from './failure';
import { brokersOf, type KafkaSettings } from './settings';
import { createSockets, type Sockets } from './sockets';

// A broker that takes longer than this for an answer about metadata is not well. Three tries outlast the election of a leader.
const CONNECT_MS = 5_000;
const REQUEST_MS = 30_000;
const RETRY = { retries: 3, initialRetryTime: 300, maxRetryTime: 5_000 };
const DISCONNECT_MS = 5_000;

function saslOf(settings: KafkaSettings): SASLOptions | undefined {
  const { sasl_mechanism: mechanism, sasl_username: username, sasl_password: password } = settings;
  if (!settings.security_protocol.startsWith('SASL_') || mechanism === undefined || username === undefined || password === undefined) return undefined;
  return { mechanism: mechanism.toLowerCase() as 'plain' | 'scram-sha-256' | 'scram-sha-512', username, password: password.reveal() };
}

function configOf(settings: KafkaSettings, log: Log, sockets: Sockets): KafkaConfig {
  const sasl = saslOf(settings);
  return {
    clientId: 'integration-framework',
    brokers: [...brokersOf(settings)],
    ssl: settings.security_protocol.endsWith('SSL'),
    ...(sasl && { sasl }),
    socketFactory: sockets.open,
    connectionTimeout: CONNECT_MS,
    authenticationTimeout: CONNECT_MS,
    requestTimeout: REQUEST_MS,
    enforceRequestTimeout: true,
    retry: RETRY,
    logLevel: logLevel.WARN,
    // Whatever the client retries, the result of the scan says; its own words are for those who look closer.
    logCreator: () => (entry) => log.debug(`kafkajs: ${entry.log.message}`),
  };
}

const within = (ms: number, work: Promise<unknown>): Promise<unknown> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return Promise.race([work.catch(() => undefined), limit]).finally(() => clearTimeout(timer));
};

/** Rejects when the signal aborts: the client itself cannot be interrupted. */
function aborted(signal: AbortSignal): { readonly promise: Promise<never>; stop(): void } {
  let onAbort = (): void => undefined;
  const promise = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  return { promise, stop: () => signal.removeEventListener('abort', onAbort) };
}

/** What a connection needs to know: of the settings, where and as whom. */
export type Access = Pick<Context<KafkaSettings>, 'settings' | 'log' | 'signal'>;

/**
 * Connects, works and disconnects, whatever happens: no connection is held while nobody reads. Throws SOURCE_REFUSED, SOURCE_UNREACHABLE, or a SourceError
 * with what the cluster said; the reason of the signal when it aborts.
 */
export async function withAdmin<T>(context: Access, work: (admin: Admin) => Promise<T>): Promise<T> {
  context.signal.throwIfAborted();
  const sockets = createSockets();
  const admin = new Kafka(configOf(context.settings, context.log, sockets)).admin();
  const abort = aborted(context.signal);
  const result = (async () => {
    await admin.connect();
    return work(admin);
  })();
  try {
    return await Promise.race([result, abort.promise]);
  } catch (err) {
    context.signal.throwIfAborted();
    throw failureOf(err, context.settings);
  } finally {
    abort.stop();
    if (context.signal.aborted) {
      // Without connections the client gives up within its retries; nothing of it is left when the scan ends.
      sockets.close();
      await within(DISCONNECT_MS, result);
    } else {
      await within(DISCONNECT_MS, admin.disconnect());
      sockets.close();
    }
  }
}

export const clusterName = (context: Context<KafkaSettings>): string => context.settings.cluster_name ?? context.identifier;
