// Reads a chosen or dropped key file into the text field. The content is visible there and survives a sign-in, unlike a file
// input, which browsers do not restore.
"use strict";

(() => {
  const field = () => document.getElementById("f-keys");
  const chooser = () => document.getElementById("f-file");

  async function read(file) {
    const largest = Number(document.getElementById("add-keys")?.dataset.largest ?? Infinity); // the server's limit
    if (file.size > largest) return { problem: `${file.name} is larger than ${largest / 1e6} MB. Nothing was read; split it.` };
    const bytes = await file.arrayBuffer().catch(() => null);
    if (!bytes) return { problem: `${file.name} could not be read. Choose it again.` };
    const notText = { problem: `${file.name} is not UTF-8 text, so nothing was read. Save it as UTF-8 text or CSV and choose it again.` };
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      return text.includes("\0") ? notText : { text };
    } catch {
      return notText;
    }
  }

  function say(sentence, bad) {
    const place = document.getElementById("file-read");
    place.className = bad ? "field-error" : "field-hint";
    place.textContent = sentence;
  }

  keywheel.takeFiles = async files => {
    for (const file of [...files]) {
      const { text, problem } = await read(file);
      if (!field()) return;
      chooser().value = "";
      if (text !== undefined) field().value += (field().value.trim() === "" ? "" : "\n") + text;
      say(problem ?? `${file.name} was added to the field above.`, Boolean(problem));
      if (problem) return;
    }
  };

  document.addEventListener("change", event => {
    if (event.target.id === "f-file" && field()) keywheel.takeFiles(event.target.files);
  });
})();
