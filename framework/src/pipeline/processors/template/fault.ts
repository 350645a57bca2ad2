export type TemplateCode = 'TEMPLATE_SYNTAX' | 'TEMPLATE_PATH' | 'TEMPLATE_FUNCTION';

/** A placeholder that cannot be read. Thrown and caught inside this folder only. */
export class TemplateFault extends Error {
  readonly code: TemplateCode;

  constructor(code: TemplateCode, message: string) {
    super(message);
    this.name = 'TemplateFault';
    this.code = code;
  }
}

/** A place in the text of a placeholder. */
export interface Cursor {
  readonly text: string;
  at: number;
}

export const syntaxFault = (message: string): TemplateFault => new TemplateFault('TEMPLATE_SYNTAX', message);
export const pathFault = (message: string): TemplateFault => new TemplateFault('TEMPLATE_PATH', message);

export function skipSpace(cursor: Cursor): void {
  while (/\s/.test(cursor.text[cursor.at] ?? '')) cursor.at++;
}

/** Passes over `token` if it stands here. */
export function take(cursor: Cursor, token: string): boolean {
  if (!cursor.text.startsWith(token, cursor.at)) return false;
  cursor.at += token.length;
  return true;
}

/** What stands here, for messages. */
export const found = (cursor: Cursor): string => (cursor.at < cursor.text.length ? `'${cursor.text[cursor.at]!}'` : 'the end');
