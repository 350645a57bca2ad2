import { auditStoreContract } from './test/audit-store-contract';
import { memoryStore } from './test/memory-store';

auditStoreContract('the store in memory', memoryStore);
