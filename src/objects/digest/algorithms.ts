/** Checksums that S3 stores and returns, under S3's names. */
export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;

export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** Everything that is computed over bytes as they stream in: the checksums, and MD5 for ETags. */
export type Algorithm = ChecksumAlgorithm | 'MD5';
