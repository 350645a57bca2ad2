import { randomBytes } from 'node:crypto';

const COUNTS = 0x1000;

/**
 * Makes ids in the form of a UUID version 7: 48 bits of time, a count within the millisecond, 62 random bits. They sort as text in the order in which they were made, also when
 * the clock goes back: a store pages by the id alone.
 */
export function createRecordIds(): (now: number) => string {
  let last = 0;
  let count = 0;
  return (now) => {
    if (now > last) [last, count] = [now, 0];
    else if (++count === COUNTS) [last, count] = [last + 1, 0];
    const time = Math.trunc(last).toString(16).padStart(12, '0').slice(-12);
    const random = randomBytes(8);
    random[0] = (random[0]! & 0x3f) | 0x80;
    const tail = random.toString('hex');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${count.toString(16).padStart(3, '0')}-${tail.slice(0, 4)}-${tail.slice(4)}`;
  };
}
