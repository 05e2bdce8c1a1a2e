/** Every role that terraform/ may grant, and to whom and why. What is not here is not granted. */
export const allowedRoles: Readonly<Record<string, string>> = {
  "roles/artifactregistry.writer": "the build, on its repository",
  "roles/bigquery.dataEditor": "a function, on each dataset that it writes",
  "roles/bigquery.dataViewer": "people, on marts, restricted and ops",
  "roles/bigquery.jobUser": "whoever queries; it gives no data",
  "roles/bigquerydatapolicy.maskedReader": "people, on the policy that masks",
  "roles/cloudkms.cryptoKeyEncrypterDecrypter": "Google's agents of the encrypted services, on the key",
  "roles/datacatalog.categoryFineGrainedReader": "functions that build, and chosen people, on the policy tag",
  "roles/iam.serviceAccountTokenCreator": "Pub/Sub's agent, on the identities that it delivers as",
  "roles/logging.logWriter": "the build",
  "roles/pubsub.publisher": "functions, operators and Google's agents, on single topics",
  "roles/pubsub.subscriber": "Pub/Sub's agent on what it sets aside, operators on the dead letters",
  "roles/run.invoker": "the identity of a function's deliveries, on that function",
  "roles/secretmanager.secretAccessor": "extract, on single secrets",
  "roles/storage.legacyBucketReader": "load, on landing: a load job asks for the bucket",
  "roles/storage.objectUser": "functions and operators, on control, which has no student data",
  "roles/storage.objectViewer": "load on landing; extract and reconcile on its manifests; the build on its sources",
};
