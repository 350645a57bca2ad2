import path from 'node:path';
import { conformance } from '@integration-framework/framework/testkit';
import github from '../src/index';
import { recorded } from './recorded';

conformance(github, {
  folder: path.join(__dirname, '..'),
  settings: () => ({}),
  deliveries: recorded,
  unfilled: ['repository.properties.description', 'pull-request.properties.merged'], // null in every recorded payload
});
