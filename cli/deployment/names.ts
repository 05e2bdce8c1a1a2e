/** The topic of what was set aside, and the pull subscription of it. */
export const deadLetterTopic = "dead-letter";

/** The buckets of a project, as terraform/buckets.tf names them. */
export function bucketsOf(project: string): { readonly landing: string; readonly control: string } {
  return { landing: `${project}-landing`, control: `${project}-control` };
}
