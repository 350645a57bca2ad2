import { isUtf8 } from 'node:buffer';
import type { Json, KafkaMessage } from '../../contract';
import type { TopicMessage } from '../../kafka';

const bytesOf = (value: Buffer | string): Buffer => (typeof value === 'string' ? Buffer.from(value) : value);

/** As a connector gets it. */
export const messageOf = ({ topic, partition, offset, timestamp, key, value, headers = {} }: TopicMessage): KafkaMessage => ({
  topic,
  partition,
  offset,
  timestamp: Number(timestamp),
  key: key ?? undefined,
  value: value ?? undefined,
  headers: Object.fromEntries(Object.entries(headers).map(([name, given]) => [name, given === undefined ? [] : (Array.isArray(given) ? given : [given]).map(bytesOf)])),
});

/** As a dead letter keeps it: text where it is text, else base64. */
export const letterOf = ({ topic, partition, offset, timestamp, key, value, headers }: KafkaMessage): Json => ({
  topic,
  partition,
  offset,
  timestamp,
  ...(key && { key: shown(key) }),
  ...(value && { value: shown(value) }),
  headers: Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.map(shown)])),
});

const shown = (bytes: Buffer): Json => (isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString('base64') });
