/**
 * The WebAssembly instructions that we emit, by their names in the text format. Numbers from 0xfc00 on stand for
 * the prefixes 0xfc (bulk memory), 0xfd (SIMD) and, from 0x1_fd00 on, for the 256 and more of relaxed SIMD.
 */
// prettier-ignore
export const opcodes = {
  'i32.eq': 0x46, 'i32.ne': 0x47, 'i32.gt_s': 0x4a, 'i32.gt_u': 0x4b, 'i32.ge_u': 0x4f, 'f32.gt': 0x5e, 'f32.eq': 0x5b, 'f64.eq': 0x61, 'f64.gt': 0x64, 'f64.le': 0x65,
  'i32.add': 0x6a, 'i32.sub': 0x6b, 'i32.mul': 0x6c, 'i32.and': 0x71, 'i32.or': 0x72,
  'i32x4.splat': 0xfd11,
  'i32x4.eq': 0xfd37, 'i32x4.ne': 0xfd38, 'i32x4.lt_s': 0xfd39,
  'f32x4.eq': 0xfd41, 'f32x4.ne': 0xfd42, 'f32x4.lt': 0xfd43,
  'f64x2.eq': 0xfd47, 'f64x2.ne': 0xfd48, 'f64x2.lt': 0xfd49,
  'v128.not': 0xfd4d, 'v128.and': 0xfd4e, 'v128.andnot': 0xfd4f, 'v128.or': 0xfd50, 'v128.xor': 0xfd51, 'v128.bitselect': 0xfd52, 'v128.any_true': 0xfd53,
  'f32x4.demote_f64x2_zero': 0xfd5e, 'f64x2.promote_low_f32x4': 0xfd5f,
  'f32x4.floor': 0xfd68, 'f64x2.floor': 0xfd75,
  'i32x4.neg': 0xfda1, 'i32x4.shl': 0xfdab, 'i32x4.shr_s': 0xfdac, 'i32x4.add': 0xfdae, 'i32x4.sub': 0xfdb1, 'i32x4.mul': 0xfdb5, 'i32x4.max_s': 0xfdb8, 'i32x4.max_u': 0xfdb9,
  'i64x2.shl': 0xfdcb, 'i64x2.shr_u': 0xfdcd, 'i64x2.add': 0xfdce, 'i64x2.sub': 0xfdd1,
  'f64x2.abs': 0xfdec, 'f64x2.sqrt': 0xfdef,
  'f32x4.abs': 0xfde0, 'f32x4.neg': 0xfde1, 'f32x4.sqrt': 0xfde3, 'f32x4.add': 0xfde4, 'f32x4.sub': 0xfde5, 'f32x4.mul': 0xfde6, 'f32x4.div': 0xfde7,
  'f32x4.pmin': 0xfdea, 'f32x4.pmax': 0xfdeb,
  'f64x2.add': 0xfdf0, 'f64x2.sub': 0xfdf1, 'f64x2.mul': 0xfdf2, 'f64x2.div': 0xfdf3, 'f64x2.pmin': 0xfdf6, 'f64x2.pmax': 0xfdf7,
  'i32x4.trunc_sat_f32x4_s': 0xfdf8, 'f32x4.convert_i32x4_s': 0xfdfa, 'i32x4.trunc_sat_f64x2_s_zero': 0xfdfc, 'f64x2.convert_low_i32x4_s': 0xfdfe,
  'f32x4.relaxed_madd': 0x1fd05, 'f64x2.relaxed_madd': 0x1fd07, 'i32x4.relaxed_laneselect': 0x1fd0b,
} as const;

export type Opcode = keyof typeof opcodes;

/** Instructions that read or write memory; each has an address, and an offset that is added to it. */
// prettier-ignore
export const memoryOpcodes = {
  'i32.load': 0x28, 'f32.load': 0x2a, 'f64.load': 0x2b, 'i32.store': 0x36,
  'v128.load': 0xfd00, 'v128.load32_splat': 0xfd09, 'v128.load64_splat': 0xfd0a, 'v128.store': 0xfd0b, 'v128.load32_zero': 0xfd5c, 'v128.load64_zero': 0xfd5d,
} as const;

export type MemoryOpcode = keyof typeof memoryOpcodes;

/** Instructions with the number of a lane; those of memory have an address and an offset too. */
// prettier-ignore
export const laneOpcodes = {
  'i32x4.extract_lane': 0xfd1b, 'f32x4.extract_lane': 0xfd1f, 'f32x4.replace_lane': 0xfd20, 'f64x2.extract_lane': 0xfd21, 'f64x2.replace_lane': 0xfd22,
} as const;

export type LaneOpcode = keyof typeof laneOpcodes;

// prettier-ignore
export const memoryLaneOpcodes = {
  'v128.load32_lane': 0xfd56, 'v128.load64_lane': 0xfd57, 'v128.store32_lane': 0xfd5a, 'v128.store64_lane': 0xfd5b,
} as const;

export type MemoryLaneOpcode = keyof typeof memoryLaneOpcodes;
