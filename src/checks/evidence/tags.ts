export { imageOf, isLatest, isMovingTag, isRelease, ownerOf } from '../../model/image/tags.ts';
