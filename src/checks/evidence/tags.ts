export { imageOf, isLatest, isMovingTag, isRelease, ownerOf } from '../../model/tags.ts';
