/** Hexadecimal size, `;chunk-signature=` and 64 digits need 98; unsigned chunks may have extensions. */
export const CHUNK_HEADER_SIZE_MAX = 256;

/** The smallest chunk that AWS takes, but for the last one. Smaller ones cost more than they carry. */
export const CHUNK_SIZE_MIN = 8192;

/** One trailing header; the longest that AWS knows, a checksum of SHA-512, has about 120 bytes. */
export const TRAILER_LINE_SIZE_MAX = 1024;

/** More than there are kinds of checksum. */
export const TRAILERS_MAX = 16;

/** Line ends after the last chunk or trailer that clients may or may not send. */
export const BODY_END_SIZE_MAX = 4;

/** All form fields before the file fit into 20 KB at AWS, so a policy cannot be longer. */
export const POST_POLICY_SIZE_MAX = 20_480;

/** As many as a policy of that size could hold if each were useful. */
export const POST_CONDITIONS_MAX = 500;
