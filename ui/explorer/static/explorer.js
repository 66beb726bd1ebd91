/* GraphiQL over this server: queries by HTTP, subscriptions by WebSocket, and what they cost. */
(function () {
  const create = React.createElement;
  const examples = JSON.parse(document.getElementById("examples").textContent);
  const cost = document.getElementById("cost");
  const number = new Intl.NumberFormat("en-GB");
  const PAUSE = 600;
  const ESTIMATE = "query($document: String!, $variables: JSON, $operationName: String) {" +
    " costEstimate(document: $document, variables: $variables, operationName: $operationName) { cost refusal } }";
  let socket = null;
  let timer = null;

  function say(text, refused) {
    cost.textContent = text;
    cost.toggleAttribute("data-refused", Boolean(refused));
  }

  async function post(body, headers) {
    const answer = await fetch("/graphql", {
      method: "POST",
      headers: {"content-type": "application/json", accept: "application/graphql-response+json, application/json", ...headers},
      body: JSON.stringify(body),
    });
    return answer.json();
  }

  function tell(found) {
    const told = found.extensions && found.extensions.cost;
    if (!told) return;
    const left = told.throttleStatus;
    say(`Cost ${number.format(told.actualQueryCost)} points, at most ${number.format(told.requestedQueryCost)}. ` +
      `Left: ${number.format(left.currentlyAvailable)} of ${number.format(left.maximumAvailable)}.`);
  }

  function subscribes(document, name) {
    const operations = document.definitions.filter((one) => one.kind === "OperationDefinition");
    const asked = operations.find((one) => name && one.name && one.name.value === name) || operations[0];
    return Boolean(asked) && asked.operation === "subscription";
  }

  function follow(params) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = socket || graphqlWs.createClient({url: `${scheme}//${location.host}/graphql`, lazy: true});
    return socket.iterate(params);
  }

  async function fetcher(params, options) {
    const document = options && options.documentAST;
    if (document && subscribes(document, params.operationName)) return follow(params);
    const own = params.operationName === "IntrospectionQuery";
    const headers = (options && options.headers) || {};
    const found = await post(params, own ? headers : {"x-query-cost": "true", ...headers});
    if (!own) tell(found);
    return found;
  }

  function parsed(text) {
    try { return text ? JSON.parse(text) : {}; } catch (error) { return null; }
  }

  async function estimate(query, variables) {
    if (!query || variables === null) return;
    const found = await post({query: ESTIMATE, variables: {document: query, variables}});
    const told = found.data && found.data.costEstimate;
    if (told) say(told.refusal || `At most ${number.format(told.cost)} points.`, told.refusal);
  }

  function Explorer() {
    const [asked, setAsked] = React.useState({query: examples[0].query, variables: ""});
    const typed = React.useRef(asked);
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(() => estimate(typed.current.query, parsed(typed.current.variables)), PAUSE);
    };
    React.useEffect(() => {
      const choice = document.getElementById("example");
      const choose = () => {
        if (choice.value === "") return;
        typed.current = {query: examples[Number(choice.value)].query, variables: ""};
        setAsked(typed.current);
        choice.value = "";
        soon();
      };
      choice.addEventListener("change", choose);
      return () => choice.removeEventListener("change", choose);
    }, []);
    return create(GraphiQL, {
      fetcher,
      query: asked.query,
      variables: asked.variables,
      forcedTheme: document.documentElement.getAttribute("data-bs-theme"),
      onEditQuery: (query) => { typed.current = {...typed.current, query}; soon(); },
      onEditVariables: (variables) => { typed.current = {...typed.current, variables}; soon(); },
    });
  }

  ReactDOM.createRoot(document.getElementById("explorer")).render(create(Explorer));
})();
