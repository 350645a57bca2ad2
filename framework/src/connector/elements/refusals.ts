import { DirectionNotPermitted, ElementRefused, NotHome } from '../../contract';
import type { Writer } from './element-entry';
import type { Writing } from './write';

/** What a connector wanted of an element, and why it may not. */
export interface Refusal {
  readonly blueprint: string;
  /** '': of many. */
  readonly identifier: string;
  readonly error: Error;
}

const isRefusal = (thrown: unknown): thrown is Error => thrown instanceof NotHome || thrown instanceof ElementRefused || thrown instanceof DirectionNotPermitted;

/** The same writing; each refusal is told, also those that only stand in a result. */
export function withRefusals(writing: Writing, refused: (writer: Writer, refusal: Refusal) => void): Writing {
  async function told<T>(writer: Writer, at: Omit<Refusal, 'error'>, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (err) {
      if (isRefusal(err)) refused(writer, { ...at, error: err });
      throw err;
    }
  }
  return {
    ...writing,
    async upsert(writer, blueprint, elements) {
      const results = await told(writer, { blueprint, identifier: '' }, () => writing.upsert(writer, blueprint, elements));
      for (const { identifier, error } of results) if (error) refused(writer, { blueprint, identifier, error });
      return results;
    },
    async admit(writer, blueprint, elements) {
      const admitted = await told(writer, { blueprint, identifier: '' }, () => writing.admit(writer, blueprint, elements));
      for (const { identifier, error } of admitted.refused) refused(writer, { blueprint, identifier, error });
      return admitted;
    },
    revise: (writer, ref, change) => told(writer, ref, () => writing.revise(writer, ref, change)),
    remove: (writer, ref, how) => told(writer, ref, () => writing.remove(writer, ref, how)),
    keep: (writer, ref, change) => told(writer, ref, () => writing.keep(writer, ref, change)),
    note: (writer, ref, change) => told(writer, ref, () => writing.note(writer, ref, change)),
  };
}
