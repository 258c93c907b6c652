// Brings the controls, the network and the answers together: whatever changes, the network is asked again.
(function (root) {
  "use strict";
  const page = root.LAYERLOOM_PAGE;
  const state = document.getElementById("state");
  const outputs = document.getElementById("outputs");
  let network = null;
  let readers = [];
  let wanted = false;
  let running = null;

  function say(text, bad = false) {
    state.textContent = text;
    state.classList.toggle("bad", bad);
  }

  const problem = (text) => say(text, true);

  function bytes(base64) {
    const letters = atob(base64);
    const found = new Uint8Array(letters.length);
    for (let k = 0; k < letters.length; k++) found[k] = letters.charCodeAt(k);
    return found.buffer;
  }

  // The network is in a script beside the page, so that it opens from a folder; large ones are fetched from a server.
  function load() {
    const model = root.LAYERLOOM_MODEL;
    if (!model) return tf.loadLayersModel("model.json");
    const { topology, specs, weights } = model;
    return tf.loadLayersModel({
      load: async () => ({ modelTopology: topology, weightSpecs: specs, weightData: bytes(weights), format: "layers-model" }),
    });
  }

  // What the network gives for flat lists of numbers, one for each input.
  async function predict(values) {
    const given = values.map((numbers, k) => tf.tensor(Array.from(numbers), [1, ...page.inputs[k].shape], page.inputs[k].dtype));
    const made = [network.predict(given.length > 1 ? given : given[0])].flat();
    const found = await Promise.all(made.map(async (output) => Array.from(await output.data())));
    tf.dispose([given, made]);
    return found;
  }

  async function ask() {
    let values;
    try {
      values = readers.map((read) => read());
    } catch (error) {
      return problem(error.message);
    }
    const found = await predict(values);
    outputs.replaceChildren();
    root.Page.answers = page.outputs.map((output, k) => root.Answers.answer(output, found[k], outputs));
    root.Page.raw = found;
    say("Change the input to see what the network makes of it.");
    document.body.dataset.state = "answered";
  }

  // Asked again while it thinks, the network answers the latest question only.
  function changed() {
    wanted = true;
    if (!network || running) return;
    running = (async () => {
      while (wanted) {
        wanted = false;
        await ask().catch((error) => problem(`The network could not be run: ${error.message}`));
      }
      running = null;
    })();
  }

  const settled = () => running || Promise.resolve();
  root.Page = { changed, problem, predict, settled, answers: [], raw: [] };

  async function begin() {
    if (typeof tf === "undefined") {
      return problem("TensorFlow.js could not be loaded: put tf.min.js beside this page, or go online.");
    }
    const home = document.getElementById("inputs");
    home.addEventListener("submit", (event) => event.preventDefault());
    if (page.inputs.length === 1) home.dataset.only = "yes";
    readers = page.inputs.map((input) => root.Controls.control(input, home, changed));
    try {
      root.Layers.register(tf);
      if (page.light) await tf.setBackend("cpu");
      network = await load();
    } catch (error) {
      const local = location.protocol === "file:" && !root.LAYERLOOM_MODEL;
      return problem(
        local
          ? "A network of this size is fetched from a web server: run `python3 -m http.server` in this folder."
          : `The network can't be read: ${error.message}`,
      );
    }
    changed();
    await settled();
  }

  root.Page.begun = begin();
})(window);
