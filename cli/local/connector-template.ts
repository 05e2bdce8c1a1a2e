/** What `rollcall connector new` writes: the least that a connector says, with a comment where there is a choice. */
export function connectorTemplate(name: string): string {
  return `# ${name}. What a connector file may say: docs/connectors.md
connector: ${name}
description: ${name}

secret: [token] # fields of the source's JSON secret

# Or: { type: oauth2_client_credentials, token_url: "{url}/oauth/token", client: body }, basic, header
auth: { type: bearer, token: token }

request:
  url: "{url}/{path}" # {url} is the source's address, {path} the endpoint's

records: { at: $, id: $.id } # where a body has its list, and a record its id

# Answers that are errors whatever their status, such as: - { at: $.error, means: failed }
errors: []

# Or: page, token, offset, single
paging: { type: link, size_parameter: per_page, size: 100 }

changes: { type: none } # or: { type: updated_since, parameter: updated_after }

endpoints:
  students:
    path: students
    key: [$.id]
`;
}
