export { containersText, counted, cut, distinct, listed, shortDigest } from '../../model/words.ts';
