export interface KafkaPorts {
  readonly plain: number;
  readonly controller: number;
  readonly sasl: number;
  readonly saslTls: number;
}

export interface KafkaPropertiesOptions {
  readonly folder: string;
  readonly ports: KafkaPorts;
  readonly secured?: { readonly username: string; readonly password: string; readonly keyStore: string };
}

interface Listener {
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
}

/** server.properties of one small node that is broker and controller. */
export function kafkaProperties({ folder, ports, secured }: KafkaPropertiesOptions): string {
  const listeners: Listener[] = [{ name: 'PLAIN', protocol: 'PLAINTEXT', port: ports.plain }];
  if (secured) listeners.push({ name: 'SASL', protocol: 'SASL_PLAINTEXT', port: ports.sasl }, { name: 'SASLTLS', protocol: 'SASL_SSL', port: ports.saslTls });
  const controller: Listener = { name: 'CONTROLLER', protocol: 'PLAINTEXT', port: ports.controller };
  const address = ({ name, port }: Listener): string => `${name}://127.0.0.1:${port}`;

  const properties: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    'controller.listener.names': controller.name,
    'inter.broker.listener.name': 'PLAIN',
    listeners: [...listeners, controller].map(address).join(','),
    'advertised.listeners': listeners.map(address).join(','),
    'listener.security.protocol.map': [...listeners, controller].map(({ name, protocol }) => `${name}:${protocol}`).join(','),
    'log.dirs': folder,
    'num.partitions': 1,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'num.network.threads': 2,
    'num.io.threads': 2,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
  };
  if (secured) {
    for (const name of ['sasl', 'sasltls']) {
      properties[`listener.name.${name}.sasl.enabled.mechanisms`] = 'SCRAM-SHA-512,PLAIN';
      properties[`listener.name.${name}.scram-sha-512.sasl.jaas.config`] = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
      properties[`listener.name.${name}.plain.sasl.jaas.config`] =
        `org.apache.kafka.common.security.plain.PlainLoginModule required user_${secured.username}="${secured.password}";`;
    }
    properties['listener.name.sasltls.ssl.keystore.type'] = 'PEM';
    properties['listener.name.sasltls.ssl.keystore.location'] = secured.keyStore;
  }
  return Object.entries(properties).map(([name, value]) => `${name}=${value}\n`).join('');
}
