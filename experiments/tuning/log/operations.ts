import type { Json } from './records.js';

/**
 * One operation of a study's log, in the vocabulary of Optuna's journal storage, field for field.
 *
 * A study is the result of its operations, replayed in order. Ids are implicit: a study's or trial's id is the number of
 * studies or trials before it in the log. States are 0 running, 1 complete, 2 pruned, 3 fail, 4 waiting; directions are
 * 1 minimize, 2 maximize; times are ISO 8601, local ones unless they have an offset; distributions are JSON within JSON.
 */
export type Operation = { readonly worker_id: string } & (
  | { readonly op_code: 0; readonly study_name: string; readonly directions: readonly number[] }
  | { readonly op_code: 1; readonly study_id: number }
  | { readonly op_code: 2; readonly study_id: number; readonly user_attr: Attributes }
  | { readonly op_code: 3; readonly study_id: number; readonly system_attr: Attributes }
  | ({ readonly op_code: 4; readonly study_id: number } & TrialTemplate)
  | {
      readonly op_code: 5;
      readonly trial_id: number;
      readonly param_name: string;
      readonly param_value_internal: number;
      readonly distribution: string;
    }
  | {
      readonly op_code: 6;
      readonly trial_id: number;
      readonly state: number;
      readonly values: readonly number[] | null;
      readonly datetime_start?: string | null;
      readonly datetime_complete?: string | null;
    }
  | {
      readonly op_code: 7;
      readonly trial_id: number;
      readonly step: number;
      readonly intermediate_value: number;
    }
  | { readonly op_code: 8; readonly trial_id: number; readonly user_attr: Attributes }
  | { readonly op_code: 9; readonly trial_id: number; readonly system_attr: Attributes }
);

export type Attributes = Readonly<Record<string, Json>>;

/** The initial state of a trial: running, without parameters and reports unless they are in it. */
export type TrialTemplate = {
  readonly datetime_start: string | null;
  readonly datetime_complete?: string | null;
  readonly state?: number;
  readonly value?: number | null;
  readonly values?: readonly number[] | null;
  readonly distributions?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, number>>;
  readonly user_attrs?: Attributes;
  readonly system_attrs?: Attributes;
  readonly intermediate_values?: Readonly<Record<string, number>>;
};
