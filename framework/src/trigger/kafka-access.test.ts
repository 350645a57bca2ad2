import { Secret } from '../contract';
import { kafkaAccess, type AccessInput } from './kafka-access';

const credentials = { username: 'org_1', password: 'p', brokers: ['b1:9196', 'b2:9196'] };
const access = (input: Partial<AccessInput>): ReturnType<typeof kafkaAccess> => kafkaAccess({ credentials: undefined, settings: {}, local: false, ...input });

describe('the brokers of the trigger', () => {
  it("are the portal's, with its credentials over TLS", () => {
    expect(access({ credentials, settings: { brokers: ['file:9092'] }, kafkaBrokers: ['env:9092'] })).toEqual({
      brokers: ['b1:9196', 'b2:9196'],
      ssl: true,
      sasl: { mechanism: 'scram-sha-512', username: 'org_1', password: 'p' },
    });
  });

  it("are the file's when the portal names none, then the environment's; its credentials stay", () => {
    const { brokers: _, ...user } = credentials;
    expect(access({ credentials: user, settings: { brokers: ['file:9092'] }, kafkaBrokers: ['env:9092'] })).toMatchObject({ brokers: ['file:9092'], ssl: true, sasl: { username: 'org_1' } });
    expect(access({ credentials: { ...user, brokers: [] }, kafkaBrokers: ['env:9092'] }).brokers).toEqual(['env:9092']);
  });

  it('are on this machine as the last resort of the built-in portal, in plain text', () => {
    expect(access({ local: true })).toEqual({ brokers: ['localhost:9092'] });
    expect(access({ local: true, credentials, settings: {} })).toEqual({ brokers: credentials.brokers });
    expect(access({ local: true, kafkaBrokers: ['env:9092'] })).toEqual({ brokers: ['env:9092'] });
  });

  it('are secured as the file says', () => {
    const sasl = { mechanism: 'PLAIN', username: 'u', password: new Secret('s') };
    expect(access({ local: true, settings: { ssl: true, sasl } })).toEqual({ brokers: ['localhost:9092'], ssl: true, sasl: { mechanism: 'plain', username: 'u', password: 's' } });
    expect(access({ credentials, settings: { ssl: false } })).toMatchObject({ sasl: { username: 'org_1' } });
    expect(access({ credentials, settings: { ssl: false } })).not.toHaveProperty('ssl');
    expect(access({ credentials, settings: { sasl } })).toMatchObject({ ssl: true, sasl: { username: 'u' } });
  });

  it('may be written as a JSON array or a comma list', () => {
    expect(access({ kafkaBrokers: ['["a:1", "b:2"]'] }).brokers).toEqual(['a:1', 'b:2']);
    expect(access({ kafkaBrokers: [' a:1 , b:2,'] }).brokers).toEqual(['a:1', 'b:2']);
    expect(access({ kafkaBrokers: ['[::1]:9092'] }).brokers).toEqual(['[::1]:9092']);
  });

  it('cannot be missing, nor secured by what we do not know', () => {
    expect(() => access({})).toThrow(expect.objectContaining({ code: 'TRIGGER_FAILED', message: expect.stringContaining('KAFKA_BROKERS') }));
    expect(() => access({ local: true, settings: { sasl: { mechanism: 'GSSAPI', username: 'u', password: new Secret('hidden') } } })).toThrow(/GSSAPI/);
  });
});
