/** For tests of integrations: the conformance suite, fakes of time, log and source. */
export { conformance, type ConformanceOptions } from './conformance';
export { testContext, type TestContext } from './context';
export { fakeClock, type FakeClock } from './fake-clock';
export { readExchanges } from './read-exchanges';
export { allRows, kindOf, planKind, readPages, readPartition, readRows, stored, type ReadOptions, type ReadPage } from './read-kind';
export { recordedLog, type RecordedLog } from './recorded-log';
export { serveRecorded, type Exchange, type Fault, type ReceivedRequest, type RecordedServer } from './serve-recorded';
export { stageConnector, type StageConnectorOptions, type StagedConnector } from './stage-connector';
export { testHttp, type TestHttp } from './test-http';
