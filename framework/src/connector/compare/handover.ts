import { deferred, type Deferred } from '../../shared';

/** Pages go from one who reads to one who stores, one at a time: the next is read when it is asked for, so that what it says is newer than the question. */
export interface Handover<TPage> {
  /** Of the reader: resolves when somebody asks. Rejects with `abandon`. */
  asked(): Promise<void>;
  /** Of the reader: resolves when the page is stored, that is, when the next one is asked for, or nothing more is wanted. */
  give(page: TPage): Promise<void>;
  /** Of the reader: that was all, or this went wrong. */
  end(thrown?: unknown): void;
  /** Of whoever stores: the next page; undefined = that was all. Rejects with what went wrong. */
  take(): Promise<TPage | undefined>;
  /** Nobody asks any more. */
  abandon(reason: unknown): void;
}

export function createHandover<TPage>(): Handover<TPage> {
  let question = deferred<void>();
  let answer: Deferred<TPage | undefined> | undefined;
  let ended: { readonly thrown?: unknown } | undefined;
  question.promise.catch(() => undefined);
  return {
    asked: () => question.promise,
    async give(page) {
      const open = answer;
      question = deferred();
      question.promise.catch(() => undefined);
      answer = undefined;
      open!.resolve(page);
      await question.promise;
    },
    end(thrown) {
      ended = thrown === undefined ? {} : { thrown };
      if (thrown === undefined) answer?.resolve(undefined);
      else answer?.reject(thrown);
    },
    async take() {
      if (ended) {
        if ('thrown' in ended) throw ended.thrown;
        return undefined;
      }
      answer = deferred();
      question.resolve();
      return answer.promise;
    },
    abandon(reason) {
      question.reject(reason);
    },
  };
}
