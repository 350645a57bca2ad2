import { inspect } from 'node:util';
import { ConfigError, Secret } from '@integration-framework/framework';
import { describeWith, type SlapdServer } from '../../../tools/servers';
import { LIMITED, READER, startCompany, SUFFIX } from './directory';
import { addressOf, stage, until } from './stage';

describeWith({ needs: ['slapd'] }, 'trouble with a directory', () => {
  let server: SlapdServer;
  beforeAll(async () => {
    server = await startCompany({ people: 1_200, tls: true });
  });
  afterAll(() => server.stop());

  /** Connections, as its own log has them since it was started last. */
  const open = (): number => {
    const log = server.log.slice(server.log.findLastIndex((line) => line.includes('slapd starting')));
    return log.filter((line) => / ACCEPT from /.test(line)).length - log.filter((line) => / fd=\d+ closed/.test(line)).length;
  };

  async function failure(address: string, given: Readonly<Record<string, unknown>> = {}): Promise<Error> {
    const connector = stage(address, given);
    const err = await connector.start().then(() => undefined, (thrown: Error) => thrown);
    await connector.disconnect();
    if (err === undefined) throw new Error('it started');
    expect(inspect(err, { depth: 9 }) + connector.log.lines.join('\n')).not.toMatch(/planted|wrong-secret/);
    return err;
  }

  test('a wrong password, a wrong name, an anonymous reader: a wrong configuration, told without a secret', async () => {
    const wrong = await failure(addressOf(server), { password: new Secret('wrong-secret') });
    expect(wrong).toBeInstanceOf(ConfigError);
    expect(wrong.message).toBe(`127.0.0.1:${server.port}: it answered invalidCredentials 49 to the sign-in of bindDn; check bindDn and password`);
    expect(await failure(addressOf(server), { bindDn: 'no name' })).toMatchObject({ name: 'ConfigError', message: expect.stringContaining('invalidDNSyntax 34') });
    expect(await failure(addressOf(server), { bindDn: undefined, password: undefined })).toMatchObject({ name: 'ConfigError', message: expect.stringContaining('an anonymous reader may read it') });
    expect(await failure(addressOf(server), { base: `ou=nowhere,${SUFFIX}` })).toMatchObject({ name: 'ConfigError', message: expect.stringContaining('shows no entry of the name in base') });
  });

  test('addresses that cannot be: a wrong configuration; a server that is not there: tried again', async () => {
    for (const address of ['127.0.0.1:389', 'http://127.0.0.1', `ldap://127.0.0.1/${SUFFIX}`, 'ldap://planted:planted@127.0.0.1']) expect(await failure(address)).toMatchObject({ name: 'ConfigError', message: expect.stringContaining('write ldap://<host>:389') });
    expect(await failure(`ldaps://localhost:${server.tlsPort}`, { startTls: true })).toMatchObject({ name: 'ConfigError' });
    expect(await failure('ldap://127.0.0.1:1')).toMatchObject({ code: 'SOURCE_UNREACHABLE', recovery: 'retry' });
  });

  test('TLS: from the first byte and by StartTLS; an authority that is not trusted is a wrong configuration', async () => {
    const caFile = server.ca!;
    for (const [address, given] of [[`ldaps://localhost:${server.tlsPort}`, { caFile }], [`ldap://localhost:${server.port}`, { caFile, startTls: true }]] as const) {
      const connector = stage(address, given);
      await connector.start();
      await connector.refresh();
      expect(connector.elements('actorProfile').size).toBeGreaterThan(1_200);
      expect(connector.log.lines.join('\n')).toContain('encrypted: true');
      expect(connector.log.lines.join('\n')).not.toContain('travels unencrypted');
      await connector.disconnect();
    }
    expect(server.log.filter((line) => line.includes('TLS established')).length).toBeGreaterThanOrEqual(4);
    for (const [address, startTls] of [[`ldaps://localhost:${server.tlsPort}`, false], [`ldap://localhost:${server.port}`, true]] as const) {
      expect(await failure(address, { startTls })).toMatchObject({ name: 'ConfigError', message: expect.stringMatching(/^the certificate of localhost:\d+ is not trusted .* caFile/) });
    }
    await until(() => open() === 0);
  });

  test('the server is killed in the middle of a comparison: nothing is removed; it comes back, and the next one is whole', async () => {
    const connector = stage(addressOf(server), { pageSize: 50 });
    await connector.start();
    await connector.refresh();
    const before = [...connector.elements('actorProfile').keys()].sort();
    const from = server.log.length;
    const broken = connector.refresh().then(() => undefined, (thrown: Error) => thrown);
    await until(() => server.log.slice(from).filter((line) => line.includes('SEARCH RESULT')).length > 30);
    await server.kill();
    expect(await broken).toMatchObject({ code: 'SOURCE_UNREACHABLE' });
    expect([...connector.elements('actorProfile').keys()].sort()).toEqual(before);
    await server.start();
    await connector.refresh();
    expect([...connector.elements('actorProfile').keys()].sort()).toEqual(before);
    await connector.disconnect();
  });

  test('disconnect leaves no connection, whatever is under way', async () => {
    await until(() => open() === 0);
    const connector = stage(addressOf(server), { pageSize: 10 });
    await connector.start();
    await connector.refresh();
    const refreshing = connector.refresh().catch((err: Error) => err.name);
    const engaging = connector.engage().catch((err: Error) => err.name);
    const from = server.log.length;
    await until(() => server.log.slice(from).some((line) => line.includes('nentries=10')));
    expect(open()).toBeGreaterThan(0);
    await connector.disconnect();
    expect(await Promise.all([refreshing, engaging])).toEqual(['AbortError', 'AbortError']);
    await until(() => open() === 0);
    // Half made: it connects, and is ended before it has signed in.
    const half = stage(addressOf(server));
    const starting = half.start().then(() => 'started', (err: Error) => err.name);
    await half.disconnect();
    expect(await starting).toBe('AbortError');
    await until(() => open() === 0);
  });

  test('no log line holds a name of a person or a secret', async () => {
    const connector = stage(addressOf(server), { bindDn: LIMITED.dn, password: new Secret(LIMITED.password) });
    await connector.start();
    const err = await connector.refresh().then(() => undefined, (thrown: Error) => thrown);
    await connector.disconnect();
    expect(`${connector.log.lines.join('\n')}${inspect(err)}`).not.toMatch(/planted|Ada|p1@|uid=/);
    expect(connector.log.lines.join('\n')).toContain('the password travels unencrypted');
    expect(READER.password).toContain('planted');
  });
});
