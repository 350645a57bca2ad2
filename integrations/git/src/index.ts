import { defineIntegration } from '@integration-framework/framework';
import { check } from './check';
import { branch } from './kinds/branch';
import { commit } from './kinds/commit';
import { contributor } from './kinds/contributor';
import { repository } from './kinds/repository';
import { tag } from './kinds/tag';
import { problemsOf } from './repositories';
import { settings } from './settings';

export default defineIntegration({
  type: 'git',
  version: '0.1.0',
  title: 'Git',
  description: 'Repositories on this machine: branches, tags, the newest commits and who wrote them. Needs `git` 2.25 or later on the PATH.',
  settings,
  validate: (given) => problemsOf(given.path),
  kinds: [repository, branch, tag, contributor, commit],
  check,
});
