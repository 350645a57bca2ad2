import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface CommitOptions {
  readonly name?: string;
  readonly email?: string;
  /** RFC 3339. */
  readonly at?: string;
}
export interface SandboxRepository {
  readonly folder: string;
  git(...args: readonly string[]): string;
  /** An empty commit; gives its sha. */
  commit(message: string, options?: CommitOptions): string;
}
export interface Sandbox {
  readonly folder: string;
  repository(name: string, ...init: readonly string[]): SandboxRepository;
  remove(): void;
}

/** Nothing of this machine's git configuration may reach a test. */
const environment = (folder: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: folder,
  GIT_CONFIG_NOSYSTEM: '1',
  LC_ALL: 'C.UTF-8',
});

/** Real repositories in a temporary folder. */
export function sandbox(): Sandbox {
  const folder = mkdtempSync(path.join(tmpdir(), 'git-integration-'));
  const run = (cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string =>
    execFileSync('git', args, { cwd, env: { ...environment(folder), ...env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trimEnd();
  return {
    folder,
    repository(name, ...init) {
      const at = path.join(folder, name);
      mkdirSync(at, { recursive: true });
      run(at, ['init', '--quiet', '--initial-branch=main', ...init]);
      return {
        folder: at,
        git: (...args) => run(at, args),
        commit(message, options = {}) {
          const file = path.join(folder, 'message');
          writeFileSync(file, message);
          const date = options.at ?? '2026-01-01T12:00:00Z';
          const author = options.name ?? 'Ann Author';
          const email = options.email ?? 'ann@example.com';
          const env = { GIT_AUTHOR_NAME: author, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date, GIT_COMMITTER_NAME: author, GIT_COMMITTER_EMAIL: email, GIT_COMMITTER_DATE: date };
          run(at, ['commit', '--quiet', '--allow-empty', '--allow-empty-message', '--cleanup=verbatim', '-F', file], env);
          return run(at, ['rev-parse', 'HEAD']);
        },
      };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
