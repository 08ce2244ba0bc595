export { canRun } from '../../model/platform-fit.ts';
