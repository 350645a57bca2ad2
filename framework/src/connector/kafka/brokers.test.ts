import { inspect } from 'node:util';
import { ConfigError, Secret, type KafkaBrokers } from '../../contract';
import { accessTo, brokersOf, type BrokersOf } from './brokers';

const sasl = (username: string): NonNullable<KafkaBrokers['sasl']> => ({ mechanism: 'PLAIN', username, password: new Secret('hunter2') });
const process = { brokers: ['process:9092'], ssl: true, sasl: sasl('process') };
const of = (given: Partial<BrokersOf>): ReturnType<typeof accessTo> => accessTo(brokersOf({ how: {}, endpoint: undefined, process: {}, ...given }));

describe('the brokers of a listener', () => {
  it("are those of the process, with its credentials; what the connector says comes before that", () => {
    expect(of({ process })).toEqual({ brokers: ['process:9092'], ssl: true, sasl: { mechanism: 'plain', username: 'process', password: 'hunter2' } });
    expect(of({ process, how: { ssl: false, sasl: sasl('own') } })).toEqual({ brokers: ['process:9092'], sasl: expect.objectContaining({ username: 'own' }) });
  });

  it("are those of the connector's endpoint where its protocol is kafka, without the credentials of the process", () => {
    expect(of({ process, endpoint: { address: 'kafka://a:1, b:2/', encryptionMethod: 'TLS' } })).toEqual({ brokers: ['a:1', 'b:2'], ssl: true });
    expect(of({ process, endpoint: { address: 'a:1', protocol: 'Kafka' }, how: { sasl: sasl('own') } })).toEqual({ brokers: ['a:1'], sasl: expect.objectContaining({ username: 'own' }) });
    expect(of({ process, endpoint: { address: 'https://crm.example', protocol: 'https' } }).brokers).toEqual(['process:9092']);
  });

  it('are those that the connector names before all others, likewise', () => {
    expect(of({ process, endpoint: { address: 'kafka://a:1' }, how: { brokers: ['[::1]:9092'] } })).toEqual({ brokers: ['[::1]:9092'] });
  });

  it.each<[string, Partial<BrokersOf>, string]>([
    ['nobody names them', {}, 'KAFKA_BROKERS'],
    ['the list is empty', { how: { brokers: [' '] } }, 'host:port'],
    ['one has no port', { how: { brokers: ['a:1', 'b'] } }, 'b is no broker'],
    ['the endpoint is none', { endpoint: { address: 'kafka://a:1/x', protocol: 'kafka' } }, 'host:port'],
    ['the mechanism is not known', { process, how: { sasl: { ...sasl('own'), mechanism: 'GSSAPI' as never } } }, 'SCRAM-SHA-512'],
    ['the password is a text', { process, how: { sasl: { ...sasl('own'), password: 'hunter2' as never } } }, 'secret: true'],
    ['one holds a user', { endpoint: { address: 'kafka://me:hunter2@a:1' } }, 'sasl'],
  ])('cannot be used when %s: ConfigError, without a secret', (_, given, words) => {
    const thrown = ((): unknown => {
      try {
        return of(given);
      } catch (err) {
        return err;
      }
    })();
    expect(thrown).toBeInstanceOf(ConfigError);
    expect((thrown as Error).message).toContain(words);
    expect(inspect(thrown, { depth: 9 }).replaceAll(__filename, '')).not.toContain('hunter2');
  });
});
