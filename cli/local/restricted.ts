import { CommandError } from "../exit.ts";

/** Where refresh makes the views for people who may see some students only: the name that terraform/ gives it, too. */
export const restrictedDataset = "restricted";

/** What Terraform grants in the cloud: all who are named read the views, and the views read the marts. */
const grants: Readonly<Record<string, (project: string) => readonly object[]>> = {
  [restrictedDataset]: () => [{ role: "READER", specialGroup: "allAuthenticatedUsers" }],
  marts: (projectId) => [{ dataset: { dataset: { projectId, datasetId: restrictedDataset }, targetTypes: ["VIEWS"] } }],
};

/** Makes the grants in the local warehouse. @throws CommandError where there are no such views yet */
export async function grantRestricted(bigqueryUrl: string, project: string): Promise<void> {
  for (const [dataset, access] of Object.entries(grants)) {
    const response = await fetch(`${bigqueryUrl}/bigquery/v2/projects/${project}/datasets/${dataset}`, {
      method: "PATCH",
      body: JSON.stringify({ access: access(project) }),
    });
    if (response.status === 404) {
      throw new CommandError(
        "There are no views for single people yet. They are made when marts.rls_user_student_data_authorization is built.",
      );
    }
    if (!response.ok) throw new Error(`The emulator answered ${response.status} to a grant on ${dataset}`);
  }
}
