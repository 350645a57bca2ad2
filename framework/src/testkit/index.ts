/** For tests of integrations: the conformance suite, fakes of time, log and source. */
export * from './context';
export * from './fake-clock';
export * from './read-kind';
export * from './recorded-log';
