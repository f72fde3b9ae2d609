/**
 * What defines each CRC of S3. All three are reflected, start from all ones and are inverted at the
 * end (the catalogue of parametrised CRC algorithms calls them CRC-32/ISO-HDLC, CRC-32/ISCSI and
 * CRC-64/NVME), so one engine and one way to combine serve them all.
 */
export interface CrcModel {
  /** Size of the value in bytes. */
  readonly size: 4 | 8;
  /** The generator polynomial P without its leading term; bit 0 is the highest power. */
  readonly polynomial: bigint;
  /**
   * Exponents of multiples of P with few terms, in descending order, found by search. Squaring a
   * polynomial over GF(2) only doubles its exponents, so the same list times 128 is a multiple of P
   * too: that is what lets the engine fold whole 16-byte vectors without any table. The first has
   * the fewest terms, which is what folding costs; the next, if any, leaves less unfolded.
   */
  readonly sparseMultiples: readonly (readonly number[])[];
}

export type CrcAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME';

export const CRC_MODELS: Readonly<Record<CrcAlgorithm, CrcModel>> = {
  CRC32: {
    size: 4,
    polynomial: 0xedb88320n,
    sparseMultiples: [
      [300, 155, 117, 89, 0],
      [42, 30, 26, 24, 21, 18, 13, 8, 7, 5, 3, 0],
    ],
  },
  CRC32C: {
    size: 4,
    polynomial: 0x82f63b78n,
    sparseMultiples: [
      [209, 144, 54, 39, 14, 0],
      [40, 38, 36, 35, 33, 30, 27, 20, 13, 7, 1, 0],
    ],
  },
  CRC64NVME: {
    size: 8,
    polynomial: 0x9a6c9329ac4bc9b5n,
    sparseMultiples: [[284, 266, 247, 245, 237, 226, 153, 118, 107, 94, 77, 52, 0]],
  },
};
