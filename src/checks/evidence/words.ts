export { containersText, counted, cut, distinct, listed, shortDigest } from '../../model/text/words.ts';
