import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './envelope';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One call, read and authorized. */
export interface Call {
  /** Path parameters, decoded. */
  readonly at: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined for an empty body. */
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
  /** Whole User-Agent of the caller: the owner of what it writes. */
  readonly agent: string;
  /** Under which the caller reached us: `http://host:port`. */
  readonly origin: string;
}

export interface Route {
  readonly method: Method;
  /** Path below `/v1` with `:name` for a segment; `+name` is a segment in which a `+` stands for a blank. */
  readonly path: string;
  /** Answers without a token. */
  readonly open?: true;
  answer(call: Call): Answer | Promise<Answer>;
}

export interface Match {
  readonly route: Route;
  readonly at: Readonly<Record<string, string>>;
}

interface Compiled {
  readonly route: Route;
  readonly names: readonly { readonly name: string; readonly plus: boolean }[];
  readonly segments: number;
  readonly strict: RegExp;
  readonly loose: RegExp;
}

/**
 * Finds the route of a path. Parameters match one encoded segment; only when no route fits so may they span several,
 * because some clients send identifiers that contain `/` as they are.
 */
export function router(routes: readonly Route[]): (method: string, path: string) => Match | undefined {
  const strict = new Map<string, Compiled[]>();
  for (const route of routes) strict.set(route.method, [...(strict.get(route.method) ?? []), compile(route)]);
  // A loose parameter swallows the words after it, so the paths with most words are asked first.
  const loose = new Map([...strict].map(([method, known]) => [method, [...known].sort((a, b) => b.segments - a.segments)]));
  return (method, path) => {
    for (const [known, form] of [[strict, 'strict'], [loose, 'loose']] as const) {
      for (const compiled of known.get(method) ?? []) {
        const found = compiled[form].exec(path);
        if (found) return { route: compiled.route, at: parameters(compiled, found) };
      }
    }
    return undefined;
  };
}

function compile(route: Route): Compiled {
  const segments = route.path.split('/');
  const names: { name: string; plus: boolean }[] = [];
  const source = (pattern: string): string =>
    segments
      .map((segment) => (/^[:+]/.test(segment) ? pattern : segment))
      .join('/');
  for (const segment of segments) if (/^[:+]/.test(segment)) names.push({ name: segment.slice(1), plus: segment.startsWith('+') });
  return { route, names, segments: segments.length, strict: new RegExp(`^${source('([^/]+)')}$`), loose: new RegExp(`^${source('(.+)')}$`) };
}

function parameters(compiled: Compiled, found: RegExpExecArray): Record<string, string> {
  const at: Record<string, string> = {};
  compiled.names.forEach(({ name, plus }, index) => {
    const text = found[index + 1] ?? '';
    at[name] = decode(plus ? text.replace(/\+/g, ' ') : text);
  });
  return at;
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // not an encoding: taken as it stands, and refused by the pattern of identifiers
  }
}
