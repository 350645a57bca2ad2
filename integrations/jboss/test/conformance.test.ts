import path from 'node:path';
import { conformance, readExchanges } from '@integration-framework/framework/testkit';
import jboss from '../src/index';
import { deliveries } from './deliveries';

conformance(jboss, {
  folder: path.join(__dirname, '..'),
  exchanges: readExchanges(path.join(__dirname, '../fixtures')),
  settings: (url) => ({ wildFlyUrl: `${url}/management`, password: 'planted-password' }),
  deliveries,
});
