import type { GithubApi } from '../../../integrations/github/test/github-api';
import type { Random } from '../model/random';

type Row = Readonly<Record<string, unknown>>;

/** A repository, and what hangs on it, as GitHub lists it. */
export interface ListedRepository {
  readonly row: Row;
  readonly issues: readonly Row[];
  /** Closed ones too. */
  readonly pulls: readonly Row[];
  readonly releases: readonly Row[];
}
export type Listing = readonly ListedRepository[];

export const ORGANIZATION = 'acme';

/** What GitHub lists now, over all its pages. */
export async function listGithub(api: GithubApi): Promise<Listing> {
  const repositories = await api.list('/user/repos?per_page=100');
  return Promise.all(
    repositories.map(async (row) => {
      const at = `/repos/${String(row['full_name'])}`;
      const [issues = [], pulls = [], releases = []] = await Promise.all([`${at}/issues?state=all&per_page=100`, `${at}/pulls?state=all&per_page=100`, `${at}/releases?per_page=100`].map((path) => api.list(path)));
      return { row, issues: issues.filter((issue) => issue['pull_request'] === undefined), pulls, releases };
    }),
  );
}

export interface Change {
  readonly what: string;
  make(): Promise<unknown>;
  /** Goes with all that hangs on it. */
  readonly deletes?: ListedRepository;
  /** Gets another name, and with it all that hangs on it. */
  readonly renames?: ListedRepository;
  /** A pull request that is not open any more. */
  readonly closes?: Thing;
}

/** Few, so that a name is soon given to another repository. */
const NAMES = ['shop', 'cart', 'docs', 'pay', 'mail', 'news'];
const FEWEST_REPOSITORIES = 3;
const LABELS = ['bug', 'idea', 'later'];
const MOST = { issues: 7, pulls: 4, releases: 3 };

/** An issue or a pull request. */
export interface Thing {
  readonly of: ListedRepository;
  readonly row: Row;
}

const nameOf = (repository: ListedRepository): string => String(repository.row['full_name']);
const pathOf = (repository: ListedRepository): string => `/repos/${nameOf(repository)}`;
const numberOf = ({ row }: Thing): string => String(row['number']);
const isOpen = ({ row }: Thing): boolean => row['state'] === 'open';
const isClosed = ({ row }: Thing): boolean => row['state'] === 'closed' && (row['merged_at'] ?? null) === null;
const labelsOf = ({ row }: Thing): readonly unknown[] => (row['labels'] as readonly Row[]).map(({ name }) => name);

/** Gives changes of a GitHub at random, each possible as it is listed now. */
export function randomChanges(api: GithubApi, random: Random): (listing: Listing) => Change {
  let made = 0;
  const text = (what: string): string => `${what} ${++made}`;

  /** A kind of change, as often as its weight says, on one of the candidates. */
  const kind = <T>(weight: number, among: (listing: Listing) => readonly T[], change: (one: T) => Change) => ({
    weight,
    plan(listing: Listing): Change | undefined {
      const candidates = among(listing);
      return candidates.length === 0 ? undefined : change(random.pick(candidates));
    },
  });

  const all = (listing: Listing): Listing => listing;
  const issues = (listing: Listing): readonly Thing[] => listing.flatMap((of) => of.issues.map((row) => ({ of, row })));
  const pulls = (listing: Listing): readonly Thing[] => listing.flatMap((of) => of.pulls.map((row) => ({ of, row })));
  const freeNames = (listing: Listing): readonly string[] => NAMES.filter((name) => !listing.some(({ row }) => row['name'] === name));
  const renamings = (listing: Listing): readonly { readonly of: ListedRepository; readonly name: string }[] => freeNames(listing).flatMap((name) => listing.map((of) => ({ of, name })));
  const withFew = (things: keyof typeof MOST) => (listing: Listing): Listing => listing.filter((one) => one[things].length < MOST[things]);

  async function create(name: string): Promise<void> {
    await api.send('POST', `/orgs/${ORGANIZATION}/repos`, { name, auto_init: true, description: text('About') });
    // Else `/user/repos` of the emulator leaves out what an organization owns.
    await api.send('PUT', `/repos/${ORGANIZATION}/${name}/collaborators/ada`, { permission: 'admin' });
  }

  const openIssue = (repository: ListedRepository): Promise<unknown> =>
    api.send('POST', `${pathOf(repository)}/issues`, { title: text('Issue'), ...(random.chance(0.3) && { labels: ['bug'], assignees: ['grace'] }) });

  async function openPull(repository: ListedRepository): Promise<void> {
    const [base] = await api.list(`${pathOf(repository)}/branches`);
    const head = text('feature').replace(' ', '-');
    await api.send('POST', `${pathOf(repository)}/git/refs`, { ref: `refs/heads/${head}`, sha: (base!['commit'] as Row)['sha'] });
    await api.send('POST', `${pathOf(repository)}/pulls`, { title: text('Merge'), head, base: String(repository.row['default_branch']) });
  }

  const patch = (thing: Thing, of: { readonly what: string; readonly path: 'issues' | 'pulls'; readonly body: object }): Change => ({
    what: `${of.what} ${nameOf(thing.of)}#${numberOf(thing)}`,
    make: () => api.send('PATCH', `${pathOf(thing.of)}/${of.path}/${numberOf(thing)}`, of.body),
  });
  const kinds = [
    kind(4, freeNames, (name) => ({ what: `create ${name}`, make: () => create(name) })),
    kind(3, all, (one) => ({ what: `describe ${nameOf(one)}`, make: () => api.send('PATCH', pathOf(one), { description: text('About') }) })),
    kind(1, all, (one) => ({ what: `hide or show ${nameOf(one)}`, make: () => api.send('PATCH', pathOf(one), { private: one.row['private'] !== true }) })),
    kind(3, renamings, ({ of, name }) => ({ what: `rename ${nameOf(of)} to ${name}`, make: () => api.send('PATCH', pathOf(of), { name }), renames: of })),
    kind(3, (listing) => (listing.length > FEWEST_REPOSITORIES ? listing : []), (one) => ({ what: `delete ${nameOf(one)}`, make: () => api.send('DELETE', pathOf(one)), deletes: one })),
    kind(8, withFew('issues'), (one) => ({ what: `open an issue in ${nameOf(one)}`, make: () => openIssue(one) })),
    kind(4, issues, (one) => patch(one, { what: 'edit', path: 'issues', body: { title: text('Edited') } })),
    kind(3, (listing) => issues(listing).filter(isOpen), (one) => patch(one, { what: 'close', path: 'issues', body: { state: 'closed', title: text('Closed') } })),
    kind(2, (listing) => issues(listing).filter(isClosed), (one) => patch(one, { what: 'reopen', path: 'issues', body: { state: 'open' } })),
    kind(2, issues, (one) => patch(one, { what: 'label', path: 'issues', body: { labels: [random.pick(LABELS.filter((label) => !labelsOf(one).includes(label)))] } })),
    kind(6, withFew('pulls'), (one) => ({ what: `open a pull request in ${nameOf(one)}`, make: () => openPull(one) })),
    kind(2, (listing) => pulls(listing).filter(isOpen), (one) => patch(one, { what: 'edit', path: 'pulls', body: { title: text('Edited') } })),
    kind(2, (listing) => pulls(listing).filter(isOpen), (one) => ({ ...patch(one, { what: 'close', path: 'pulls', body: { state: 'closed' } }), closes: one })),
    kind(2, (listing) => pulls(listing).filter(isClosed), (one) => patch(one, { what: 'reopen', path: 'pulls', body: { state: 'open' } })),
    kind(3, (listing) => pulls(listing).filter(isOpen), (one) => ({ what: `merge ${nameOf(one.of)}#${numberOf(one)}`, make: () => api.send('PUT', `${pathOf(one.of)}/pulls/${numberOf(one)}/merge`, {}), closes: one })),
    kind(3, withFew('releases'), (one) => ({ what: `publish a release of ${nameOf(one)}`, make: () => api.send('POST', `${pathOf(one)}/releases`, { tag_name: `v${++made}`, name: text('Release') }) })),
  ];
  const drawn = kinds.flatMap((one) => Array.from({ length: one.weight }, () => one));

  return (listing) => {
    for (;;) {
      const change = random.pick(drawn).plan(listing);
      if (change) return change;
    }
  };
}
