// The peer: graphql-ws on ws, as its documentation sets it up. One execution a subscriber, ten messages a second.
import { createServer } from "node:http";
import { GraphQLFloat, GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";

const TEXT = "x".repeat(310), PAUSE_MS = 100;
let latest = { seq: 0, at: 0, text: TEXT }, waiting = [];

setInterval(() => {
  latest = { seq: latest.seq + 1, at: performance.timeOrigin + performance.now(), text: TEXT };
  const woken = waiting;
  waiting = [];
  for (const wake of woken) wake(latest);
}, PAUSE_MS);

async function* ticks() {
  for (;;) yield { ticks: await new Promise((resolve) => waiting.push(resolve)) };
}

const required = (type) => ({ type: new GraphQLNonNull(type) });
const Tick = new GraphQLObjectType({
  name: "Tick",
  fields: { seq: required(GraphQLInt), at: required(GraphQLFloat), text: required(GraphQLString) },
});
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: "Query", fields: { nothing: { type: GraphQLInt } } }),
  subscription: new GraphQLObjectType({
    name: "Subscription",
    fields: { ticks: { type: new GraphQLNonNull(Tick), subscribe: ticks } },
  }),
});

const server = createServer();
useServer({ schema }, new WebSocketServer({ server, path: "/graphql", perMessageDeflate: false }));
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
