/**
 * Query words with which S3 names a sub-resource that is not served here. A request with one of them
 * is answered NotImplemented and changes nothing: without this table `DELETE /bucket?website`
 * would be DeleteBucket.
 */
export const NOT_SERVED: ReadonlySet<string> = new Set([
  'abac',
  'accelerate',
  'analytics',
  'annotation',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'logging',
  'metadataAnnotationTable',
  'metadataConfiguration',
  'metadataInventoryTable',
  'metadataJournalTable',
  'metadataTable',
  'metrics',
  'notification',
  'object-lock',
  'publicAccessBlockPolicy',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'session',
  'torrent',
  'website',
]);
