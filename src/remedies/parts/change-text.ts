import type { TemplateEdit } from '../../model/change/operation.ts';
import { cut } from '../../model/text/words.ts';
import { imageChange } from './image-effects.ts';

/** One edit as people read it: `web: web:88a216e → web@sha256:9c0d…`. */
export function changeText(edit: TemplateEdit): string {
  switch (edit.field) {
    case 'image':
      return imageChange(edit.container.name, edit.from, edit.to);
    case 'imagePullPolicy':
      return `${edit.container.name}: pull policy ${edit.from ?? 'unset'} → ${edit.to ?? 'unset'}`;
    case 'imagePullSecrets':
      return `pull secret ${cut(edit.name, 120)}: ${edit.change === 'add' ? 'added' : 'taken out'}`;
    case 'restartedAt':
      return 'pods restart';
    default:
      return edit satisfies never;
  }
}
