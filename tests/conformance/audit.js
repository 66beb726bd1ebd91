// Prints the audits of GraphQL over HTTP that the server at the given address does not pass, as JSON.
import { auditServer } from "graphql-http";

const results = await auditServer({ url: process.argv[2], fetchFn: fetch });
console.log(
  JSON.stringify(
    results.map(({ id, name, status, reason }) => ({ id, name, status, reason: status === "ok" ? null : reason })),
  ),
);
