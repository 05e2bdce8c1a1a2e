import { type FunctionRules, renamed } from "./rule.ts";

/** Hashes and encodings. FARM_FINGERPRINT and SHA512 are missing, since DuckDB has neither. */
export const hashFunctions: FunctionRules = {
  MD5: renamed("bq_md5", [1, 1], "BYTES"),
  SHA1: renamed("bq_sha1", [1, 1], "BYTES"),
  SHA256: renamed("bq_sha256", [1, 1], "BYTES"),
  TO_HEX: renamed("bq_to_hex", [1, 1], "STRING"),
  FROM_HEX: renamed("bq_from_hex", [1, 1], "BYTES"),
  TO_BASE64: renamed("to_base64", [1, 1], "STRING"),
  FROM_BASE64: renamed("from_base64", [1, 1], "BYTES"),
  SAFE_CONVERT_BYTES_TO_STRING: renamed("decode", [1, 1], "STRING"),
  GENERATE_UUID: renamed("bq_uuid", [0, 0], "STRING"),
};
