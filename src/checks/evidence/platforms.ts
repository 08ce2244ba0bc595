export { canRun } from '../../model/image/platform-fit.ts';
