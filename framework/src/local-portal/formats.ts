import { isIPv4, isIPv6 } from 'node:net';
import { isObject } from '../shared';

/** What is wrong with a value; undefined when nothing is. */
export type Check = (value: unknown) => string | undefined;

const INSTANT = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|[+-]\d{2}(?::?\d{2})?)$/;
const URL_TEXT = /^[a-z][a-z0-9+.-]*:\/\/[^\s]+$/i;
const EMAIL = /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const WIDE_EMAIL = /^[^\s@]+@[^\s@]+$/u;

/** RFC 3339 with an offset, and a day that the calendar has. */
export function isInstant(text: string): boolean {
  const found = INSTANT.exec(text);
  if (!found) return false;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate() && hour < 24 && minute < 60 && second <= 60;
}

const text = (test: (value: string) => boolean, message: string): Check => (value) => (typeof value === 'string' && test(value) ? undefined : message);
const anyText: Check = text(() => true, 'must be a string');
const instant = text(isInstant, 'must be a date-time with an offset (RFC 3339)');
const url = text((value) => URL_TEXT.test(value) && URL.canParse(value), 'must be a URL');

/** The formats a property may have. `labeled-url` is one of objects, all others of strings. */
export const FORMATS: Readonly<Record<string, Check>> = {
  'date-time': instant,
  timer: instant,
  url,
  email: text((value) => EMAIL.test(value), 'must be an e-mail address'),
  'idn-email': text((value) => WIDE_EMAIL.test(value), 'must be an e-mail address'),
  ipv4: text(isIPv4, 'must be an IPv4 address'),
  ipv6: text(isIPv6, 'must be an IPv6 address'),
  markdown: anyText,
  yaml: anyText,
  user: anyText,
  team: anyText,
  blueprints: anyText,
  proto: anyText,
  'labeled-url': (value) => (isObject(value) && url(value['url']) === undefined ? undefined : 'must be an object with a URL as url'),
};
