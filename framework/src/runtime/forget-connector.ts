import { ANCHORS, IN_TOPIC, KAFKA_LISTENER, METADATA_SOURCE, OUT_TOPIC } from '../connector';
import { encodeSegment } from '../shared';
import { pages, readState, type Documents, type Stored } from '../store';
import { MARKS } from './connectors';
import { TARGETS } from './known-targets';
import { ENTRY_PAUSED } from './pauses';
import { REST_TARGETS } from './rest-targets';

/** Forgets what is kept of an entry and its connector beside rows and runs: pause, targets, what was told and heard, the metadata sources that it made. */
export async function forgetConnector(documents: Documents, identifier: string): Promise<void> {
  for (const prefix of [MARKS, TARGETS, REST_TARGETS, ENTRY_PAUSED, ANCHORS]) await documents.remove('state', `${prefix}${identifier}`);
  const own = encodeSegment(identifier);
  for (const prefix of [`${OUT_TOPIC}${own}/`, `${IN_TOPIC}${own}/`, `${KAFKA_LISTENER}${own}/`]) {
    for await (const page of pages<Stored>(documents, 'state', { prefix })) for (const { _id } of page) await documents.remove('state', _id);
  }
  for await (const page of pages<Stored>(documents, 'state', { prefix: METADATA_SOURCE })) {
    for (const { _id } of page) if ((await readState<{ readonly madeBy?: string }>(documents, _id))?.madeBy === identifier) await documents.remove('state', _id);
  }
}
