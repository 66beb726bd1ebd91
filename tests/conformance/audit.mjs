// Runs graphql-http's own audit suite and prints its verdicts as JSON: node audit.mjs URL TOKEN
import { auditServer } from 'graphql-http';

const [url, token] = process.argv.slice(2);
const fetchFn = (input, init = {}) => {
  const headers = { ...init.headers };
  if (token) headers.authorization = `Bearer ${token}`;
  return fetch(input, { ...init, headers });
};
const results = await auditServer({ url, fetchFn });
const verdicts = results.map(({ id, name, status, reason }) => ({ id, name, status, reason }));
process.stdout.write(JSON.stringify(verdicts));
