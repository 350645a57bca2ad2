/** Why one document could not be read: the end of a sentence that begins with its address. */
export class Unread extends Error {
  constructor(
    reason: string,
    /** HTTP status, where there was one. */
    readonly status?: number,
  ) {
    super(reason);
    this.name = 'Unread';
  }
}
