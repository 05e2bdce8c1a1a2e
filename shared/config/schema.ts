import * as z from "zod";

/** A name in a connector file. */
export const nameSchema = z.string().regex(/^[a-z][a-z0-9_]*$/, "use lower case letters, digits and underscores");

/** A JSON path to one value. */
export const pathSchema = z
  .string()
  .regex(/^\$(\.[A-Za-z_][\w-]*|\[\d+\])*$/, "use a JSON path such as $.studentReference.studentUniqueId");

/** One JSON path, or several of which the first that leads to a value counts. */
export const pathsSchema = z.union([pathSchema.transform((path) => [path]), z.array(pathSchema).min(1)]);

/** An address with placeholders in braces. */
export const templateSchema = z.string().min(1);

/** The address of a host, without credentials. */
export const addressSchema = z
  .string()
  .regex(/^https?:\/\/[^\s]+$/, "use an http:// or https:// address")
  .refine((url) => !/^https?:\/\/[^/?#]*@/.test(url), "credentials belong into the secret, not into the address");
