/**
 * An address without the credentials in it, which are nobody's to read; `mark` stands in their place. Of one that cannot be read everything up to the last `@` goes: a password
 * may hold any character.
 */
export const withoutUser = (address: string, mark = ''): string => address.replace(URL.canParse(address) ? /\/\/[^/?#]*@/ : /\/\/[^]*@/, () => `//${mark}`);
