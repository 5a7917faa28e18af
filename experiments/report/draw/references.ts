import type { positionOn } from './axes.js';
import type { Layer } from './figure.js';
import { ink, size } from './theme.js';
import { isFinite, isText } from '../../../engine/core/options.js';
import type { PartKinds } from './parts.js';

/** A value to compare with: no difference, or the figure that a write-up states. */
export interface Reference {
  readonly value: number;
  readonly label: string;
}

/** The field of the data that the layers below read. */
const field = 'reference';

type Channel = ReturnType<typeof positionOn>;

const rule = { type: 'rule' as const, strokeDash: [4, 3], strokeWidth: 1.5, color: ink.axis };
const label = { type: 'text' as const, fontSize: size.label, color: ink.quiet };

/** A dashed line from top to bottom with its label above the plot; `at` is the channel of the x axis for a field. */
export function verticalReference(reference: Reference, at: (field: string) => Channel): Layer[] {
  const data = { values: [{ [field]: reference.value }] };
  const x = at(field);
  return [
    { data, mark: rule, encoding: { x } },
    {
      data,
      mark: { ...label, text: reference.label, baseline: 'bottom' },
      encoding: { x, y: { value: -5 } },
    },
  ];
}

/** Dashed lines across the plot with their labels to the right of it; `at` is the channel of the y axis for a field. */
export function horizontalReferences(
  references: readonly Reference[],
  at: (field: string) => Channel,
  width: number,
): Layer[] {
  return references.flatMap((reference): Layer[] => {
    const data = { values: [{ [field]: reference.value }] };
    const y = at(field);
    return [
      { data, mark: rule, encoding: { y } },
      {
        data,
        mark: { ...label, text: reference.label, align: 'left', baseline: 'middle' },
        encoding: { y, x: { value: width + 8 } },
      },
    ];
  });
}

export const referenceKinds: PartKinds<Reference> = {
  required: { value: isFinite, label: isText },
  optional: {},
};
