import { atMost } from '../../model/text/at-most.ts';
import { mapStrings } from '../../model/values/map-strings.ts';

/** Longer text of an object is never compared and never read by anyone; an Event may have a megabyte of it. */
const longestText = 4096;

/** An object of the cluster with every text cut to 4,096 characters; itself if none is longer. */
export function shortened<T>(object: T): T {
  return mapStrings(object, (text) => atMost(text, longestText));
}
