/** Hyper-parameters: what a rule may be tuned by, in natural units, and the range in which that makes sense. */
import { UsageError } from '../engine/core/errors.js';

export interface HyperParameter {
  readonly initial: number;
  /** `positive`: [0, infinity), searched and learned as a logarithm; `unit`: [0, 1), as a logit; `free`: any number. */
  readonly domain: 'positive' | 'unit' | 'free';
}

export const positive = (initial: number): HyperParameter => ({ initial, domain: 'positive' });
export const unit = (initial: number): HyperParameter => ({ initial, domain: 'unit' });
export const free = (initial: number): HyperParameter => ({ initial, domain: 'free' });

/** Throws unless a number lies in its hyper-parameter's domain. */
export function checkHyper(rule: string, name: string, { domain }: HyperParameter, value: number): void {
  const fits = {
    positive: value >= 0 && value < Infinity,
    unit: value >= 0 && value < 1,
    free: Number.isFinite(value),
  };
  if (fits[domain]) return;
  const range = { positive: 'at least 0 and finite', unit: 'at least 0 and below 1', free: 'finite' }[domain];
  throw new UsageError(`${rule}: ${name} = ${value} makes no sense; it must be ${range}.`);
}
