import { ContextClosed, Secret, ServiceNotDeclared, serviceNames, type LifecycleContext, type Service } from '../../contract';

export interface ContextGate {
  /** What the connector gets. */
  readonly context: object;
  readonly open: boolean;
  /** From now on every call is refused, and what is still under way is answered with a refusal. */
  close(): void;
}

/** What a connector gets: the members of its context and what the lifecycle adds, whose run is another one each time it is asked. */
export const contextOf = (members: object, lifecycle: LifecycleContext): object => Object.defineProperties({ ...members }, Object.getOwnPropertyDescriptors(lifecycle));

/** Answered when closed, too: a long loop asks it whether to go on. */
const ALWAYS: ReadonlySet<PropertyKey> = new Set(['isActive']);
/** Values that are handed out as they are. */
const isValue = (value: object): boolean => Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof AbortSignal || value instanceof Date || value instanceof Secret;

/**
 * A context in which every call, however deep, goes through one gate, so that whoever writes a capability cannot forget it.
 * Functions it gives back (disposers) stay callable: a connector may use them in `disconnect`.
 */
export function gateContext(context: object, of: { readonly name: string; readonly services: readonly Service[]; misused?(error: ContextClosed | ServiceNotDeclared): void }): ContextGate {
  let open = true;
  const pending = new Set<(err: ContextClosed) => void>();
  const undeclared: ReadonlySet<PropertyKey> = new Set(serviceNames.filter((service) => !of.services.includes(service)));

  const pass = (call: string): void => {
    if (!open) throw misuse(new ContextClosed(of.name, call));
  };
  function misuse(error: ContextClosed | ServiceNotDeclared): Error {
    of.misused?.(error);
    return error;
  }

  function gatePromise(promise: Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      pending.add(reject);
      promise.then(resolve, reject).finally(() => pending.delete(reject));
    });
  }

  function gateAnswer(answer: unknown, path: string): unknown {
    if (typeof answer !== 'object' || answer === null) return answer;
    if (answer instanceof Promise) return gatePromise(answer.then((value) => gateAnswer(value, path)));
    return Symbol.asyncIterator in answer ? gateIterable(answer as AsyncIterable<unknown>, path) : answer;
  }

  function gateIterable(iterable: AsyncIterable<unknown>, path: string): AsyncIterable<unknown> {
    return {
      [Symbol.asyncIterator]() {
        pass(path);
        const iterator = iterable[Symbol.asyncIterator]();
        return {
          async next() {
            pass(path);
            return (await gatePromise(iterator.next())) as IteratorResult<unknown>;
          },
          return: (value: unknown) => iterator.return?.(value) ?? Promise.resolve({ done: true, value }),
        };
      },
    };
  }

  function gateObject(object: object, path: string): object {
    const known = new Map<PropertyKey, { readonly value: unknown; readonly gated: unknown }>();
    const root = path === '';
    // Over an object of its own: a frozen context could not be answered for differently.
    return new Proxy(Object.create(null) as object, {
      get(_, key) {
        if (root && undeclared.has(key)) throw misuse(new ServiceNotDeclared(of.name, String(key)));
        const value: unknown = Reflect.get(object, key);
        const before = known.get(key);
        if (before && before.value === value) return before.gated;
        const gated = gateMember(object, value, root && ALWAYS.has(key) ? undefined : `${path}${String(key)}`);
        known.set(key, { value, gated });
        return gated;
      },
      has: (_, key) => !(root && undeclared.has(key)) && Reflect.has(object, key),
      set: () => false,
    });
  }

  function gateMember(object: object, value: unknown, path: string | undefined): unknown {
    if (typeof value === 'function') {
      return (...given: unknown[]): unknown => {
        if (path === undefined) return Reflect.apply(value, object, given);
        pass(path);
        return gateAnswer(Reflect.apply(value, object, given), path);
      };
    }
    return typeof value === 'object' && value !== null && !isValue(value) && path !== undefined ? gateObject(value, `${path}.`) : value;
  }

  return {
    context: gateObject(context, ''),
    get open() {
      return open;
    },
    close() {
      open = false;
      for (const refuse of pending) refuse(new ContextClosed(of.name, 'a call under way'));
      pending.clear();
    },
  };
}
