// Prints the audits of GraphQL over HTTP that the server at the given address passes and does not, as JSON.
import { auditServer } from "graphql-http";

const [url, token] = process.argv.slice(2);
const authorization = `Bearer ${token}`;
const results = await auditServer({
  url,
  fetchFn: (address, request) => fetch(address, { ...request, headers: { ...request?.headers, authorization } }),
});
console.log(
  JSON.stringify(
    results.map(({ id, name, status, reason }) => ({ id, name, status, reason: status === "ok" ? null : reason })),
  ),
);
