export { createHttp, type HttpOptions } from './http';
