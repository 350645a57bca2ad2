import type { Settings } from '../config';
import { Secret, type Log } from '../contract';
import { createLocalPortal, type LocalPortal } from '../local-portal';
import { connectPortal, type Portal } from '../portal';
import type { Clock } from '../shared';
import { createKafkaPublisher } from './kafka-publisher';

export interface OpenPortal {
  /** The built-in portal, when that is the one. */
  readonly localPortal: LocalPortal | undefined;
  /** The client; `ownUrl` is where this process listens. */
  connect(ownUrl: string, onRequest: (status: number | 'network') => void): Portal;
  close(): Promise<void>;
}

/** The portal of the settings; undefined without `port`. The built-in one is used through HTTP, like any other. */
export function openPortal(settings: Settings, with_: { readonly clock: Clock; readonly log: Log }): OpenPortal | undefined {
  const { port } = settings;
  if (!port) return undefined;
  const { clientId, clientSecret } = port;
  const brokers = settings.trigger.brokers ?? settings.process.kafkaBrokers;
  const publisher = port.local && brokers ? createKafkaPublisher(brokers, with_.log) : undefined;
  const localPortal = port.local
    ? createLocalPortal({
        folder: settings.process.dataDir,
        ...with_,
        ...(clientId && clientSecret && { credentials: { clientId: clientId.reveal(), clientSecret: clientSecret.reveal() } }),
        ...(publisher && { publish: (topic: string, message: string) => publisher.publish(topic, message) }),
      })
    : undefined;
  let portal: Portal | undefined;
  return {
    localPortal,
    connect(ownUrl, onRequest) {
      const credentials = localPortal ? { clientId: new Secret(localPortal.credentials.clientId), clientSecret: localPortal.credentials.clientSecret } : { clientId: clientId!, clientSecret: clientSecret! };
      return (portal = connectPortal({ baseUrl: localPortal ? ownUrl : port.baseUrl, ...credentials, product: port.product, ...with_, onRequest }));
    },
    async close() {
      portal?.close();
      await publisher?.close();
      localPortal?.close();
    },
  };
}
