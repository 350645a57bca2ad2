import { folderWith, startProcess, type RunningFramework } from './framework-process';
import { entitiesOf } from './observe';
import { portalEntities, type PortalEntity } from './portal-entities';
import { until } from './until';

/** What is looked at of the entities of a blueprint. */
export interface View {
  readonly blueprint: string;
  value(entity: Pick<PortalEntity, 'properties'>): unknown;
}

/** A whole process with one connector and the built-in portal, started as often as a test wants. */
export interface OneConnector {
  readonly running: RunningFramework;
  start(): Promise<RunningFramework>;
  /** Catalog and portal, at once. */
  sees(view: View): Promise<{ readonly catalog: readonly string[]; readonly portal: readonly string[] }>;
  /** Waits until catalog and portal both show exactly these values. */
  follows(what: string, view: View, wanted: readonly string[]): Promise<void>;
  /** Ends it; its folder stays for another start. */
  kill(): Promise<void>;
  end(): Promise<void>;
}

export function oneConnector(entry: object, environment: Readonly<Record<string, string>> = {}): OneConnector {
  const folder = folderWith({ port: { baseUrl: 'local' }, integrations: [entry] });
  let running: RunningFramework | undefined;
  const valuesOf = (entities: readonly Pick<PortalEntity, 'properties'>[], { value }: View): readonly string[] => entities.map((entity) => String(value(entity))).sort();
  const sees: OneConnector['sees'] = async (view) => ({
    catalog: valuesOf(await entitiesOf(running!, view.blueprint), view),
    portal: valuesOf(await portalEntities(running!, { folder, blueprint: view.blueprint }), view),
  });
  return {
    get running() {
      return running!;
    },
    start: async () => (running = await startProcess(folder, environment)),
    sees,
    async follows(what, view, wanted) {
      const text = [...wanted].sort().join(', ');
      await until(what, async () => {
        const { catalog, portal } = await sees(view);
        if (catalog.join(', ') === text && portal.join(', ') === text) return true;
        throw new Error(`wanted ${text}; the catalog has ${catalog.join(', ')}; the portal has ${portal.join(', ')}`);
      });
    },
    kill: async () => void (await running?.kill()),
    async end() {
      await running?.stop();
      folder.remove();
    },
  };
}
