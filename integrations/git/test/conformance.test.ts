import path from 'node:path';
import { conformance } from '@integration-framework/framework/testkit';
import git from '../src/index';
import { sandbox } from './sandbox';

const box = sandbox();

conformance(git, {
  folder: path.join(__dirname, '..'),
  settings() {
    const shop = box.repository('my shop');
    shop.git('config', 'remote.origin.url', 'https://example.com/shop.git');
    shop.commit('first\n\nWith a body.', { email: '1+robot[bot]@users.example.com' });
    shop.commit('');
    shop.git('-c', 'user.name=Tess', '-c', 'user.email=tess@example.com', 'tag', '-a', 'v1', '-m', 'one');
    shop.git('branch', 'feature/#1');
    shop.git('config', 'branch.feature/#1.remote', '.');
    shop.git('config', 'branch.feature/#1.merge', 'refs/heads/main');
    const api = box.repository('api.git', '--bare');
    return { path: [shop.folder, api.folder], maxCommits: 10 };
  },
  cleanUp: () => box.remove(),
});
