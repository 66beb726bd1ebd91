/* Sends a file to the API as it lies on the disk: the page's own requests are too small for it. */
(function () {
  "use strict";
  const none = () => window.dash_clientside.no_update;

  function say(text, bad) {
    const place = document.getElementById("import-upload-state");
    if (!place) return;
    place.textContent = "";
    if (!text) return;
    const notice = document.createElement("div"), words = document.createElement("span");
    notice.className = bad ? "notice notice-bad" : "notice";
    words.textContent = text;
    notice.append(words);
    place.append(notice);
  }

  function send(file) {
    const request = new XMLHttpRequest();
    request.open("POST", "/imports/files?name=" + encodeURIComponent(file.name));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) say(`Uploading ${file.name}: ${Math.floor((100 * event.loaded) / event.total)}%`);
    };
    request.onload = () => {
      if (request.status === 401) { location.assign("/login?next=" + encodeURIComponent("/imports")); return; }
      const answer = request.response;
      if (request.status !== 201) {
        const error = answer && answer.error;
        say(error ? [error.message, error.hint].filter(Boolean).join(" ") : `The upload failed (${request.status}).`, true);
        return;
      }
      say("");
      history.replaceState(history.state, "", "/imports?id=" + encodeURIComponent(answer.id));
      if (document.getElementById("import-choose")) window.dash_clientside.set_props("import-uploaded", {data: answer.id});
    };
    request.onerror = () => say("The file could not be sent: the connection was lost.", true);
    say(`Uploading ${file.name}`);
    request.send(file);
  }

  const imports = {
    choose(clicks) {
      if (!clicks) return none();
      const input = document.createElement("input");
      input.type = "file";
      input.accept = ".csv,.tsv,.txt,.gz,.parquet";
      input.onchange = () => { if (input.files.length) send(input.files[0]); };
      input.click();
      return none();
    },
  };

  window.dash_clientside = Object.assign({}, window.dash_clientside, {imports});
})();
