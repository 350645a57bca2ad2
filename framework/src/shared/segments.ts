/** A segment of an `_id`: `%` and `/` percent-encoded, everything else as it is. */
export const encodeSegment = (text: string): string => (/[%/]/.test(text) ? text.replace(/[%/]/g, (c) => (c === '%' ? '%25' : '%2F')) : text);

export const decodeSegment = (text: string): string => text.replace(/%(25|2F)/gi, (_, code: string) => (code === '25' ? '%' : '/'));
